//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// The first message of a client: everything it offers (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2).
///
/// The message is kept as it was sent, with its order, its unknown numbers and its duplicates, and
/// ``serialized()`` gives back the same bytes. What stands inside extensions is read on demand by the properties in
/// `ClientHello+Offers.swift`.
public struct ClientHello: Hashable, Sendable {
    /// The version field of TLS 1.2 and before; constantly TLS 1.2 in TLS 1.3. See ``supportedVersions``.
    public var legacyVersion: ProtocolVersion
    /// The client's random; 32 bytes in every message that was parsed.
    public var random: [UInt8]
    /// The session to resume (TLS 1.2), or a made-up id (TLS 1.3, middlebox compatibility); 0 to 32 bytes.
    public var sessionID: [UInt8]
    /// The suites in the client's order of preference, with signals and GREASE values.
    public var cipherSuites: [CipherSuite]
    /// The ways of compression; one 0 (none) from every client of today.
    public var compressionMethods: [UInt8]
    /// The extensions in the order they were sent.
    public var extensions: [Extension]
    /// Whether an empty block of extensions is written as such; clients of before TLS 1.2 leave it away.
    /// Without meaning when there are extensions.
    public var hasEmptyExtensionBlock: Bool

    /// Makes a hello of any parts, sensible or not. The random and the lists are written as they are.
    public init(
        legacyVersion: ProtocolVersion = .tls12,
        random: [UInt8],
        sessionID: [UInt8] = [],
        cipherSuites: [CipherSuite],
        compressionMethods: [UInt8] = [0],
        extensions: [Extension] = [],
        hasEmptyExtensionBlock: Bool = false
    ) {
        self.legacyVersion = legacyVersion
        self.random = random
        self.sessionID = sessionID
        self.cipherSuites = cipherSuites
        self.compressionMethods = compressionMethods
        self.extensions = extensions
        self.hasEmptyExtensionBlock = hasEmptyExtensionBlock
    }

    /// Reads a hello from the body of a handshake message, that is without its header of four bytes.
    ///
    /// Only the frame of the message is checked: a hello whose extensions hold nonsense can still be looked at.
    /// - Throws: ``WireError`` when a length does not fit or bytes are left over.
    public init(parsing body: [UInt8]) throws(WireError) {
        var reader = ByteReader(body)
        legacyVersion = ProtocolVersion(rawValue: try reader.readUInt16("client version"))
        random = try reader.readBytes(HelloLimits.randomSize, "client random")
        sessionID = try reader.readSessionID()
        cipherSuites = try reader.readUInt16List(lengthBytes: 2, "cipher suites").map(CipherSuite.init(rawValue:))
        var methods = try reader.readVector(lengthBytes: 1, "compression methods")
        compressionMethods = methods.readRemaining()
        hasEmptyExtensionBlock = false
        extensions = []
        if !reader.isAtEnd {
            extensions = try reader.readExtensions()
            hasEmptyExtensionBlock = extensions.isEmpty
        }
        try reader.finish("client hello")
    }

    /// Reads a hello from the body of a handshake message, that is without its header of four bytes.
    /// - Throws: ``WireError`` when a length does not fit or bytes are left over.
    public init(parsing body: RawSpan) throws(WireError) {
        try self.init(parsing: [UInt8](body))
    }

    /// The body of the handshake message. Wrap it in a ``HandshakeMessage`` of type `clientHello` to send it.
    ///
    /// A list that is longer than its length field can say gives a message that does not parse.
    public func serialized() -> [UInt8] {
        var writer = ByteWriter()
        writer.writeUInt16(legacyVersion.rawValue)
        writer.writeBytes(random)
        writer.writeVector(lengthBytes: 1) { $0.writeBytes(sessionID) }
        writer.writeVector(lengthBytes: 2) { list in
            for suite in cipherSuites { list.writeUInt16(suite.rawValue) }
        }
        writer.writeVector(lengthBytes: 1) { $0.writeBytes(compressionMethods) }
        if !extensions.isEmpty || hasEmptyExtensionBlock { writer.writeExtensions(extensions) }
        return writer.bytes
    }
}

/// Sizes that both hello messages share.
enum HelloLimits {
    /// RFC 8446 section 4.1.2.
    static let randomSize = 32
    /// RFC 8446 section 4.1.2: `legacy_session_id<0..32>`.
    static let maximumSessionIDSize = 32
}

extension ByteReader {
    /// Reads the session id of a hello.
    mutating func readSessionID() throws(WireError) -> [UInt8] {
        let start = offset
        var vector = try readVector(lengthBytes: 1, "session id")
        guard vector.remaining <= HelloLimits.maximumSessionIDSize else {
            throw WireError(.invalidLength, in: "session id", at: start)
        }
        return vector.readRemaining()
    }
}
