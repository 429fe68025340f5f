//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspEngine
public import HaspWire
public import NIOCore
import NIOTLS

/// TLS as a channel handler: ciphertext towards the network, plaintext towards the pipeline's end.
///
/// Works in any NIO pipeline. When the handshake is done it fires NIOTLS's `TLSUserEvent.handshakeCompleted` and
/// ``TLSHandshakeCompletedEvent``; a failure is fired as a ``TLSError`` through `errorCaught`, after which the channel
/// closes. A peer that ends without close_notify causes ``TLSError/Code/truncated``.
///
/// A handler serves one connection. Taken out of its pipeline, it fails what waits and leaves the channel open and
/// plain. It must be used on the channel's event loop only.
public final class TLSHandler: ChannelDuplexHandler, RemovableChannelHandler {
    public typealias InboundIn = ByteBuffer
    public typealias InboundOut = ByteBuffer
    public typealias OutboundIn = ByteBuffer
    public typealias OutboundOut = ByteBuffer

    /// How a handler behaves, apart from what its context says.
    public struct Configuration: Sendable {
        /// After this time without a finished handshake the connection is closed
        /// (`handshakeTimeout` in node:tls, where a bare server only reports it). Default: 120 seconds, as there.
        public var handshakeTimeout: TimeAmount

        /// Whether this side may go on sending after the peer's close_notify. When false, the default, the handler
        /// answers with its own and closes (`allowHalfOpen` in node:tls).
        public var isHalfClosureAllowed: Bool

        /// How many bytes may wait for the handshake before writes fail. Default: 1 MiB.
        public var maximumEarlyBytes: Int

        public init(
            handshakeTimeout: TimeAmount = .seconds(120), isHalfClosureAllowed: Bool = false,
            maximumEarlyBytes: Int = 1 << 20
        ) {
            self.handshakeTimeout = handshakeTimeout
            self.isHalfClosureAllowed = isHalfClosureAllowed
            self.maximumEarlyBytes = maximumEarlyBytes
        }
    }

    /// What was agreed, as far as the handshake has come.
    public var report: HandshakeReport { engine?.report ?? HandshakeReport(role: role) }

    /// Which end of the connection this is.
    public let role: TLSRole

    /// Bytes of plaintext that wait to be encrypted.
    public private(set) var pendingBytes = 0

    /// Whether the handshake is done and the connection lives.
    public var isEstablished: Bool { state.phase == .established }

    let configuration: Configuration
    private var engine: TLSEngine?
    private var state = TLSHandlerStateMachine()
    private let context: SecureContext
    private let engineOptions: TLSEngine.Options
    private let chooser: ContextChooser?
    private var connectStart: UInt64?
    private var deadline: NIODeadline?
    private var remoteAddress: SocketAddress?

    private var channelContext: ChannelHandlerContext?
    private var pool: CiphertextPool?
    private var writes = PlaintextQueue()
    private var timer: NIOScheduledCallback?
    private var isReadHeld = false
    /// What `channel.isWritable` says, without asking through two existentials and an atomic.
    private var isWritable = true
    private let allocator = ByteBufferAllocator()
    /// The channel closes when the timer fires, whatever it was set for.
    private var isLingering = false

    /// - Parameters:
    ///   - context: identity, trust and preferences.
    ///   - role: which end of the connection the channel is.
    ///   - serverName: a client's SNI.
    ///   - peerName: what a client compares the server's certificate with. Nil accepts any trusted certificate.
    ///   - chooser: lets a server choose another context once it knows what the client asks for.
    ///   - configuration: time limits and closing.
    public init(
        context: SecureContext, role: TLSRole, serverName: String? = nil, peerName: PeerName? = nil,
        chooser: ContextChooser? = nil, configuration: Configuration = Configuration()
    ) {
        self.context = context
        self.role = role
        self.chooser = chooser
        self.configuration = configuration
        self.engineOptions = TLSEngine.Options(
            serverName: serverName, peerName: peerName, isStoppingAtClientHello: chooser != nil)
    }

    /// Puts the beginning of the timeline where the client began to look for its peer.
    package func setConnectStart(_ start: UInt64) { connectStart = start }

    /// The peer's address, for whoever has looked it up already.
    package func setRemoteAddress(_ address: SocketAddress?) { remoteAddress = address }

