//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspWire
public import NIOCore
import NIOTLS

extension TLSHandler {
    func start(_ context: ChannelHandlerContext) {
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
    func advance(_ context: ChannelHandlerContext, _ engine: TLSEngine) throws(TLSError) {
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
        guard let chooser else { return applyChoice(.success(nil)) }
        guard let hello = engine.report.clientHello else {
            // Nobody gets past the chooser by a hello that it cannot be shown, such as one in the form of SSLv2, which
            // OpenSSL still takes (RFC 5246, appendix E.2).
            let error = TLSError(.protocolViolation, "the ClientHello cannot be read", role: role)
            return applyChoice(.failure(error))
        }
        switch chooser {
        case .immediately(let choose):
            applyChoice(Result { try choose(hello) })
        case .eventually(let choose):
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            let eventLoop = context.eventLoop
            choosing = Task(executorPreference: EventLoopTaskExecutor.current(for: eventLoop)) {
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
            let failure =
                (error as? TLSError)
                ?? TLSError(
                    .hookFailed, "the choice of a context threw: \(error)", role: role)
            let alert: AlertDescription =
                switch failure.code {
                case .nameUnrecognized: .unrecognizedName
                case .protocolViolation: .decodeError
                default: .internalError
                }
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
        choosing = nil
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

    var errorPhase: TLSError.Phase {
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
            if isPeerTakingGoodbye(context) { return }
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
