//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL
public import HaspWire

/// One TLS connection as a state machine: takes ciphertext, gives ciphertext, takes and gives plaintext.
///
/// It knows nothing of sockets, event loops or clocks other than for its timeline, and does nothing on its own. The
/// owner calls it from one thread at a time; after a call has thrown, only output (the alert) can still be taken.
///
/// Programs use it through ``SecurePair``, which joins it with buffers, or look at its facts; the calls that take
/// memory of the caller are for the channel handler.
///
/// The order of use: ``handshake()`` until it says `complete`, giving it what the peer sent with
/// ``receive(_:then:)``; then ``read(into:)`` and ``write(_:)``; after each step, take what is for the peer with
/// ``takeOutput()``.
public final class TLSEngine {
    /// Which end of the connection this is.
    public let role: TLSRole

    /// The context in use: the one given, or the one chosen at the ClientHello.
    public private(set) var context: SecureContext

    /// What is known of the handshake. Facts that are agreed upon last stand there when ``isEstablished`` is true.
    public internal(set) var report: HandshakeReport

    /// Whether the handshake is done and nothing has failed since.
    public private(set) var isEstablished = false

    /// Whether the peer said that it will send nothing more (close_notify).
    public private(set) var isInputClosed = false

    /// Whether this side said so.
    public private(set) var isOutputClosed = false

    /// The error that ended the connection.
    public private(set) var failure: TLSError?

    /// Whether the handshake waits at the ClientHello for ``choose(_:)`` or ``refuse(_:because:)``.
    public var isWaitingAtClientHello: Bool { gate == .waiting }

    /// How a connection differs from others of its context.
    public struct Options: Sendable {
        /// A client's SNI (RFC 6066, section 3): a host name, never an address.
        public var serverName: String?

        /// A client's idea of who the server is: what its certificate is compared with. Without it, any trusted
        /// certificate is accepted.
        public var peerName: PeerName?

        /// Whether a server stops at the ClientHello until a context was chosen.
        public var isStoppingAtClientHello: Bool

        /// Without names a client sends no SNI and accepts any trusted certificate.
        public init(serverName: String? = nil, peerName: PeerName? = nil, isStoppingAtClientHello: Bool = false) {
            self.serverName = serverName
            self.peerName = peerName
            self.isStoppingAtClientHello = isStoppingAtClientHello
        }
    }

    let options: Options
    var verification = VerificationRecord()

    private enum Gate: Equatable {
        case open, closed, waiting, passed
        case refused(AlertDescription)
    }

    private let connection: OpaquePointer
    private let transport: UnsafeMutablePointer<Transport>
    private var gate: Gate
    private var pendingContext: SecureContext?
    private var refusal: TLSError?
    private var isNameChanged = false
    private var lastAlert: TLSError.AlertEvent?
    private var opening = OpeningBytes()
    private var backlog: [UInt8] = []
    /// How much longer than its plaintext a record can be.
    private var recordOverhead = 128

    /// - Throws: ``TLSError`` when the names cannot be used or memory is at its end.
    public init(context: SecureContext, role: TLSRole, options: Options = Options()) throws(TLSError) {
        ErrorQueue.clear()
        guard let connection = SSL_new(context.pointer) else {
            throw TLSError(.internalFailure, "SSL_new", role: role, openSSL: ErrorQueue.drain())
        }
        let transport = UnsafeMutablePointer<Transport>.allocate(capacity: 1)
        transport.initialize(to: Transport())
        self.role = role
        self.context = context
        self.options = options
        self.connection = connection
        self.transport = transport
        self.gate = options.isStoppingAtClientHello && role == .server ? .closed : .open
        self.report = HandshakeReport(role: role)

        guard let bio = TransportBIO.make(over: transport) else {
            throw TLSError(.internalFailure, "BIO_new", role: role, openSSL: ErrorQueue.drain())
        }
        SSL_set_bio(connection, bio, bio)
        EngineCallbacks.install(in: connection, of: self)
        setVerification(for: context)
        switch role {
        case .client: try prepareClient()
        case .server: SSL_set_accept_state(connection)
        }
    }

