//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// What a client offers, read out of its extensions.
///
/// An extension that is missing and one that does not parse look the same here, empty or nil;
/// ``ClientHello/extensions`` tells them apart.
extension ClientHello: ExtensionBearing {
    /// The host the client wants (`servername` of node:tls; RFC 6066 section 3); nil when it names none.
    ///
    /// The whole name as it was sent: a NUL stays a character like any other, so `a.example\0.evil` never equals
    /// `a.example`, and bytes that are no UTF-8 become U+FFFD, which is part of no host name. Do not print it
    /// unescaped. See ``serverNameBytes``.
    public var serverName: String? {
        serverNameBytes.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of ``serverName``.
    public var serverNameBytes: [UInt8]? {
        parse(.serverName) { (reader) throws(WireError) in
            var list = try reader.readVector(lengthBytes: 2, "server names")
            var hostName: [UInt8]?
            while !list.isAtEnd {
                let kind = try list.readUInt8("server name type")
                var name = try list.readVector(lengthBytes: 2, "server name")
                // RFC 6066 section 3 has the one type 0, host_name, and allows one name of each type.
                if kind == 0, hostName == nil { hostName = name.readRemaining() }
            }
            return hostName
        } ?? nil
    }

    /// The application protocols in the client's order (`ALPNProtocols` of node:tls; RFC 7301); bytes that are no
    /// UTF-8, as GREASE values are, become U+FFFD. See ``alpnProtocolBytes``.
    public var alpnProtocols: [String] {
        alpnProtocolBytes.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of ``alpnProtocols``.
    public var alpnProtocolBytes: [[UInt8]] {
        parse(.alpn) { (reader) throws(WireError) in try reader.readProtocolNames() } ?? []
    }

    /// The versions the client offers, in its order, with GREASE values (RFC 8446 section 4.2.1). Without the
    /// extension ``legacyVersion`` alone: the highest version that a client of TLS 1.2 or before speaks.
    public var supportedVersions: [ProtocolVersion] {
        guard has(.supportedVersions) else { return [legacyVersion] }
        return numbers(in: .supportedVersions, lengthBytes: 1)?.map(ProtocolVersion.init(rawValue:)) ?? []
    }

    /// The groups for key exchange in the client's order (RFC 8446 section 4.2.7).
    public var supportedGroups: [NamedGroup] {
        numbers(in: .supportedGroups, lengthBytes: 2)?.map(NamedGroup.init(rawValue:)) ?? []
    }

    /// The public keys the client sends at once (RFC 8446 section 4.2.8).
    public var keyShares: [KeyShareEntry] {
        parse(.keyShare) { (reader) throws(WireError) in
            var list = try reader.readVector(lengthBytes: 2, "key shares")
            var entries: [KeyShareEntry] = []
            while !list.isAtEnd { entries.append(try list.readKeyShareEntry()) }
            return entries
        } ?? []
    }

    /// The signatures the client accepts in the handshake (`sigalgs` of node:tls; RFC 8446 section 4.2.3).
    public var signatureSchemes: [SignatureScheme] {
        numbers(in: .signatureAlgorithms, lengthBytes: 2)?.map(SignatureScheme.init(rawValue:)) ?? []
    }

    /// The signatures the client accepts inside certificates, where it says so apart from ``signatureSchemes``.
    public var certificateSignatureSchemes: [SignatureScheme] {
        numbers(in: .signatureAlgorithmsCert, lengthBytes: 2)?.map(SignatureScheme.init(rawValue:)) ?? []
    }

    /// The pre-shared keys or TLS 1.3 tickets the client would use (RFC 8446 section 4.2.11).
    public var pskIdentities: [PSKIdentity] {
        parse(.preSharedKey) { (reader) throws(WireError) in
            var list = try reader.readVector(lengthBytes: 2, "PSK identities")
            var identities: [PSKIdentity] = []
            while !list.isAtEnd {
                var identity = try list.readVector(lengthBytes: 2, "PSK identity")
                let age = try list.readUInt32("PSK ticket age")
                identities.append(PSKIdentity(identity: identity.readRemaining(), obfuscatedTicketAge: age))
            }
            _ = try reader.readVector(lengthBytes: 2, "PSK binders")
            return identities
        } ?? []
    }

    /// How the client would use them (RFC 8446 section 4.2.9).
    public var pskKeyExchangeModes: [PSKKeyExchangeMode] {
        parse(.pskKeyExchangeModes) { (reader) throws(WireError) in
            var list = try reader.readVector(lengthBytes: 1, "PSK key exchange modes")
            return list.readRemaining().map(PSKKeyExchangeMode.init(rawValue:))
        } ?? []
    }

    /// Whether the client sends data along with this hello (0-RTT, RFC 8446 section 4.2.10).
    public var offersEarlyData: Bool { has(.earlyData) }

    /// Whether the client takes session tickets of TLS 1.2 (RFC 5077); it need not have one yet.
    public var hasSessionTicket: Bool { has(.sessionTicket) }

    /// The TLS 1.2 ticket the client would resume with; empty when it only asks for one, nil when it does neither.
    public var sessionTicket: [UInt8]? { extensions.first { $0.type == .sessionTicket }?.data }

    /// The proof of non-revocation the client asks for; nil when it asks for none (`requestOCSP` of node:tls;
    /// RFC 6066 section 8).
    public var statusRequest: CertificateStatusType? {
        // The rest of the extension depends on the type, so only its first byte is read.
        extensions.first { $0.type == .statusRequest }?.data.first.map(CertificateStatusType.init(rawValue:))
    }

    /// The forms of points on curves that the client takes (RFC 8422 section 5.1.2); 0 is uncompressed.
    public var ecPointFormats: [UInt8] {
        parse(.ecPointFormats) { (reader) throws(WireError) in
            var list = try reader.readVector(lengthBytes: 1, "point formats")
            return list.readRemaining()
        } ?? []
    }

    /// The ways of certificate compression the client takes (RFC 8879).
    public var certificateCompressionAlgorithms: [CertificateCompressionAlgorithm] {
        numbers(in: .compressCertificate, lengthBytes: 1)?.map(CertificateCompressionAlgorithm.init(rawValue:)) ?? []
    }

    /// The largest record the client accepts, in bytes (RFC 8449); nil when it says nothing.
    public var recordSizeLimit: UInt16? {
        parse(.recordSizeLimit) { (reader) throws(WireError) in try reader.readUInt16("record size limit") }
    }

    /// What the client gives back from a HelloRetryRequest (RFC 8446 section 4.2.2).
    public var cookie: [UInt8]? {
        parse(.cookie) { (reader) throws(WireError) in
            var cookie = try reader.readVector(lengthBytes: 2, "cookie")
            return cookie.readRemaining()
        }
    }

    /// Whether the client binds its keys to the whole handshake in TLS 1.2 (RFC 7627).
    public var offersExtendedMasterSecret: Bool { has(.extendedMasterSecret) }

    /// Whether the client is safe against injected renegotiation, said by extension or signal (RFC 5746).
    public var offersSecureRenegotiation: Bool {
        has(.renegotiationInfo) || cipherSuites.contains(.emptyRenegotiationInfo)
    }

    /// Whether the client says that it tries again with a lower version than it can (RFC 7507).
    public var isFallback: Bool { cipherSuites.contains(.fallback) }

    /// Whether the client hides its true hello (ECH) or pretends to.
    public var hasEncryptedClientHello: Bool { has(.encryptedClientHello) }

    /// Whether the client lets itself be asked for a certificate after the handshake (RFC 8446 section 4.2.6).
    public var offersPostHandshakeAuthentication: Bool { has(.postHandshakeAuth) }

    /// The content of an extension that is nothing but a list of 16-bit numbers.
    private func numbers(in type: ExtensionType, lengthBytes: Int) -> [UInt16]? {
        parse(type) { (reader) throws(WireError) in try reader.readUInt16List(lengthBytes: lengthBytes, "numbers") }
    }
}
