//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import NIOCore

/// The end of a socket's pipeline: keeps what arrived until the program reads it, and what the program wrote until it
/// suspends.
///
/// Everything here runs on the channel's event loop.
final class SocketHandler: ChannelDuplexHandler, FlushedAtSuspension {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What a read finds at once.
    enum Polled {
        case bytes(ByteBuffer)
        case end
        case failed(TLSError)
        case nothing
    }

    let shared: SocketState
    /// Told once how the handshake came out, and of the end.
    var delegate: (any SocketHandlerDelegate)?
    private var isOutcomeTold = false
    /// The socket in front of this handler, for as long as somebody uses it.
    private weak var socket: TLSSocket?

    private enum InputEnd {
        case clean
        case failed(TLSError)
    }

    private struct Reader {
        var token: UInt64
        var continuation: UnsafeContinuation<ByteBuffer?, any Error>
    }

    /// The task that a server made for this connection.
    var owner: Int?

    var isRunByOwner: Bool { owner != nil && withUnsafeCurrentTask { $0?.hashValue } == owner }

    /// The innermost handler of TLS; nil on a plain connection.
    private var tls: TLSHandler?
    private var context: ChannelHandlerContext?
    private var executor: EventLoopTaskExecutor?
    private var arrived = ArrivedBytes()
    /// What `channel.isWritable` says, without asking through two existentials and an atomic.
    private var isWritable = true
    private var inputEnd: InputEnd?
    private var reader: Reader?
    /// Waits that were cancelled before they began here.
    private var cancelledEarly: [UInt64] = []
    private var writers: [UInt64: UnsafeContinuation<Void, any Error>] = [:]
    private var unflushedBytes = 0
    private var isFlushPlanned = false
    private var isReadHeld = false
    private var isDiscarding = false
    private var lingerTimer: NIOScheduledCallback?
    private var leaving: TLSSocket?

    /// When unread buffers take more memory than this, the channel is not read from.
    private static let maximumArrived = 256 << 10

    /// From this many unflushed bytes on, waiting for more brings nothing.
    private static let flushThreshold = 64 << 10

    /// - Parameter tls: the handler that stands before this one.
    init(shared: SocketState, tls: TLSHandler? = nil) {
        self.shared = shared
        self.tls = tls
    }

    /// Adds both handlers to a channel. This one goes first, so that it hears of an error with which the other starts.
    func add(to channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(self)
        if let tls { try pipeline.addHandler(tls, position: .before(self)) }
    }

    // MARK: Reading

    /// What can be read without waiting.
    func poll() -> Polled {
        if let buffer = arrived.popFirst() {
            if isReadHeld, arrived.byteCount < Self.maximumArrived {
                isReadHeld = false
                context?.read()
            }
            return .bytes(buffer)
        }
        switch inputEnd {
        case .clean: return .end
        case .failed(let error): return .failed(error)
        case nil: return .nothing
        }
    }

    /// Resumes the continuation with what arrives next.
    func park(_ continuation: UnsafeContinuation<ByteBuffer?, any Error>, token: UInt64) {
        guard !wasCancelledEarly(token) else { return continuation.resume(throwing: Self.cancelled) }
        guard reader == nil else {
            return continuation.resume(
                throwing: TLSError(
                    .optionInvalid, "two tasks read from one socket", phase: .established, blame: .local))
        }
        switch poll() {
        case .bytes(let buffer): continuation.resume(returning: buffer)
        case .end: continuation.resume(returning: nil)
        case .failed(let error): continuation.resume(throwing: error)
        case .nothing:
            reader = Reader(token: token, continuation: continuation)
            // Whoever waits for an answer has asked its question.
            flushNow()
        }
    }

    func cancelReader(token: UInt64) {
        guard let waiting = reader, waiting.token == token else {
            return cancelEarly(token)
        }
        reader = nil
        waiting.continuation.resume(throwing: Self.cancelled)
    }

    private func wakeReader() {
        guard let waiting = reader else { return }
        switch poll() {
        case .nothing: return
        case .bytes(let buffer):
            reader = nil
            waiting.continuation.resume(returning: buffer)
        case .end:
            reader = nil
            waiting.continuation.resume(returning: nil)
        case .failed(let error):
            reader = nil
            waiting.continuation.resume(throwing: error)
        }
    }

    // MARK: Writing

