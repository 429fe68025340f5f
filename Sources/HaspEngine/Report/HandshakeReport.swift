//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL
public import HaspWire

/// What is known of a handshake: what was offered, what was agreed, who was verified and how long each step took.
///
/// A value: it can be kept after the connection is gone. Nothing in it is secret.
public struct HandshakeReport: Sendable {
    /// The end of the connection that saw this.
    public var role: TLSRole { box.facts.role }

    /// When each step happened.
    public internal(set) var timeline: HandshakeTimeline {
        get { box.facts.timeline }
        set { facts.timeline = newValue }
    }

    /// The agreed protocol version (`getProtocol()` in node:tls).
    public internal(set) var version: ProtocolVersion {
        get { box.facts.version }
        set { facts.version = newValue }
    }

    /// The agreed cipher suite (`getCipher()`).
    public internal(set) var cipherSuite: CipherSuite {
        get { box.facts.cipherSuite }
        set { facts.cipherSuite = newValue }
    }

    /// The group of the key exchange; nil without one, as when a TLS 1.2 session is resumed
    /// (`getEphemeralKeyInfo()`).
    public internal(set) var group: NamedGroup? {
        get { box.facts.group }
        set { facts.group = newValue }
    }

    /// With what the server signed; nil when the session was resumed.
    public internal(set) var signatureScheme: SignatureScheme? {
        get { box.facts.signatureScheme }
        set { facts.signatureScheme = newValue }
    }

    /// With what the client signed; nil without a client certificate.
    public internal(set) var clientSignatureScheme: SignatureScheme? {
        get { box.facts.clientSignatureScheme }
        set { facts.clientSignatureScheme = newValue }
    }

    /// The agreed application protocol (`alpnProtocol`).
    public internal(set) var alpnProtocol: String? {
        get { box.facts.alpnProtocol }
        set { facts.alpnProtocol = newValue }
    }

    /// Whether an earlier session was resumed (`isSessionReused()`).
    public internal(set) var isSessionReused: Bool {
        get { box.facts.isSessionReused }
        set { facts.isSessionReused = newValue }
    }

    /// Whether the server's first answer was a HelloRetryRequest, which costs a round trip.
    public internal(set) var isHelloRetried: Bool {
        get { box.facts.isHelloRetried }
        set { facts.isHelloRetried = newValue }
    }

    /// Whether the server asked the client for a certificate.
    public internal(set) var isClientCertificateRequested: Bool {
        get { box.facts.isClientCertificateRequested }
        set { facts.isClientCertificateRequested = newValue }
    }

    /// The peer's certificates as it sent them, its own first. Empty when it sent none; on a resumed session only its
    /// own is known. (`getPeerCertificate()`)
    public internal(set) var peerChain: [Certificate] {
        get { box.facts.peerChain }
        set { facts.peerChain = newValue }
    }

    /// The certificates that this side showed, its own first (`getCertificate()`).
    public internal(set) var localChain: [Certificate] {
        get { box.facts.localChain }
        set { facts.localChain = newValue }
    }

    /// Whether the peer proved who it is: a trusted certificate, for the right name where one was asked for
    /// (`authorized`). False when nothing was verified.
    public internal(set) var isAuthorized: Bool {
        get { box.facts.isAuthorized }
        set { facts.isAuthorized = newValue }
    }

    /// Every objection to the peer's certificate. With `reportOnly` these did not stop the handshake.
    public internal(set) var verificationErrors: [VerificationError] {
        get { box.facts.verificationErrors }
        set { facts.verificationErrors = newValue }
    }

    /// The body of the last ClientHello, as it stood on the wire.
    public internal(set) var clientHelloBytes: [UInt8] {
        get { box.facts.clientHelloBytes }
        set { facts.clientHelloBytes = newValue }
    }

    package init(role: TLSRole) { box = Box(Facts(role: role)) }

    /// The facts live behind one reference: a report is handed on with every event and kept by engine and socket, and
    /// a connection that is idle should have them once.
    private var box: Box

    private struct Facts: Sendable {
        let role: TLSRole
        var timeline = HandshakeTimeline()
        var version = ProtocolVersion(rawValue: 0)
        var cipherSuite = CipherSuite(rawValue: 0)
        var group: NamedGroup?
        var signatureScheme: SignatureScheme?
        var clientSignatureScheme: SignatureScheme?
        var alpnProtocol: String?
        var isSessionReused = false
        var isHelloRetried = false
        var isClientCertificateRequested = false
        var peerChain: [Certificate] = []
        var localChain: [Certificate] = []
        var isAuthorized = false
        var verificationErrors: [VerificationError] = []
        var clientHelloBytes: [UInt8] = []
    }

    /// Changed only while nobody else holds it, which is what `@unchecked` relies on.
    private final class Box: @unchecked Sendable {
        var facts: Facts

        init(_ facts: Facts) { self.facts = facts }
    }

    private var facts: Facts {
        get { box.facts }
        _modify {
            if !isKnownUniquelyReferenced(&box) { box = Box(box.facts) }
            yield &box.facts
        }
    }
}