    deinit {
        SSL_free(connection)
        transport.pointee.releaseSpill()
        transport.deallocate()
    }
}

@available(*, unavailable)
extension TLSEngine: Sendable {}

// MARK: - Ciphertext

extension TLSEngine {
    /// Makes the peer's bytes available to what `body` does with this engine, without copying them.
    ///
    /// What `body` leaves untouched, because the handshake waits at the ClientHello, is kept for the next call.
    package func receive<R>(
        _ ciphertext: UnsafeRawBufferPointer, then body: () throws(TLSError) -> R
    ) throws(TLSError) -> R {
        if !isEstablished { note(ciphertext) }
        guard backlog.isEmpty else { return try receiveBehindBacklog(ciphertext, then: body) }
        defer { keepRest() }
        setInput(ciphertext)
        return try body()
    }

    /// How many bytes of ciphertext wait for the peer.
    public var pendingOutput: Int { transport.pointee.spillUsed }

    /// Gives the waiting ciphertext to `body` and forgets it.
    package func drainOutput(_ body: (UnsafeRawBufferPointer) -> Void) { transport.pointee.drainSpill(body) }

    /// The ciphertext that waits for the peer; to be sent as it is and in order.
    public func takeOutput() -> [UInt8] {
        var bytes: [UInt8] = []
        drainOutput { bytes = Array($0) }
        return bytes
    }

    /// A bound of the ciphertext for so many bytes of plaintext written at once.
    package func ciphertextBound(for plaintext: Int) -> Int {
        let records = (plaintext + Self.maximumFragment - 1) / Self.maximumFragment
        return plaintext + max(records, 1) * recordOverhead
    }

    /// RFC 8446, section 5.1: 2^14 bytes of plaintext in a record.
    package static let maximumFragment = 16_384

    private func setInput(_ bytes: UnsafeRawBufferPointer) {
        transport.pointee.input = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        transport.pointee.inputCount = bytes.count
    }

    private func keepRest() {
        if transport.pointee.inputCount > 0 {
            backlog = Array(UnsafeBufferPointer(start: transport.pointee.input, count: transport.pointee.inputCount))
        }
        transport.pointee.input = nil
        transport.pointee.inputCount = 0
    }

    private func receiveBehindBacklog<R>(
        _ ciphertext: UnsafeRawBufferPointer, then body: () throws(TLSError) -> R
    ) throws(TLSError) -> R {
        guard backlog.count + ciphertext.count <= Self.maximumBacklog else {
            throw fail(
                TLSError(.protocolViolation, "the peer kept sending while its ClientHello was considered", role: role))
        }
        var joined = backlog
        joined.append(contentsOf: ciphertext)
        backlog = []
        // Typed throws do not pass through the standard library's closure here, so the outcome is carried by hand.
        let outcome: Result<R, TLSError> = joined.withUnsafeBytes { bytes in
            defer { keepRest() }
            setInput(bytes)
            do throws(TLSError) { return .success(try body()) } catch { return .failure(error) }
        }
        return try outcome.get()
    }

    /// A ClientHello and early data may wait while a context is chosen; who sends more than this is no client.
    private static let maximumBacklog = 256 << 10
}

// MARK: - Handshake

extension TLSEngine {
    /// How far ``handshake()`` came.
    public enum HandshakeProgress: Sendable, Hashable {
        /// More bytes of the peer are needed.
        case needsInput
        /// A server waits for ``choose(_:)`` or ``refuse(_:because:)``.
        case waitsAtClientHello
        /// The connection is established.
        case complete
    }

    /// Goes on with the handshake as far as the bytes at hand allow.
    public func handshake() throws(TLSError) -> HandshakeProgress {
        if let failure { throw failure }
        if isEstablished { return .complete }
        if gate == .waiting { return .waitsAtClientHello }
        ErrorQueue.clear()
        let result = SSL_do_handshake(connection)
        guard result != 1 else {
            finishHandshake()
            return .complete
        }
        switch SSL_get_error(connection, result) {
        case SSL_ERROR_WANT_READ: return .needsInput
        case SSL_ERROR_WANT_CLIENT_HELLO_CB: return .waitsAtClientHello
        default: throw fail(handshakeError())
        }
    }