    /// Takes bytes for the peer.
    ///
    /// - Returns: whether the writer should wait, because the peer does not keep up.
    func write(_ buffer: ByteBuffer) throws(TLSError) -> Bool {
        guard let context else { throw closedError }
        guard !shared.isOutputClosed else {
            throw TLSError(.closed, "write after end", phase: .closing, blame: .local)
        }
        guard buffer.readableBytes > 0 else { return false }
        unflushedBytes += buffer.readableBytes
        shared.countWritten(buffer.readableBytes)
        context.write(wrapOutboundOut(buffer), promise: nil)
        if unflushedBytes >= Self.flushThreshold || !planFlush() { flushNow() }
        return !isWritable
    }

    func waitUntilWritable(_ continuation: UnsafeContinuation<Void, any Error>, token: UInt64) {
        flushNow()
        guard context != nil else { return continuation.resume(throwing: closedError) }
        guard !wasCancelledEarly(token) else { return continuation.resume(throwing: Self.cancelled) }
        if isWritable { continuation.resume() } else { writers[token] = continuation }
    }

    func cancelWriter(token: UInt64) {
        if let waiting = writers.removeValue(forKey: token) {
            waiting.resume(throwing: Self.cancelled)
        } else {
            cancelEarly(token)
        }
    }

    /// The cancellation may overtake the wait on its way to this loop; or it comes after the wait is over, in which
    /// case nobody will ask, and the oldest of these are forgotten.
    private func cancelEarly(_ token: UInt64) {
        if cancelledEarly.count == Self.maximumCancelledEarly { cancelledEarly.removeFirst() }
        cancelledEarly.append(token)
    }

    private func wasCancelledEarly(_ token: UInt64) -> Bool {
        !cancelledEarly.isEmpty && cancelledEarly.contains(token)
    }

    private static let maximumCancelledEarly = 64

    func flushNow() {
        guard unflushedBytes > 0 else { return }
        unflushedBytes = 0
        context?.flush()
    }

    func flushAtSuspension() {
        isFlushPlanned = false
        flushNow()
    }

    /// - Returns: whether somebody will flush soon.
    private func planFlush() -> Bool {
        guard let executor, executor.isRunningJobs else { return false }
        if !isFlushPlanned {
            isFlushPlanned = true
            executor.flushLater(self)
        }
        return true
    }

    private func wakeWriters(_ error: TLSError?) {
        guard !writers.isEmpty else { return }
        let waiting = writers
        writers = [:]
        for writer in waiting.values {
            if let error { writer.resume(throwing: error) } else { writer.resume() }
        }
    }

    private var closedError: TLSError {
        if case .failed(let error)? = inputEnd { return error }
        return TLSError(.closed, "the connection is closed", phase: .closing, blame: .local)
    }

    // MARK: Ending

    func end(_ promise: EventLoopPromise<Void>) {
        guard let context, context.channel.isActive, !shared.isOutputClosed else { return promise.succeed() }
        shared.isOutputClosed = true
        flushNow()
        context.close(mode: .output, promise: promise)
    }

    func close(_ promise: EventLoopPromise<Void>?) {
        guard let context else {
            promise?.succeed()
            return
        }
        shared.isOutputClosed = true
        flushNow()
        context.close(mode: .all, promise: promise)
    }

    /// Ends this side, then closes once the peer has ended its own or the time is over. What still arrives is thrown
    /// away; closing with it unread would make the kernel reset the connection and take our last bytes along.
    func closeGently(_ socket: TLSSocket, within limit: TimeAmount) {
        guard let context, context.channel.isActive else { return }
        leaving = socket
        flushNow()
        isDiscarding = true
        arrived = ArrivedBytes()
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
        if inputEnd != nil { return close(nil) }
        lingerTimer = try? context.eventLoop.assumeIsolated().scheduleCallback(in: limit, handler: self)
        guard !shared.isOutputClosed else { return }
        shared.isOutputClosed = true
        context.close(mode: .output, promise: nil)
    }

    // MARK: Upgrading

    /// Puts TLS between this handler and the network. What has arrived and was not read goes through it: a peer that
    /// sent its ClientHello early is served, and text that somebody slipped in before the handshake ends it.
    func upgrade(with tls: TLSHandler, promise: EventLoopPromise<HandshakeReport>) {
        guard let context, context.channel.isActive, inputEnd == nil else { return promise.fail(closedError) }
        guard upgradePromise == nil, delegate == nil || isOutcomeTold else {
            return promise.fail(
                TLSError(.optionInvalid, "a handshake is already going on", phase: .handshake, blame: .local))
        }
        flushNow()
        var early = arrived
        arrived = ArrivedBytes()
        upgradePromise = promise
        self.tls = tls
        shared.willUpgrade(role: tls.role)
        do {
            try context.pipeline.syncOperations.addHandler(tls, position: .before(self))
            let below = try context.pipeline.syncOperations.context(handler: tls)
            while let bytes = early.popFirst() { tls.channelRead(context: below, data: NIOAny(bytes)) }
            if isReadHeld {
                isReadHeld = false
                context.read()
            }
        } catch {
            upgradePromise = nil
            promise.fail(error)
        }
    }

