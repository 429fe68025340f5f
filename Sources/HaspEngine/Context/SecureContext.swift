//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL
public import HaspWire

/// An `SSL_CTX` made from ``TLSOptions``: identity, trust and preferences, shared by any number of connections.
///
/// Making one reads files and parses certificates: do it once, away from event loops, and keep it. It never changes
/// afterwards and may be used from every thread. Counterpart of node:tls's `SecureContext`.
public final class SecureContext: @unchecked Sendable {
    /// What the context was made from.
    public let options: TLSOptions

    /// This side's certificates: a chain for each identity, its own certificate first.
    public let chains: [[Certificate]]

    /// The lowest protocol version that is accepted.
    public let minimumVersion: ProtocolVersion

    /// The highest protocol version that is offered.
    public let maximumVersion: ProtocolVersion

    /// Set up in `init` and read-only from then on; OpenSSL counts references with atomics. That is why the class may
    /// call itself `Sendable`.
    let pointer: OpaquePointer

    /// The application protocols in the form of RFC 7301: each name after its length.
    let alpnWireFormat: [UInt8]

    /// The groups in OpenSSL's list form, for connections that change over to this context.
    let groupList: String

    /// - Throws: ``TLSError`` in phase `configuration`, which names the option or the file and what is wrong with it.
    public init(_ options: TLSOptions = TLSOptions()) throws(TLSError) {
        let split = CipherStringSplit(options)
        let (lowest, highest) = try Self.versions(options, split)
        let alpn = try Self.encodeALPN(options.alpnProtocols)
        var identities: [LoadedIdentity] = []
        for identity in options.identities { identities.append(try identity.load()) }

        ErrorQueue.clear()
        guard let pointer = SSL_CTX_new(TLS_method()) else { throw Self.failure(.internalFailure, "SSL_CTX_new") }
        let chains = identities.map(\.chain)
        do {
            // The order matters: a security level inside the cipher string governs all that is loaded after it, and a
            // key can only be checked against a certificate that is already there.
            try Self.setVersions(pointer, lowest, highest)
            Self.setModes(pointer, options)
            try Self.setCiphers(pointer, split)
            let trust = options.verification == .dangerouslySkipVerification ? nil : try options.trust.load()
            Self.setTrust(pointer, trust)
            for identity in identities { try Self.use(identity, in: pointer) }
            try Self.setSignatureAlgorithms(pointer, options.signatureAlgorithms)
            groupList = try Self.setGroups(pointer, options)
            try Self.setSessions(pointer, options, certificates: chains.compactMap(\.first), trust: trust)
        } catch {
            SSL_CTX_free(pointer)
            throw error
        }
        EngineCallbacks.install(in: pointer)
        self.options = options
        self.pointer = pointer
        self.minimumVersion = lowest
        self.maximumVersion = highest
        self.alpnWireFormat = alpn
        self.chains = chains
    }

    /// A context with one identity and safe defaults.
    public convenience init(identity: Identity) throws(TLSError) {
        try self.init(TLSOptions(identities: [identity]))
    }

    deinit { SSL_CTX_free(pointer) }
}

extension SecureContext: CustomStringConvertible {
    /// Policy, versions and subjects on one line.
    public var description: String {
        let names = chains.compactMap { $0.first?.subject.description }.joined(separator: "; ")
        return "SecureContext(\(options.policy.name), \(minimumVersion)–\(maximumVersion), \(names))"
    }
}

// MARK: - Steps of setting up

extension SecureContext {
    private static func failure(
        _ code: TLSError.Code, _ detail: String, values: [String: String] = [:]
    ) -> TLSError {
        TLSError(code, detail, phase: .configuration, openSSL: ErrorQueue.drain(), values: values)
    }

    private static func versions(
        _ options: TLSOptions, _ split: CipherStringSplit
    ) throws(TLSError) -> (ProtocolVersion, ProtocolVersion) {
        let highest = options.maximumVersion ?? options.policy.maximumVersion
        var lowest = options.minimumVersion ?? min(options.policy.minimumVersion, highest)
        // Naming only suites of TLS 1.3 says that nothing older is wanted (as in node:tls).
        if split.namesOnlyTLS13 && highest >= .tls13 { lowest = .tls13 }
        let known: [ProtocolVersion] = [.tls10, .tls11, .tls12, .tls13]
        for version in [lowest, highest] where !known.contains(version) {
            throw failure(.versionsInvalid, "\(version) is no version that can be used; there are TLSv1 to TLSv1.3")
        }
        guard lowest <= highest else {
            throw failure(.versionsInvalid, "the lowest version \(lowest) is above the highest, \(highest)")
        }
        return (lowest, highest)
    }

