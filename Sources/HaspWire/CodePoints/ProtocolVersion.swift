//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// A protocol version as it stands on the wire (RFC 8446 section 4.1.2; `getProtocol()` of node:tls).
///
/// Versions compare by number, which orders SSL 2.0 to TLS 1.3. The versions of DTLS count downwards on the wire and
/// GREASE values count as high: filter them before you look for a maximum.
public struct ProtocolVersion: CodePoint, Comparable {
    /// The number on the wire.
    public var rawValue: UInt16

    /// Makes the version for a number, known or not.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// SSL 2.0, forbidden by RFC 6176.
    public static let ssl2 = ProtocolVersion(rawValue: 0x0002)
    /// SSL 3.0, forbidden by RFC 7568.
    public static let ssl3 = ProtocolVersion(rawValue: 0x0300)
    /// TLS 1.0 (RFC 2246), deprecated by RFC 8996.
    public static let tls10 = ProtocolVersion(rawValue: 0x0301)
    /// TLS 1.1 (RFC 4346), deprecated by RFC 8996.
    public static let tls11 = ProtocolVersion(rawValue: 0x0302)
    /// TLS 1.2 (RFC 5246).
    public static let tls12 = ProtocolVersion(rawValue: 0x0303)
    /// TLS 1.3 (RFC 8446).
    public static let tls13 = ProtocolVersion(rawValue: 0x0304)

    /// Orders by the number on the wire.
    public static func < (left: ProtocolVersion, right: ProtocolVersion) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The names that OpenSSL and node:tls use, such as `TLSv1.3`.
    public static let registeredNames: [ProtocolVersion: String] = [
        .ssl2: "SSLv2",
        .ssl3: "SSLv3",
        .tls10: "TLSv1",
        .tls11: "TLSv1.1",
        .tls12: "TLSv1.2",
        .tls13: "TLSv1.3",
        ProtocolVersion(rawValue: 0xFEFF): "DTLSv1",
        ProtocolVersion(rawValue: 0xFEFD): "DTLSv1.2",
        ProtocolVersion(rawValue: 0xFEFC): "DTLSv1.3",
    ]
}
