//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// What a record carries (RFC 8446 section 5.1; IANA registry "TLS ContentType").
public struct ContentType: CodePoint {
    /// The number on the wire.
    public var rawValue: UInt8

    /// Makes the value for a number, known or not.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The change of keys in TLS 1.2; without meaning in TLS 1.3.
    public static let changeCipherSpec = ContentType(rawValue: 20)
    /// An ``Alert``.
    public static let alert = ContentType(rawValue: 21)
    /// Parts of ``HandshakeMessage``s.
    public static let handshake = ContentType(rawValue: 22)
    /// Data; in TLS 1.3 everything that is encrypted.
    public static let applicationData = ContentType(rawValue: 23)
    /// A heartbeat (RFC 6520).
    public static let heartbeat = ContentType(rawValue: 24)

    /// The names of the numbers known here.
    public static let registeredNames: [ContentType: String] = [
        .changeCipherSpec: "change_cipher_spec",
        .alert: "alert",
        .handshake: "handshake",
        .applicationData: "application_data",
        .heartbeat: "heartbeat",
        ContentType(rawValue: 25): "tls12_cid",
        ContentType(rawValue: 26): "ACK",
    ]
}