    private static func encodeALPN(_ names: [String]) throws(TLSError) -> [UInt8] {
        var wire: [UInt8] = []
        for (index, name) in names.enumerated() {
            let bytes = Array(name.utf8)
            guard (1...255).contains(bytes.count) else {
                throw failure(
                    .alpnInvalid,
                    "ALPN protocol \(index) (\"\(name.prefix(40))\") has \(bytes.count) bytes; 1 to 255 are possible")
            }
            wire.append(UInt8(bytes.count))
            wire += bytes
        }
        guard wire.count <= 65_535 else {
            throw failure(.alpnInvalid, "the ALPN protocols take \(wire.count) bytes; 65,535 are possible")
        }
        return wire
    }

    private static func setVersions(
        _ context: OpaquePointer, _ lowest: ProtocolVersion, _ highest: ProtocolVersion
    ) throws(TLSError) {
        guard CHasp_SSL_CTX_set_min_proto_version(context, CInt(lowest.rawValue)) == 1,
            CHasp_SSL_CTX_set_max_proto_version(context, CInt(highest.rawValue)) == 1
        else { throw failure(.versionsInvalid, "OpenSSL does not offer \(lowest) to \(highest)") }
    }

    private static func setModes(_ context: OpaquePointer, _ options: TLSOptions) {
        CHasp_SSL_CTX_set_mode(
            context,
            CLong(
                SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                    | SSL_MODE_NO_AUTO_CHAIN))
        var flags = CHasp_SSL_OP_NO_COMPRESSION() | CHasp_SSL_OP_NO_RENEGOTIATION()
        if options.isServerOrderDecisive ?? options.policy.isServerOrderDecisive {
            flags |= CHasp_SSL_OP_CIPHER_SERVER_PREFERENCE()
        }
        SSL_CTX_set_options(context, flags)
    }

    private static func setCiphers(_ context: OpaquePointer, _ split: CipherStringSplit) throws(TLSError) {
        let all = [split.tls13, split.upToTLS12].compactMap(\.self).joined(separator: ":")
        // OpenSSL would take what stands before it and be silent about the rest.
        guard !all.utf8.contains(0) else {
            throw failure(.cipherStringInvalid, "the cipher string holds a NUL", values: ["ciphers": all])
        }
        if let suites = split.tls13, SSL_CTX_set_ciphersuites(context, suites) != 1 {
            throw failure(
                .cipherStringInvalid, "no TLS 1.3 suite matches \"\(suites)\"", values: ["ciphers": suites])
        }
        if let ciphers = split.upToTLS12, SSL_CTX_set_cipher_list(context, ciphers) != 1 {
            throw failure(
                .cipherStringInvalid, "no cipher suite matches \"\(ciphers)\"", values: ["ciphers": ciphers])
        }
        if split.tls13 == nil && split.upToTLS12 == nil {
            throw failure(.cipherStringInvalid, "the cipher string names no suite", values: ["ciphers": ""])
        }
    }

    private static func setTrust(_ context: OpaquePointer, _ trust: TrustStoreHandle?) {
        guard let trust else { return }
        SSL_CTX_set1_cert_store(context, trust.pointer)
        for certificate in trust.additions { SSL_CTX_add_client_CA(context, certificate.handle.pointer) }
        ErrorQueue.clear()
    }

    private static func use(_ identity: LoadedIdentity, in context: OpaquePointer) throws(TLSError) {
        guard let leaf = identity.chain.first else { return }
        guard SSL_CTX_use_certificate(context, leaf.handle.pointer) == 1 else {
            throw failure(
                .certificateRefused, "OpenSSL refuses the certificate in \(identity.certificateOrigin)",
                values: ["file": identity.certificateOrigin])
        }
        // Checked here and not by OpenSSL's use_PrivateKey, which silently drops a certificate that does not match.
        guard X509_check_private_key(leaf.handle.pointer, identity.key.handle.pointer) == 1 else {
            throw failure(
                .keyMismatch,
                "the private key in \(identity.keyOrigin) does not belong to the certificate in "
                    + identity.certificateOrigin,
                values: ["file": identity.certificateOrigin, "key": identity.keyOrigin])
        }
        guard SSL_CTX_use_PrivateKey(context, identity.key.handle.pointer) == 1 else {
            throw failure(
                .privateKeyUnreadable, "OpenSSL refuses the private key in \(identity.keyOrigin)",
                values: ["file": identity.keyOrigin])
        }
        _ = CHasp_SSL_CTX_clear_chain_certs(context)
        for certificate in identity.chain.dropFirst() {
            guard CHasp_SSL_CTX_add1_chain_cert(context, certificate.handle.pointer) == 1 else {
                throw failure(
                    .certificateRefused, "OpenSSL refuses an intermediate in \(identity.certificateOrigin)",
                    values: ["file": identity.certificateOrigin])
            }
        }
        if identity.chain.count == 1 && !leaf.isSelfIssued { completeChain(in: context) }
    }

