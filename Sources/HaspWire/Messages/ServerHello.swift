//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// The first message of a server: what it chose (RFC 8446 sections 4.1.3 and 4.1.4, RFC 5246 section 7.4.1.3).
///
/// A HelloRetryRequest has the same form and is known by its random; see ``isHelloRetryRequest``.
public struct ServerHello: Hashable, Sendable {
    /// The version field of TLS 1.2 and before; constantly TLS 1.2 in TLS 1.3. See ``selectedVersion``.
    public var legacyVersion: ProtocolVersion
    /// The server's random; 32 bytes in every message that was parsed.
    public var random: [UInt8]
    /// The session's id (TLS 1.2), or the echo of the client's (TLS 1.3); 0 to 32 bytes.
    public var sessionID: [UInt8]
    /// The suite the server chose.
    public var cipherSuite: CipherSuite
    /// The compression the server chose; 0 is none.
    public var compressionMethod: UInt8
    /// The extensions in the order they were sent.
    public var extensions: [Extension]
    /// Whether an empty block of extensions is written as such. Without meaning when there are extensions.
    public var hasEmptyExtensionBlock: Bool

    /// Makes a hello of any parts, sensible or not.
    public init(
        legacyVersion: ProtocolVersion = .tls12,
        random: [UInt8],
        sessionID: [UInt8] = [],
        cipherSuite: CipherSuite,
        compressionMethod: UInt8 = 0,
        extensions: [Extension] = [],
        hasEmptyExtensionBlock: Bool = false
    ) {
        self.legacyVersion = legacyVersion
        self.random = random
        self.sessionID = sessionID
        self.cipherSuite = cipherSuite
        self.compressionMethod = compressionMethod
        self.extensions = extensions
        self.hasEmptyExtensionBlock = hasEmptyExtensionBlock
    }

    /// Reads a hello from the body of a handshake message, that is without its header of four bytes.
    /// - Throws: ``WireError`` when a length does not fit or bytes are left over.
    public init(parsing body: [UInt8]) throws(WireError) {
        var reader = ByteReader(body)
        legacyVersion = ProtocolVersion(rawValue: try reader.readUInt16("server version"))
        random = try reader.readBytes(HelloLimits.randomSize, "server random")
        sessionID = try reader.readSessionID()
        cipherSuite = CipherSuite(rawValue: try reader.readUInt16("cipher suite"))
        compressionMethod = try reader.readUInt8("compression method")
        hasEmptyExtensionBlock = false
        extensions = []
        if !reader.isAtEnd {
            extensions = try reader.readExtensions()
            hasEmptyExtensionBlock = extensions.isEmpty
        }
        try reader.finish("server hello")
    }

    /// Reads a hello from the body of a handshake message, that is without its header of four bytes.
    /// - Throws: ``WireError`` when a length does not fit or bytes are left over.
    public init(parsing body: RawSpan) throws(WireError) {
        try self.init(parsing: [UInt8](body))
    }

    /// The body of the handshake message. Wrap it in a ``HandshakeMessage`` of type `serverHello` to send it.
    public func serialized() -> [UInt8] {
        var writer = ByteWriter()
        writer.writeUInt16(legacyVersion.rawValue)
        writer.writeBytes(random)
        writer.writeVector(lengthBytes: 1) { $0.writeBytes(sessionID) }
        writer.writeUInt16(cipherSuite.rawValue)
        writer.writeUInt8(compressionMethod)
        if !extensions.isEmpty || hasEmptyExtensionBlock { writer.writeExtensions(extensions) }
        return writer.bytes
    }
}

/// What a server chose, read out of its extensions. An extension that is missing and one that does not parse look the
/// same here.
extension ServerHello: ExtensionBearing {
    /// The random that makes a ServerHello a HelloRetryRequest (RFC 8446 section 4.1.3).
    public static let helloRetryRequestRandom: [UInt8] = [
        0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
        0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
    ]

    /// Whether the server asks the client to begin again, with another group or a cookie (RFC 8446 section 4.1.4).
    public var isHelloRetryRequest: Bool { random == Self.helloRetryRequestRandom }

    /// The version the server chose (`getProtocol()` of node:tls): of the extension `supported_versions`, which only
    /// TLS 1.3 has, else ``legacyVersion``.
    public var selectedVersion: ProtocolVersion {
        parse(.supportedVersions) { (reader) throws(WireError) in
            ProtocolVersion(rawValue: try reader.readUInt16("selected version"))
        } ?? legacyVersion
    }

    /// The group the server chose in TLS 1.3; in a HelloRetryRequest the group it wants. TLS 1.2 says it in a later
    /// message.
    public var selectedGroup: NamedGroup? {
        guard isHelloRetryRequest else { return keyShare?.group }
        return parse(.keyShare) { (reader) throws(WireError) in
            NamedGroup(rawValue: try reader.readUInt16("selected group"))
        }
    }

    /// The server's public key (TLS 1.3); nil in a HelloRetryRequest, which has none.
    public var keyShare: KeyShareEntry? {
        guard !isHelloRetryRequest else { return nil }
        return parse(.keyShare) { (reader) throws(WireError) in try reader.readKeyShareEntry() }
    }

    /// The application protocol the server chose (`alpnProtocol` of node:tls; RFC 7301). In TLS 1.3 it is encrypted
    /// and stands in a later message, so that this is nil.
    public var selectedALPN: String? {
        let names = parse(.alpn) { (reader) throws(WireError) in try reader.readProtocolNames() } ?? []
        // RFC 7301 section 3.1: a server's list holds exactly one name.
        guard names.count == 1 else { return nil }
        return names.first.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Which of the client's ``ClientHello/pskIdentities`` the server takes, counted from 0 (TLS 1.3 resumption).
    public var selectedPSKIdentity: UInt16? {
        parse(.preSharedKey) { (reader) throws(WireError) in try reader.readUInt16("selected identity") }
    }

    /// What the client must give back with its second hello (HelloRetryRequest, RFC 8446 section 4.2.2).
    public var cookie: [UInt8]? {
        parse(.cookie) { (reader) throws(WireError) in
            var cookie = try reader.readVector(lengthBytes: 2, "cookie")
            return cookie.readRemaining()
        }
    }

    /// Whether a server that could do better says, in the last bytes of its random, that it chose TLS 1.2 or below
    /// (RFC 8446 section 4.1.3). A client that offered the better version sees from it that somebody took it away.
    public var hasDowngradeSignal: Bool {
        let signal: [UInt8] = [0x44, 0x4F, 0x57, 0x4E, 0x47, 0x52, 0x44]
        guard random.count == HelloLimits.randomSize, let last = random.last else { return false }
        return random.suffix(8).dropLast().elementsEqual(signal) && last <= 1
    }

    /// Whether the server binds its keys to the whole handshake in TLS 1.2 (RFC 7627).
    public var hasExtendedMasterSecret: Bool { has(.extendedMasterSecret) }

    /// Whether the server is safe against injected renegotiation in TLS 1.2 (RFC 5746).
    public var hasSecureRenegotiation: Bool { has(.renegotiationInfo) }
}