    /// Bounds the handshake by a point in time as well, for callers that have spent some of it already.
    package func setDeadline(_ deadline: NIODeadline) { self.deadline = deadline }

    // MARK: Lifecycle

    public func handlerAdded(context: ChannelHandlerContext) {
        channelContext = context
        isWritable = context.channel.isWritable
        if context.channel.isActive { start(context) }
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        end(context, with: TLSError(.closed, "the handler was removed", phase: .closing, role: role))
        channelContext = nil
    }

    public func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    public func channelInactive(context: ChannelHandlerContext) {
        transportEnded(context)
        end(context, with: TLSError(.closed, "the connection is closed", phase: .closing, role: role))
        context.fireChannelInactive()
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The transport below failed; what it says becomes part of the one error type.
        fail(context, with: NetworkFailure.error(for: error, phase: errorPhase, role: role))
    }

    // MARK: Inbound

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state.isReceiving, let engine else { return }
        let ciphertext = unwrapInboundIn(data)
        do throws(TLSError) {
            let outcome: Result<Void, TLSError> = ciphertext.withUnsafeReadableBytes { bytes in
                do throws(TLSError) {
                    return .success(try engine.receive(bytes) { () throws(TLSError) in try advance(context, engine) })
                } catch { return .failure(error) }
            }
            try outcome.get()
        } catch {
            fail(context, with: error)
        }
    }

    public func channelReadComplete(context: ChannelHandlerContext) {
        sendEngineOutput(context)
        context.fireChannelReadComplete()
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .inputClosed? = event as? ChannelEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        if isLingering { return closeChannel(context, promise: nil) }
        transportEnded(context)
    }

    public func triggerUserOutboundEvent(
        context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
        if event is TLSAbort { end(context, with: TLSError(.closed, "aborted", phase: .closing, role: role)) }
        context.triggerUserOutboundEvent(event, promise: promise)
    }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        encryptFlushedWrites(context)
        context.fireChannelWritabilityChanged()
    }

    // MARK: Outbound

    public func read(context: ChannelHandlerContext) {
        if state.isHoldingReads {
            isReadHeld = true
        } else {
            context.read()
        }
    }

    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let buffer = unwrapOutboundIn(data)
        guard state.isAcceptingWrites else {
            promise?.fail(engine?.failure ?? TLSError(.closed, "write after end", phase: .closing, role: role))
            return
        }
        if state.phase != .established, pendingBytes + buffer.readableBytes > configuration.maximumEarlyBytes {
            promise?.fail(
                TLSError(
                    .bufferLimit, "more than \(configuration.maximumEarlyBytes) bytes wait for the handshake",
                    phase: .handshake, role: role))
            return
        }
        pendingBytes += buffer.readableBytes
        writes.append(buffer, promise)
    }

    public func flush(context: ChannelHandlerContext) {
        writes.markFlushed()
        if !encryptFlushedWrites(context) { context.flush() }
    }

    public func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .output: perform(state.closeOutput(), context, promise: promise)
        case .all: perform(state.close(), context, promise: promise)
        case .input: promise?.fail(ChannelError.operationUnsupported)
        }
    }
}

@available(*, unavailable)
extension TLSHandler: Sendable {}

/// Sent through the pipeline to have the following close happen at once, without goodbye.
package struct TLSAbort: Sendable {
    package init() {}
}

/// Fired through the pipeline when the handshake is done.
public struct TLSHandshakeCompletedEvent: Sendable {
    /// What was offered, agreed and verified.
    public var report: HandshakeReport
}

/// Lets a server choose another context at the ClientHello.
public enum ContextChooser: Sendable {
    /// Answers at once; nil means the server's own context.
    case immediately(@Sendable (ClientHello) throws -> SecureContext?)
    /// May take its time, up to the handshake's time limit; nil means the server's own context.
    case eventually(@Sendable (ClientHello) async throws -> SecureContext?)
}

// MARK: - The handshake

extension TLSHandler {
    private func start(_ context: ChannelHandlerContext) {
        guard state.start() else { return }
        pool = CiphertextPool.current()
        do {
            let engine = try TLSEngine(context: self.context, role: role, options: engineOptions)
            self.engine = engine
            if let connectStart { engine.beginTimeline(at: connectStart) }
            timer = try? context.eventLoop.assumeIsolated().scheduleCallback(
                at: handshakeEnd(context), handler: self)
            if role == .client { try advance(context, engine) }
            sendEngineOutput(context)
        } catch {
            fail(context, with: error)
        }
    }

