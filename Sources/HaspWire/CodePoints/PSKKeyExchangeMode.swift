//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// How a pre-shared key may be used in TLS 1.3 (RFC 8446 section 4.2.9).
public struct PSKKeyExchangeMode: CodePoint {
    /// The number on the wire.
    public var rawValue: UInt8

    /// Makes the value for a number, known or not.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The key alone, without forward secrecy.
    public static let psk = PSKKeyExchangeMode(rawValue: 0)
    /// The key with a fresh key exchange.
    public static let pskWithDHE = PSKKeyExchangeMode(rawValue: 1)

    /// The names of the numbers known here.
    public static let registeredNames: [PSKKeyExchangeMode: String] = [
        .psk: "psk_ke",
        .pskWithDHE: "psk_dhe_ke",
    ]
}