extension HandshakeReport {
    /// The peer's own certificate.
    public var peer: Certificate? { peerChain.first }

    /// The certificate that this side showed.
    public var local: Certificate? { localChain.first }

    /// What the client offered; nil before the ClientHello and when it cannot be read.
    public var clientHello: ClientHello? {
        clientHelloBytes.isEmpty ? nil : try? ClientHello(parsing: clientHelloBytes)
    }

    /// The name that the client asked for (SNI; `servername` in node:tls).
    public var serverName: String? { clientHello?.serverName }

    /// Why the peer is not authorised; nil when it is, or when nothing was verified (`authorizationError`).
    public var authorizationError: VerificationError? { verificationErrors.first }

    /// The string that node:tls would give as `authorizationError`, such as `CERT_HAS_EXPIRED`.
    public var authorizationNodeCode: String? { verificationErrors.nodeCode }
}

// MARK: - Filling in

extension HandshakeReport {
    /// Keeps what is worth knowing of one handshake message, header included.
    mutating func record(_ message: UnsafeRawBufferPointer, isSent: Bool) {
        let isByClient = isSent == (role == .client)
        let body = UnsafeRawBufferPointer(rebasing: message.dropFirst(4))
        switch HandshakeType(rawValue: message[0]) {
        case .clientHello:
            clientHelloBytes = Array(body)
            timeline.mark(isSent ? .helloSent : .helloReceived)
        case .serverHello:
            let hello = ServerHelloFacts(body)
            isHelloRetried = isHelloRetried || hello.isRetry
            group = hello.group ?? group
            if !hello.isRetry { timeline.mark(isSent ? .helloSent : .helloReceived) }
        case .certificate where !isByClient: timeline.mark(.certificate)
        case .serverKeyExchange:
            let exchange = ServerKeyExchangeFacts(body)
            group = exchange.group ?? group
            signatureScheme = exchange.signatureScheme
        case .certificateRequest: isClientCertificateRequested = true
        case .certificateVerify where body.count >= 2:
            let scheme = SignatureScheme(rawValue: UInt16(body[0]) << 8 | UInt16(body[1]))
            if isByClient { clientSignatureScheme = scheme } else { signatureScheme = scheme }
        default: break
        }
    }

    /// Takes over what OpenSSL knows once the handshake is done.
    mutating func complete(
        from connection: OpaquePointer, verification: VerificationRecord, context: SecureContext,
        options: TLSEngine.Options
    ) {
        timeline.mark(.finished)
        version = ProtocolVersion(rawValue: UInt16(truncatingIfNeeded: SSL_version(connection)))
        if let cipher = SSL_get_current_cipher(connection) {
            cipherSuite = CipherSuite(rawValue: SSL_CIPHER_get_protocol_id(cipher))
        }
        isSessionReused = SSL_session_reused(connection) == 1
        alpnProtocol = Self.alpn(of: connection)
        // OpenSSL names a client's certificate also when the server did not ask for it.
        if role == .server || isClientCertificateRequested, let own = SSL_get_certificate(connection) {
            localChain = context.chains.first { $0.first?.handle.pointer == own } ?? []
        }
        peerChain = Self.peerChain(of: connection, role: role)
        judge(connection, verification, context.options.verification)
    }

    private mutating func judge(
        _ connection: OpaquePointer, _ verification: VerificationRecord, _ mode: PeerVerification
    ) {
        guard mode.isVerifying(as: role) else { return }
        verificationErrors = verification.errors
        if peerChain.isEmpty {
            verificationErrors = [VerificationError(code: .noCertificate, depth: 0, subject: "no certificate")]
        } else if verificationErrors.isEmpty {
            // A resumed session is not verified again; what counts is how it was when it began.
            let code = VerifyCode(rawValue: CInt(truncatingIfNeeded: SSL_get_verify_result(connection)))
            if code != .ok {
                verificationErrors = [
                    VerificationError(code: code, depth: 0, subject: peer?.subject.description ?? "")
                ]
            }
        }
        isAuthorized = verificationErrors.isEmpty
    }

    private static func alpn(of connection: OpaquePointer) -> String? {
        var name: UnsafePointer<UInt8>?
        var count: CUnsignedInt = 0
        SSL_get0_alpn_selected(connection, &name, &count)
        guard let name, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
    }

    private static func peerChain(of connection: OpaquePointer, role: TLSRole) -> [Certificate] {
        guard let leaf = SSL_get0_peer_certificate(connection) else { return [] }
        let own = Certificate(retaining: leaf)
        let sent = SSL_get_peer_cert_chain(connection)
        // A server's list lacks the peer's own certificate, a client's begins with it.
        let others = (role == .client ? 1 : 0)..<max(CHasp_sk_X509_num(sent), role == .client ? 1 : 0)
        return [own] + others.compactMap { CHasp_sk_X509_value(sent, $0).map { Certificate(retaining: $0) } }
    }
}