    private func handshakeEnd(_ context: ChannelHandlerContext) -> NIODeadline {
        let limit = context.eventLoop.now + configuration.handshakeTimeout
        return min(limit, deadline ?? limit)
    }

    /// Goes on as far as the engine can with the bytes it has.
    private func advance(_ context: ChannelHandlerContext, _ engine: TLSEngine) throws(TLSError) {
        if state.phase == .handshaking {
            switch try engine.handshake() {
            case .needsInput:
                sendEngineOutput(context)
                return
            case .waitsAtClientHello:
                if state.stopAtClientHello() { chooseContext(context, engine) }
                return
            case .complete:
                establish(context, engine)
            }
        }
        if state.phase == .established { try decrypt(context, engine) }
    }

    private func establish(_ context: ChannelHandlerContext, _ engine: TLSEngine) {
        guard state.establish() else { return }
        timer?.cancel()
        timer = nil
        sendEngineOutput(context)
        let report = engine.report
        context.fireUserInboundEventTriggered(TLSHandshakeCompletedEvent(report: report))
        context.fireUserInboundEventTriggered(
            TLSUserEvent.handshakeCompleted(negotiatedProtocol: report.alpnProtocol))
        encryptFlushedWrites(context)
    }

    private func chooseContext(_ context: ChannelHandlerContext, _ engine: TLSEngine) {
        guard let chooser, let hello = engine.report.clientHello else { return applyChoice(.success(nil)) }
        switch chooser {
        case .immediately(let choose):
            applyChoice(Result { try choose(hello) })
        case .eventually(let choose):
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            let eventLoop = context.eventLoop
            Task(executorPreference: EventLoopTaskExecutor.current(for: eventLoop)) {
                let choice: Result<SecureContext?, any Error>
                do { choice = .success(try await choose(hello)) } catch { choice = .failure(error) }
                eventLoop.execute { bound.value.resume(with: choice) }
            }
        }
    }

    private func applyChoice(_ choice: Result<SecureContext?, any Error>) {
        guard let engine else { return }
        switch choice {
        case .success(let chosen): engine.choose(chosen)
        case .failure(let error):
            let failure = (error as? TLSError) ?? TLSError(
                .hookFailed, "the choice of a context threw: \(error)", role: role)
            let alert: AlertDescription = failure.code == .nameUnrecognized ? .unrecognizedName : .internalError
            engine.refuse(alert, because: failure)
        }
        guard state.chosen(), let context = channelContext else { return }
        do throws(TLSError) {
            // Re-entered from inside `advance` when the choice was immediate: OpenSSL's callback has returned by now.
            try advance(context, engine)
        } catch {
            fail(context, with: error)
        }
    }

    /// The choice came later, on the event loop, outside of any read.
    private func resume(with choice: Result<SecureContext?, any Error>) {
        guard let engine, let context = channelContext, state.phase == .choosing else { return }
        do throws(TLSError) {
            try engine.receive(UnsafeRawBufferPointer(start: nil, count: 0)) { () throws(TLSError) in
                applyChoice(choice)
            }
        } catch {
            fail(context, with: error)
        }
        sendEngineOutput(context)
        context.fireChannelReadComplete()
        guard isReadHeld else { return }
        isReadHeld = false
        context.read()
    }

    private var errorPhase: TLSError.Phase {
        switch state.phase {
        case .idle: .connecting
        case .handshaking, .choosing: .handshake
        case .established: .established
        case .closed: .closing
        }
    }
}

extension TLSHandler: NIOScheduledCallbackHandler {
    /// The handshake took too long.
    public func handleScheduledCallback(eventLoop: some EventLoop) {
        guard let context = channelContext, !isEstablished else { return }
        if isLingering {
            // Peers that do not read would otherwise keep their connection for ever.
            failWrites(TLSError(.closed, "the peer did not take the last bytes", phase: .closing, role: role))
            return closeChannel(context, promise: nil)
        }
        let limit = configuration.handshakeTimeout
        fail(
            context,
            with: TLSError(
                .handshakeTimeout, "no handshake within \(limit.nanoseconds / 1_000_000) ms", role: role,
                values: ["seconds": String(limit.nanoseconds / 1_000_000_000)]))
    }
}