    private var upgradePromise: EventLoopPromise<HandshakeReport>?

    // MARK: Channel handler

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        isWritable = context.channel.isWritable
        executor = EventLoopTaskExecutor.current(for: context.eventLoop)
    }

    func handlerRemoved(context: ChannelHandlerContext) { finish(with: .clean) }

    func channelActive(context: ChannelHandlerContext) {
        if shared.isPlain { announce(shared.report) }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDiscarding else { return }
        let buffer = unwrapInboundIn(data)
        shared.countRead(buffer.readableBytes)
        arrived.append(buffer)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard reader != nil, !arrived.isEmpty else { return }
        wakeReader()
        executor?.drain()
    }

    func read(context: ChannelHandlerContext) {
        if arrived.byteCount >= Self.maximumArrived, !isDiscarding { isReadHeld = true } else { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        guard isWritable else { return }
        wakeWriters(nil)
        executor?.drain()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let completed as TLSHandshakeCompletedEvent: established(completed.report)
        case ChannelEvent.inputClosed:
            inputEnd = inputEnd ?? .clean
            if isDiscarding { return close(nil) }
            wakeReader()
            executor?.drain()
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) { finish(with: .clean) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let failure = NetworkFailure.error(for: error, phase: .established, role: shared.report.role)
            .with(peerAddress: (shared.remoteAddress ?? context.remoteAddress).map(AddressText.init))
        failed(failure, context)
    }

    private func established(_ report: HandshakeReport) {
        shared.establish(report)
        if let promise = upgradePromise {
            upgradePromise = nil
            promise.succeed(report)
            if let socket { delegate?.socketUpgraded(socket, report: report) }
        } else {
            announce(report)
        }
    }

    private func announce(_ report: HandshakeReport) {
        guard let context, let delegate, !isOutcomeTold else { return }
        outcomeIsTold(to: delegate)
        let socket = TLSSocket(channel: context.channel, handler: self)
        self.socket = socket
        delegate.socketEstablished(socket, report: report)
    }

    private func failed(_ error: TLSError, _ context: ChannelHandlerContext) {
        shared.fail(error, report: tls?.report)
        if inputEnd == nil { inputEnd = .failed(error) }
        if let promise = upgradePromise {
            upgradePromise = nil
            promise.fail(error)
            delegate?.socketFailed(error, on: shared)
        } else {
            reject(error)
        }
        wakeReader()
        wakeWriters(error)
        // A handler of TLS closes by itself; on a plain connection nobody else would.
        if shared.isPlain { context.close(mode: .all, promise: nil) }
    }

    private func reject(_ error: TLSError) {
        guard let delegate, !isOutcomeTold else { return }
        outcomeIsTold(to: delegate)
        delegate.socketFailed(error, on: shared)
    }

    /// A client's delegate holds the socket, as the value of its promise: kept here, it would keep the socket for ever.
    private func outcomeIsTold(to delegate: any SocketHandlerDelegate) {
        isOutcomeTold = true
        if !delegate.isWaitingForEnd { self.delegate = nil }
    }

    private func finish(with end: InputEnd) {
        lingerTimer?.cancel()
        lingerTimer = nil
        shared.close()
        inputEnd = inputEnd ?? end
        if let promise = upgradePromise {
            upgradePromise = nil
            promise.fail(closedError)
        }
        reject(closedError)
        if let context { delegate?.socketClosed(context.channel, shared) }
        delegate = nil
        wakeReader()
        wakeWriters(closedError)
        context = nil
        executor?.drain()
        executor = nil
        tls = nil
        leaving = nil
    }

    private static let cancelled = TLSError(.cancelled, "the task was cancelled", phase: .established)
}

extension SocketHandler: NIOScheduledCallbackHandler {
    /// The peer took too long to end its side.
    func handleScheduledCallback(eventLoop: some EventLoop) { close(nil) }
}

@available(*, unavailable)
extension SocketHandler: Sendable {}

/// Who is told how a handshake came out.
protocol SocketHandlerDelegate {
    /// A handshake on a connection that began in the clear, or inside another, is done.
    func socketUpgraded(_ socket: TLSSocket, report: HandshakeReport)

    /// Whether ``socketClosed(_:_:)`` is wanted too.
    var isWaitingForEnd: Bool { get }

    func socketEstablished(_ socket: TLSSocket, report: HandshakeReport)
    func socketFailed(_ error: TLSError, on state: SocketState)
    func socketClosed(_ channel: any Channel, _ state: SocketState)
}