    /// A certificate without its intermediates is completed from the trusted ones, where those hold them, as node:tls
    /// does. OpenSSL would do it anew for each handshake.
    private static func completeChain(in context: OpaquePointer) {
        let flags = SSL_BUILD_CHAIN_FLAG_NO_ROOT | SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR | SSL_BUILD_CHAIN_FLAG_CLEAR_ERROR
        _ = CHasp_SSL_CTX_build_cert_chain(context, CInt(flags))
        ErrorQueue.clear()
    }

    private static func setSignatureAlgorithms(_ context: OpaquePointer, _ list: String?) throws(TLSError) {
        guard let list else { return }
        guard !list.utf8.contains(0), CHasp_SSL_CTX_set1_sigalgs_list(context, list) == 1 else {
            throw failure(
                .signatureAlgorithmsInvalid,
                "\"\(list)\" is no list of signature algorithms; an example: ECDSA+SHA256:RSA-PSS+SHA256:ed25519")
        }
    }

    private static func setGroups(_ context: OpaquePointer, _ options: TLSOptions) throws(TLSError) -> String {
        let wanted: [NamedGroup]
        if let groups = options.groups {
            wanted = groups
        } else {
            wanted = options.policy.groups.filter { CHasp_SSL_CTX_set1_groups_list(context, $0.name) == 1 }
            ErrorQueue.clear()
        }
        let list = wanted.map(\.name).joined(separator: ":")
        guard !wanted.isEmpty, CHasp_SSL_CTX_set1_groups_list(context, list) == 1 else {
            let unknown = wanted.filter { CHasp_SSL_CTX_set1_groups_list(context, $0.name) != 1 }
            throw failure(
                .groupsInvalid,
                wanted.isEmpty
                    ? "the list of groups is empty"
                    : "\(OpenSSLVersion.text) does not know: \(unknown.map(\.name).joined(separator: ", "))")
        }
        return list
    }

    private static func setSessions(
        _ context: OpaquePointer, _ options: TLSOptions, certificates: [Certificate], trust: TrustStoreHandle?
    ) throws(TLSError) {
        let sessions = options.sessions
        guard (1...Int(Int32.max)).contains(sessions.timeoutSeconds) else {
            // OpenSSL reads 0 as its own default.
            throw failure(.optionInvalid, "sessions.timeoutSeconds must lie between 1 and \(Int32.max)")
        }
        guard (0...16).contains(sessions.ticketsPerHandshake) else {
            throw failure(.optionInvalid, "sessions.ticketsPerHandshake must lie between 0 and 16")
        }
        // Tickets need no cache, and a cache inside OpenSSL is a lock and memory that grows with strangers.
        CHasp_SSL_CTX_set_session_cache_mode(context, CLong(SSL_SESS_CACHE_OFF))
        SSL_CTX_set_timeout(context, CLong(sessions.timeoutSeconds))
        SSL_CTX_set_num_tickets(context, sessions.isTicketsEnabled ? sessions.ticketsPerHandshake : 0)
        if !sessions.isTicketsEnabled { SSL_CTX_set_options(context, CHasp_SSL_OP_NO_TICKET()) }

        // A session may only be resumed where the same trust and the same demands hold: a ticket earned under one
        // name's authority must not open another's door.
        let trusted = trust?.additions ?? []
        let demands = "\(options.verification.rawValue) \(options.trust.includesSystem)"
        var domain = Array("\(demands) \(certificates.count) \(trusted.count)".utf8)
        for certificate in certificates + trusted { domain += certificate.der }
        let digest = SHA256Digest.of(domain)
        guard SSL_CTX_set_session_id_context(context, digest, CUnsignedInt(digest.count)) == 1 else {
            throw failure(.internalFailure, "the session id context cannot be set")
        }
    }
}

/// The OpenSSL that the process runs with.
public enum OpenSSLVersion {
    /// Its own words, such as `OpenSSL 3.0.19 27 Jan 2026`.
    public static var text: String { String(cString: CHasp_version_text()) }
}

/// SHA-256, for identifiers; what is secret goes through OpenSSL's own paths.
enum SHA256Digest {
    static func of(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var count: CUnsignedInt = 0
        guard EVP_Digest(bytes, bytes.count, &digest, &count, EVP_sha256(), nil) == 1 else { return digest }
        return digest
    }
}