// MARK: - Plaintext

extension TLSHandler {
    private func decrypt(_ context: ChannelHandlerContext, _ engine: TLSEngine) throws(TLSError) {
        var plaintext: ByteBuffer?
        while state.phase == .established, !state.isInputClosed {
            let bound = engine.readableBound
            guard bound > 0 else { break }
            var buffer = plaintext ?? allocator.buffer(capacity: engine.inputCount)
            plaintext = nil
            var result = Result<TLSEngine.ReadResult, TLSError>.success(.needsInput)
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { memory in
                do throws(TLSError) {
                    let found = try engine.read(into: memory)
                    result = .success(found)
                    guard case .bytes(let count) = found else { return 0 }
                    return count
                } catch {
                    result = .failure(error)
                    return 0
                }
            }
            plaintext = buffer
            switch result {
            case .success(.bytes): continue
            case .success(.needsInput): break
            case .success(.closed):
                deliver(&plaintext, context)
                perform(
                    state.peerSaidGoodbye(isHalfClosureAllowed: configuration.isHalfClosureAllowed), context,
                    promise: nil)
            case .failure(let error):
                deliver(&plaintext, context)
                throw error
            }
        }
        deliver(&plaintext, context)
    }

    private func deliver(_ plaintext: inout ByteBuffer?, _ context: ChannelHandlerContext) {
        guard let buffer = plaintext, buffer.readableBytes > 0 else { return }
        plaintext = nil
        context.fireChannelRead(wrapInboundOut(buffer))
    }

    /// Encrypts what was flushed, as long as the channel can take it; the rest follows when it can again.
    ///
    /// - Returns: whether the channel was flushed.
    @discardableResult
    private func encryptFlushedWrites(_ context: ChannelHandlerContext, isForced: Bool = false) -> Bool {
        guard writes.hasFlushed, state.isSending || isForced, let engine, let pool else { return false }
        do throws(TLSError) {
            while writes.hasFlushed, isForced || isWritable {
                try encryptOneBuffer(context, engine, pool)
            }
        } catch {
            fail(context, with: error)
            return true
        }
        context.flush()
        return true
    }

    /// Fills one buffer with records: small writes are joined into full records, large ones are cut.
    private func encryptOneBuffer(
        _ context: ChannelHandlerContext, _ engine: TLSEngine, _ pool: CiphertextPool
    ) throws(TLSError) {
        var out = pool.take()
        engine.drainOutput { out.writeBytes($0) }
        var done = CompletedWrites()
        let recordBound = engine.ciphertextBound(for: TLSEngine.maximumFragment)
        repeat {
            var result = Result<Int, TLSError>.success(0)
            writes.withNextRecord(scratch: pool.scratch, completing: &done) { plaintext in
                pendingBytes -= plaintext.count
                let bound = engine.ciphertextBound(for: plaintext.count)
                out.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { window in
                    do throws(TLSError) {
                        let produced = try engine.write(plaintext, into: window).produced
                        result = .success(produced)
                        return produced
                    } catch {
                        result = .failure(error)
                        return 0
                    }
                }
            }
            if case .failure(let error) = result {
                done.promise(on: context.eventLoop)?.fail(error)
                throw error
            }
            engine.drainOutput { out.writeBytes($0) }
        } while writes.hasFlushed && out.writableBytes >= recordBound
        context.write(wrapOutboundOut(out), promise: done.promise(on: context.eventLoop))
        pool.recycle(out)
    }

    /// Sends what the engine has to say by itself: messages of the handshake, alerts, tickets.
    private func sendEngineOutput(_ context: ChannelHandlerContext) {
        guard let engine, engine.pendingOutput > 0 else { return }
        writeEngineOutput(context, engine, promise: nil)
        context.flush()
    }

    private func writeEngineOutput(
        _ context: ChannelHandlerContext, _ engine: TLSEngine, promise: EventLoopPromise<Void>?
    ) {
        var out = pool?.take() ?? context.channel.allocator.buffer(capacity: engine.pendingOutput)
        engine.drainOutput { out.writeBytes($0) }
        context.write(wrapOutboundOut(out), promise: promise)
        pool?.recycle(out)
    }
}