    /// Ends the wait at the ClientHello: go on with this context, or with the first one if it is nil.
    public func choose(_ context: SecureContext?) {
        guard gate == .waiting else { return }
        pendingContext = context
        gate = .passed
    }

    /// Ends the wait at the ClientHello: send a fatal alert and fail with the error.
    public func refuse(_ alert: AlertDescription, because error: TLSError) {
        guard gate == .waiting else { return }
        refusal = error
        gate = .refused(alert)
    }

    enum GateDecision {
        case pass, wait
        case refuse(AlertDescription)
    }

    /// Called by OpenSSL at the ClientHello, and again after the wait.
    func passClientHelloGate() -> GateDecision {
        if isNameChanged {
            refusal = TLSError(
                .protocolViolation, "the client asked for another name after the HelloRetryRequest", role: role)
            return .refuse(.illegalParameter)
        }
        switch gate {
        case .open: return .pass
        case .closed, .waiting:
            gate = .waiting
            return .wait
        case .refused(let alert): return .refuse(alert)
        case .passed:
            if let chosen = pendingContext { adopt(chosen) }
            pendingContext = nil
            gate = .open
            return .pass
        }
    }

    private func prepareClient() throws(TLSError) {
        SSL_set_connect_state(connection)
        if let name = options.serverName {
            guard name.utf8.count <= 255, !name.utf8.contains(0), !name.isEmpty,
                CHasp_SSL_set_tlsext_host_name(connection, name) == 1
            else {
                throw TLSError(
                    .nameInvalid, "\"\(name.prefix(80))\" cannot be a server name", phase: .configuration, role: role)
            }
        }
        let alpn = context.alpnWireFormat
        // Returns 0 when all is well, unlike its neighbours.
        guard alpn.isEmpty || SSL_set_alpn_protos(connection, alpn, CUnsignedInt(alpn.count)) == 0 else {
            throw TLSError(.alpnInvalid, "OpenSSL refuses the ALPN protocols", phase: .configuration, role: role)
        }
    }

    private func setVerification(for context: SecureContext) {
        let mode = context.options.verification
        var flags = SSL_VERIFY_NONE
        if mode.isVerifying(as: role) { flags |= SSL_VERIFY_PEER }
        if mode.isRejecting(as: role) { flags |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT }
        SSL_set_verify(connection, flags, nil)
    }

    /// `SSL_set_SSL_CTX` alone leaves versions, groups, suites of TLS 1.3 and the demand for a client certificate as
    /// they were when the connection began.
    private func adopt(_ chosen: SecureContext) {
        guard chosen !== context else { return }
        context = chosen
        SSL_set_SSL_CTX(connection, chosen.pointer)
        SSL_clear_options(connection, SSL_get_options(connection))
        SSL_set_options(connection, SSL_CTX_get_options(chosen.pointer))
        _ = CHasp_SSL_set_min_proto_version(connection, CInt(chosen.minimumVersion.rawValue))
        _ = CHasp_SSL_set_max_proto_version(connection, CInt(chosen.maximumVersion.rawValue))
        _ = CHasp_SSL_set1_groups_list(connection, chosen.groupList)
        if let suites = CipherStringSplit(chosen.options).tls13 { _ = SSL_set_ciphersuites(connection, suites) }
        SSL_set_num_tickets(connection, SSL_CTX_get_num_tickets(chosen.pointer))
        setVerification(for: chosen)
    }

    private func finishHandshake() {
        EngineCallbacks.stopWatchingMessages(of: connection)
        isEstablished = true
        report.complete(from: connection, verification: verification, context: context, options: options)
        verification = VerificationRecord()
        opening = OpeningBytes()
        recordOverhead = measureRecordOverhead()
    }

