//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspTLS
import HaspTesting
import HaspWire
import NIOCore
import NIOEmbedded
import NIOTLS

/// A client and a server handler joined back to back, without sockets or clocks.
final class EmbeddedPair {
    let loop = EmbeddedEventLoop()
    let client: EmbeddedEnd
    let server: EmbeddedEnd

    init(
        clientContext: SecureContext? = nil, serverContext: SecureContext? = nil,
        peerName: String = "localhost", client clientConfiguration: TLSHandler.Configuration = .init(),
        server serverConfiguration: TLSHandler.Configuration = .init(), chooser: ContextChooser? = nil
    ) throws {
        let name = PeerName(peerName)
        client = try EmbeddedEnd(
            TLSHandler(
                context: clientContext ?? TLSFixture.clientContext(), role: .client, serverName: name?.serverName,
                peerName: name, configuration: clientConfiguration),
            on: loop)
        server = try EmbeddedEnd(
            TLSHandler(
                context: serverContext ?? TLSFixture.serverContext(), role: .server, chooser: chooser,
                configuration: serverConfiguration),
            on: loop)
    }

    /// Both ends become active; nothing is carried.
    func activate() throws {
        let place = try SocketAddress(ipAddress: "192.0.2.1", port: 443)
        server.channel.connect(to: place, promise: nil)
        client.channel.connect(to: place, promise: nil)
    }

    /// Activates both ends and carries bytes until the handshake is through.
    @discardableResult
    func connected() throws -> EmbeddedPair {
        try activate()
        exchange()
        return self
    }

    /// Carries bytes both ways until nothing is left, in pieces of `chunk` bytes.
    func exchange(chunk: Int? = nil) {
        while carry(from: client, to: server, chunk) || carry(from: server, to: client, chunk) {}
    }

    @discardableResult
    func carry(from source: EmbeddedEnd, to target: EmbeddedEnd, _ chunk: Int? = nil) -> Bool {
        var bytes = source.wire.take()
        guard !bytes.isEmpty else { return false }
        while !bytes.isEmpty {
            let count = min(chunk ?? bytes.count, bytes.count)
            target.deliver(Array(bytes.prefix(count)))
            bytes.removeFirst(count)
        }
        return true
    }

    /// Ends both channels, so that no promise is left behind.
    func finish() {
        client.kill()
        server.kill()
        loop.run()
    }
}

/// One end: `wire — TLSHandler — recorder`.
final class EmbeddedEnd {
    let channel: EmbeddedChannel
    let tls: TLSHandler
    let wire = WireHandler()
    let recorder = RecordingHandler()

    init(_ tls: TLSHandler, on loop: EmbeddedEventLoop) throws {
        self.tls = tls
        channel = EmbeddedChannel(handlers: [], loop: loop)
        try channel.pipeline.syncOperations.addHandlers(wire, tls, recorder)
    }

    func deliver(_ bytes: [UInt8]) {
        channel.pipeline.fireChannelRead(ByteBuffer(bytes: bytes))
        channel.pipeline.fireChannelReadComplete()
    }

    /// What NIO does when its queue grows over, or falls under, its marks.
    func setWritable(_ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
    }

    /// A FIN.
    func endInput() { channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }

    @discardableResult
    func write(_ text: String, flushing: Bool = true) -> WriteOutcome { write(Array(text.utf8), flushing: flushing) }

    @discardableResult
    func write(_ bytes: [UInt8], flushing: Bool = true) -> WriteOutcome {
        let outcome = WriteOutcome()
        let promise = channel.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { outcome.results.append($0) }
        channel.pipeline.syncOperations.write(NIOAny(ByteBuffer(bytes: bytes)), promise: promise)
        if flushing { channel.flush() }
        return outcome
    }

    @discardableResult
    func close(_ mode: CloseMode = .all) -> WriteOutcome {
        let outcome = WriteOutcome()
        let promise = channel.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { outcome.results.append($0) }
        channel.close(mode: mode, promise: promise)
        return outcome
    }

    func kill() {
        wire.release()
        if channel.isActive { wire.closeForGood() }
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }
}

/// How often and how a promise was completed.
final class WriteOutcome {
    var results: [Result<Void, any Error>] = []

    var isPending: Bool { results.isEmpty }
    var succeeded: Bool { if case .success? = results.first { results.count == 1 } else { false } }
    var error: TLSError? { if case .failure(let error)? = results.first { error as? TLSError } else { nil } }
}

/// The network side of an end: collects what goes out, can hold promises back, and notes closing.
final class WireHandler: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    enum Event: Equatable {
        case write(Int)
        case flush
        case closeOutput, closeAll
        case read
    }

    private(set) var events: [Event] = []
    private(set) var bytes: [UInt8] = []
    /// Like a kernel whose buffers are full: writes are taken, but not finished.
    var isHolding = false
    private var held: [EventLoopPromise<Void>] = []
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// What went out since the last call.
    func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// Whole records that went out since the last call.
    func takeRecords() throws -> [Record] {
        var parser = RecordParser()
        parser.append(take())
        var records: [Record] = []
        while let record = try parser.next() { records.append(record) }
        return records
    }

    func release() {
        isHolding = false
        let waiting = held
        held = []
        for promise in waiting { promise.succeed() }
    }

    func forgetEvents() { events = [] }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let buffer = unwrapOutboundIn(data)
        events.append(.write(buffer.readableBytes))
        bytes += Array(buffer.readableBytesView)
        guard let promise else { return }
        if isHolding { held.append(promise) } else { promise.succeed() }
    }

    func flush(context: ChannelHandlerContext) { events.append(.flush) }

    func read(context: ChannelHandlerContext) { events.append(.read) }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all else {
            events.append(.closeOutput)
            promise?.succeed()
            return
        }
        events.append(.closeAll)
        let waiting = held
        held = []
        for lost in waiting { lost.fail(ChannelError.ioOnClosedChannel) }
        context.close(mode: .all, promise: promise)
    }

    func closeForGood() { context?.close(mode: .all, promise: nil) }
}

/// The program's side of an end: keeps everything that comes out of the handler, in order.
final class RecordingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    enum Event: Equatable {
        case active, inactive, inputClosed
        case handshake(alpn: String?)
        case report
        case read(Int)
        case error(TLSError.Code)
    }

    private(set) var events: [Event] = []
    private(set) var plaintext: [UInt8] = []
    private(set) var report: HandshakeReport?
    private(set) var errors: [TLSError] = []

    var text: String { String(decoding: plaintext, as: UTF8.self) }

    func channelActive(context: ChannelHandlerContext) { events.append(.active) }
    func channelInactive(context: ChannelHandlerContext) { events.append(.inactive) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        events.append(.read(buffer.readableBytes))
        plaintext += Array(buffer.readableBytesView)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let completed as TLSHandshakeCompletedEvent:
            report = completed.report
            events.append(.report)
        case TLSUserEvent.handshakeCompleted(let alpn): events.append(.handshake(alpn: alpn))
        case ChannelEvent.inputClosed: events.append(.inputClosed)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? TLSError else { return }
        errors.append(error)
        events.append(.error(error.code))
    }
}