// MARK: - The end

extension TLSHandler {
    /// How long the last records may take to leave before the channel is closed all the same.
    private static let goodbyeTime = TimeAmount.seconds(5)

    /// How long a connection that failed stays open for the peer to read the alert: closing with unread input makes
    /// the kernel reset the connection, and the alert would be lost.
    private static let lingerTime = TimeAmount.milliseconds(500)

    private func perform(
        _ ending: TLSHandlerStateMachine.Ending, _ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?
    ) {
        switch ending {
        case .nothing: promise?.succeed()
        case .announceEndOfInput:
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            promise?.succeed()
        case .announceEndOfInputAndClose:
            sayGoodbye(context, thenClose: true, promise: promise)
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .sayGoodbye: sayGoodbye(context, thenClose: false, promise: promise)
        case .sayGoodbyeAndClose: sayGoodbye(context, thenClose: true, promise: promise)
        case .waitForGoodbye: if let promise { context.channel.closeFuture.cascade(to: promise) }
        case .closeChannel: closeChannel(context, promise: promise)
        case .failAsCut:
            promise?.succeed()
            transportEnded(context)
        }
    }

    private func sayGoodbye(
        _ context: ChannelHandlerContext, thenClose isClosing: Bool, promise: EventLoopPromise<Void>?
    ) {
        writes.markFlushed()
        encryptFlushedWrites(context, isForced: true)
        guard let engine else { return closeChannel(context, promise: promise) }
        engine.closeOutput()
        let sent = context.eventLoop.makePromise(of: Void.self)
        writeEngineOutput(context, engine, promise: sent)
        guard isClosing else {
            if let promise { sent.futureResult.cascade(to: promise) }
            context.flush()
            return
        }
        // NIO drops what is not written yet when a channel closes, so the last record has to leave first.
        let bound = NIOLoopBound((self, context, promise), eventLoop: context.eventLoop)
        setCloseTimer(context, after: Self.goodbyeTime)
        sent.futureResult.whenComplete { _ in
            let (handler, context, promise) = bound.value
            handler.closeChannel(context, promise: promise)
        }
        context.flush()
    }

    private func closeChannel(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        timer?.cancel()
        timer = nil
        isLingering = false
        state.goodbyeEnded()
        context.close(mode: .all, promise: promise)
    }

    private func setCloseTimer(_ context: ChannelHandlerContext, after limit: TimeAmount) {
        timer?.cancel()
        isLingering = true
        timer = try? context.eventLoop.assumeIsolated().scheduleCallback(in: limit, handler: self)
    }

    private func transportEnded(_ context: ChannelHandlerContext) {
        switch state.transportEnded() {
        case .failAsCut:
            guard let error = engine?.endOfInput() else { return }
            fail(context, with: error)
        default: break
        }
    }

    private func fail(_ context: ChannelHandlerContext, with error: TLSError) {
        guard state.fail() else { return }
        timer?.cancel()
        timer = nil
        engine?.abandon(error)
        let failure = error.with(peerAddress: (remoteAddress ?? context.remoteAddress).map(AddressText.init))
        failWrites(failure)
        let hasAlert = (engine?.pendingOutput ?? 0) > 0
        sendEngineOutput(context)
        context.fireErrorCaught(failure)
        guard context.channel.isActive else { return }
        if hasAlert { linger(context) } else { closeChannel(context, promise: nil) }
    }

    private func linger(_ context: ChannelHandlerContext) {
        setCloseTimer(context, after: Self.lingerTime)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let halfClosed = context.eventLoop.makePromise(of: Void.self)
        context.close(mode: .output, promise: halfClosed)
        halfClosed.futureResult.whenFailure { _ in
            let (handler, context) = bound.value
            handler.closeChannel(context, promise: nil)
        }
    }

    /// Whatever the reason, nothing may wait for ever.
    private func end(_ context: ChannelHandlerContext, with error: TLSError) {
        timer?.cancel()
        timer = nil
        _ = state.fail()
        failWrites(engine?.failure ?? error)
    }

    private func failWrites(_ error: TLSError) {
        pendingBytes = 0
        // Taken out first: whoever is told may write or flush at once.
        for promise in writes.takeAllPromises() { promise.fail(error) }
    }
}