    /// Header, explicit nonce, content type and tag; with CBC suites also padding and a long MAC.
    private func measureRecordOverhead() -> Int {
        if report.version >= .tls13 { return 22 }
        guard let cipher = SSL_get_current_cipher(connection) else { return recordOverhead }
        return SSL_CIPHER_is_aead(cipher) == 1 ? 29 : 90
    }
}

// MARK: - Plaintext

extension TLSEngine {
    /// What ``read(into:)`` found.
    public enum ReadResult: Sendable, Hashable {
        /// So many bytes of plaintext.
        case bytes(Int)
        /// More ciphertext is needed.
        case needsInput
        /// The peer closed its side in good order (close_notify).
        case closed
    }

    /// Decrypts into the caller's memory, at most one record (16 KiB) at a time.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(TLSError) -> ReadResult {
        if let failure { throw failure }
        if isInputClosed { return .closed }
        ErrorQueue.clear()
        let result = SSL_read(connection, buffer.baseAddress, CInt(clamping: buffer.count))
        if result > 0 { return .bytes(Int(result)) }
        switch SSL_get_error(connection, result) {
        case SSL_ERROR_WANT_READ: return .needsInput
        case SSL_ERROR_ZERO_RETURN:
            isInputClosed = true
            return .closed
        default: throw fail(streamError())
        }
    }

    /// How many bytes of ciphertext OpenSSL has not looked at yet.
    package var inputCount: Int { transport.pointee.inputCount }

    /// Puts the beginning of the timeline where the client began to look for its peer.
    package func beginTimeline(at start: UInt64) { report.timeline.begin(at: start) }

    /// How many bytes of plaintext ``read(into:)`` can give at most with the ciphertext at hand, in one call. Zero
    /// means that a call would find nothing.
    package var readableBound: Int {
        max(Int(SSL_pending(connection)), min(transport.pointee.inputCount, Self.maximumFragment))
    }

    /// Encrypts into `window` as far as it reaches; the rest waits with the other output, which is to be sent
    /// afterwards. Nothing may be waiting before the call.
    ///
    /// - Returns: how many bytes of plaintext were taken and of `window` were used.
    package func write(
        _ plaintext: UnsafeRawBufferPointer, into window: UnsafeMutableRawBufferPointer
    ) throws(TLSError) -> (consumed: Int, produced: Int) {
        transport.pointee.window = window.baseAddress?.assumingMemoryBound(to: UInt8.self)
        transport.pointee.windowCapacity = window.count
        transport.pointee.windowUsed = 0
        defer {
            transport.pointee.window = nil
            transport.pointee.windowCapacity = 0
        }
        var consumed = 0
        while consumed < plaintext.count {
            let rest = UnsafeRawBufferPointer(rebasing: plaintext[consumed...])
            consumed += try writeOnce(rest)
        }
        return (consumed, transport.pointee.windowUsed)
    }

    /// Encrypts all of `plaintext`; take the result with ``takeOutput()``.
    public func write(_ plaintext: [UInt8]) throws(TLSError) {
        let outcome: Result<Void, TLSError> = plaintext.withUnsafeBytes { bytes in
            do throws(TLSError) {
                _ = try write(bytes, into: UnsafeMutableRawBufferPointer(start: nil, count: 0))
                return .success(())
            } catch { return .failure(error) }
        }
        try outcome.get()
    }

    /// Says that this side will send nothing more (close_notify). Reading stays possible (RFC 8446, section 6.1).
    public func closeOutput() {
        // Inside a handshake there is nothing to close in order; after a failure the alert was the last word.
        guard isEstablished, !isOutputClosed, failure == nil else { return }
        isOutputClosed = true
        ErrorQueue.clear()
        _ = SSL_shutdown(connection)
        ErrorQueue.clear()
    }

    /// The error for an end of the peer's bytes that comes now.
    ///
    /// - Returns: nil when the peer had said goodbye, so that the end is an orderly one.
    public func receiveEnd() -> TLSError? {
        guard failure == nil, !isInputClosed else { return nil }
        if isEstablished {
            return fail(
                TLSError(
                    .truncated, "the connection ended without close_notify", phase: .established, role: role))
        }
        return fail(opening.errorForEnd(role: role, context: errorValues, alert: lastAlert))
    }

    /// Ends the connection for a reason of this side's own.
    package func abandon(_ error: TLSError) { _ = fail(error) }

    private func writeOnce(_ plaintext: UnsafeRawBufferPointer) throws(TLSError) -> Int {
        if let failure { throw failure }
        guard isEstablished, !isOutputClosed else {
            throw TLSError(.closed, "write after end", phase: .established, blame: .local, role: role)
        }
        ErrorQueue.clear()
        let result = SSL_write(connection, plaintext.baseAddress, CInt(clamping: plaintext.count))
        guard result > 0 else { throw fail(streamError()) }
        return Int(result)
    }
}

