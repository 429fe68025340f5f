//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import NIOCore
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How a connection of a bad peer ended.
public enum FaultyEnding: Sendable, Hashable {
    /// The other side sent a FIN, or this side closed.
    case closed
    /// The other side reset the connection.
    case reset
}

/// Plays a ``FaultyScript`` on one connection. Bound to its event loop.
final class FaultyPeerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let role: TLSRole
    private let record: FaultyRecord
    private var steps: ArraySlice<FaultyScript.Step>
    private var receivedCount = 0
    private var isBusy = false
    private var isInputClosed = false
    private var speaker: FaultySpeaker?

    init(role: TLSRole, script: FaultyScript, record: FaultyRecord) {
        self.role = role
        self.record = record
        steps = script.steps[...]
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        goOn(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(Self.unwrapInboundIn(data).readableBytesView)
        receivedCount += bytes.count
        record.append(bytes)
        if let speaker { speak(speaker, bytes, context) } else { goOn(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        isInputClosed = true
        closeIfIdle(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? IOError, error.errnoCode == ECONNRESET { record.ending = .reset }
        context.close(promise: nil)
    }

    // MARK: Steps

    private func goOn(_ context: ChannelHandlerContext) {
        while !isBusy, let step = steps.first {
            if case .awaitBytes(let count) = step, receivedCount < count { return closeIfIdle(context) }
            steps = steps.dropFirst()
            perform(step, context)
        }
        closeIfIdle(context)
    }

    private func perform(_ step: FaultyScript.Step, _ context: ChannelHandlerContext) {
        switch step {
        case .awaitBytes: break
        case .send(let bytes): write(bytes, context)
        case .trickle(let bytes): trickle(bytes[...], context)
        case .endOutput: context.close(mode: .output, promise: nil)
        case .close: context.close(promise: nil)
        case .reset: reset(context)
        case .tls(let secure, let name, let limit, let isTrickling, let choose):
            steps = []
            let options = TLSEngine.Options(serverName: name, isStoppingAtClientHello: choose != nil)
            guard let pair = try? SecurePair(context: secure, role: role, options: options) else {
                return context.close(promise: nil)
            }
            let speaker = FaultySpeaker(pair: pair, limit: limit, isTrickling: isTrickling, choose: choose)
            self.speaker = speaker
            speak(speaker, [], context)
        }
    }

    /// The next step waits until the bytes are with the kernel: a close would otherwise overtake them.
    private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        send(bytes, context) { self.goOn(context) }
    }

    private func trickle(_ bytes: ArraySlice<UInt8>, _ context: ChannelHandlerContext) {
        guard let byte = bytes.first else { return goOn(context) }
        send([byte], context) { self.trickle(bytes.dropFirst(), context) }
    }

    private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext, then next: @escaping () -> Void) {
        isBusy = true
        let buffer = Self.wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes))
        context.writeAndFlush(buffer).assumeIsolated().whenComplete { [self] result in
            guard case .success = result else { return }
            // By way of the loop, so that a long text is no deep recursion.
            context.eventLoop.assumeIsolated().execute {
                self.isBusy = false
                next()
            }
        }
    }

    /// A FIN of the other side ends a script that has nothing more to do.
    private func closeIfIdle(_ context: ChannelHandlerContext) {
        guard isInputClosed, !isBusy else { return }
        if case .awaitBytes(let count) = steps.first, receivedCount >= count { return }
        context.close(promise: nil)
    }

    /// With a linger of no seconds the kernel throws away what is unsent and answers with a RST.
    private func reset(_ context: ChannelHandlerContext) {
        guard let provider = context.channel as? any SocketOptionProvider else {
            return context.close(promise: nil)
        }
        isBusy = true
        provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }

    // MARK: TLS

    private func speak(_ speaker: FaultySpeaker, _ bytes: [UInt8], _ context: ChannelHandlerContext) {
        let (output, isOver) = speaker.answer(to: bytes)
        if speaker.isTrickling, !output.isEmpty || isOver {
            steps.append(.trickle(output))
        } else if !output.isEmpty {
            steps.append(.send(output))
        }
        if isOver { steps.append(.endOutput) }
        goOn(context)
    }
}

/// The TLS of a peer that sends back what it receives.
private final class FaultySpeaker {
    let isTrickling: Bool
    private let pair: SecurePair
    private let choose: FaultyScript.ContextChoice?
    private var rest: Int
    private var isOver = false

    init(pair: SecurePair, limit: Int?, isTrickling: Bool, choose: FaultyScript.ContextChoice?) {
        self.pair = pair
        self.isTrickling = isTrickling
        self.choose = choose
        rest = limit ?? .max
    }

    /// - Returns: what is to be sent, and whether that is the end.
    func answer(to bytes: [UInt8]) -> (output: [UInt8], isOver: Bool) {
        guard !isOver else { return ([], false) }
        var hasFailed = false
        do throws(TLSError) {
            try pair.encrypted.write(bytes)
            if pair.engine.isWaitingAtClientHello {
                pair.engine.choose(choose?(pair.engine.report.serverName))
                try pair.resume()
            }
            let plaintext = pair.cleartext.read()
            if !plaintext.isEmpty { try pair.cleartext.write(plaintext) }
        } catch { hasFailed = true }
        if pair.cleartext.isEnded { pair.cleartext.end() }
        let waiting = pair.encrypted.read()
        let output = Array(waiting.prefix(rest))
        rest -= output.count
        isOver = hasFailed || rest == 0 || pair.cleartext.isEnded
        return (output, isOver)
    }
}

/// What a bad peer has seen, for any thread to look at.
final class FaultyRecord: Sendable {
    private struct State {
        var received: [UInt8] = []
        var ending = FaultyEnding.closed
    }

    private let state = Mutex(State())

    /// A test looks at the first bytes; a flood must not fill the memory.
    private static let kept = 64 << 10

    var received: [UInt8] { state.withLock { $0.received } }

    var ending: FaultyEnding {
        get { state.withLock { $0.ending } }
        set { state.withLock { $0.ending = newValue } }
    }

    func append(_ bytes: [UInt8]) {
        state.withLock { $0.received += bytes.prefix(max(0, Self.kept - $0.received.count)) }
    }
}
