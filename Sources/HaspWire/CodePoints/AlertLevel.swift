//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// How bad an alert is. TLS 1.3 ignores it: all its alerts but two are fatal (RFC 8446 section 6).
public struct AlertLevel: CodePoint {
    /// The number on the wire.
    public var rawValue: UInt8

    /// Makes the value for a number, known or not.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The connection may go on.
    public static let warning = AlertLevel(rawValue: 1)
    /// The connection is over.
    public static let fatal = AlertLevel(rawValue: 2)

    /// The names of the numbers known here.
    public static let registeredNames: [AlertLevel: String] = [
        .warning: "warning",
        .fatal: "fatal",
    ]
}