// MARK: - What OpenSSL reports

extension TLSEngine {
    func recordAlert(_ value: CInt, isReceived: Bool) {
        let alert = Alert(
            level: AlertLevel(rawValue: UInt8(truncatingIfNeeded: value >> 8)),
            description: AlertDescription(rawValue: UInt8(truncatingIfNeeded: value)))
        guard alert.description != .closeNotify else { return }
        lastAlert = TLSError.AlertEvent(alert: alert, isReceived: isReceived)
    }

    func recordMessage(_ message: UnsafeRawBufferPointer, isSent: Bool) {
        opening.sawMessage = opening.sawMessage || !isSent
        if role == .server, !isSent, HandshakeType(rawValue: message[0]) == .clientHello {
            compareWithFirstHello(message)
        }
        report.record(message, isSent: isSent)
    }

    /// After a HelloRetryRequest the client must ask for the same name again (RFC 8446, section 4.1.2): the context was
    /// chosen by the first hello, and the program is told the name of the second. OpenSSL does not compare them.
    private func compareWithFirstHello(_ message: UnsafeRawBufferPointer) {
        guard let first = report.clientHello else { return }
        let second = try? ClientHello(parsing: Array(message.dropFirst(4)))
        isNameChanged = second?.serverNameBytes != first.serverNameBytes
    }

    /// Called by OpenSSL when its own check is through.
    ///
    /// - Returns: whether the handshake may go on.
    func concludeVerification(_ store: OpaquePointer, isCheckComplete: Bool) -> Bool {
        if !isCheckComplete && verification.errors.isEmpty { verification.record(store) }
        if let name = options.peerName, let leaf = X509_STORE_CTX_get0_cert(store) {
            verification.check(
                name, against: Certificate(retaining: leaf), rules: context.options.identityRules)
        }
        guard let first = verification.errors.first else { return true }
        // Decides which alert goes to the peer, and stays with the session.
        X509_STORE_CTX_set_error(store, first.code.rawValue)
        verification.keepChain(store)
        return !context.options.verification.isRejecting(as: role)
    }

    private func note(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        report.timeline.markFirstByte()
        opening.append(bytes)
    }

    private func fail(_ error: TLSError) -> TLSError {
        isEstablished = false
        failure = failure ?? error
        if !verification.errors.isEmpty { report.verificationErrors = verification.errors }
        if !verification.chain.isEmpty { report.peerChain = verification.chain }
        return failure ?? error
    }

    private var errorValues: [String: String] {
        var values: [String: String] = [:]
        if let name = options.serverName ?? options.peerName?.description { values["host"] = name }
        return values
    }

    private func handshakeError() -> TLSError {
        if let refusal { return refusal }
        return EngineFailure(
            role: role, context: context, options: options, entries: ErrorQueue.drain(), alert: lastAlert,
            verification: verification, opening: opening, phase: .handshake, values: errorValues,
            isCertificateRequested: report.isClientCertificateRequested
        ).error
    }

    private func streamError() -> TLSError {
        EngineFailure(
            role: role, context: context, options: options, entries: ErrorQueue.drain(), alert: lastAlert,
            verification: verification, opening: opening, phase: .established, values: errorValues
        ).error
    }
}
