//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspEngine
public import HaspWire
public import NIOCore

/// TLS as a channel handler: ciphertext towards the network, plaintext towards the pipeline's end.
///
/// Works in any NIO pipeline. When the handshake is done it fires NIOTLS's `TLSUserEvent.handshakeCompleted` and
/// ``TLSHandshakeCompletedEvent``; a failure is fired as a ``TLSError`` through `errorCaught`, after which the channel
/// closes. A peer that ends without close_notify causes ``TLSError/Code/truncated``.
///
/// A handler serves one connection. Taken out of its pipeline, it fails what waits and leaves the channel open and
/// plain. It must be used on the channel's event loop only.
public final class TLSHandler: ChannelDuplexHandler, RemovableChannelHandler {
    /// Ciphertext of the peer.
    public typealias InboundIn = ByteBuffer
    /// Plaintext of the peer.
    public typealias InboundOut = ByteBuffer
    /// Plaintext for the peer.
    public typealias OutboundIn = ByteBuffer
    /// Ciphertext for the peer.
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

        /// Every value has the default that its property names.
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
    public internal(set) var pendingBytes = 0

    /// Whether the handshake is done and the connection lives.
    public var isEstablished: Bool { state.phase == .established }

    let configuration: Configuration
    var engine: TLSEngine?
    var state = TLSHandlerStateMachine()
    let context: SecureContext
    let engineOptions: TLSEngine.Options
    let chooser: ContextChooser?
    var connectStart: UInt64?
    var deadline: NIODeadline?
    var remoteAddress: SocketAddress?

    var channelContext: ChannelHandlerContext?
    var pool: CiphertextPool?
    var writes = PlaintextQueue()
    var timer: NIOScheduledCallback?
    var isReadHeld = false
    /// Who chooses the context. Cancelled when the connection ends: peers that leave must not leave work behind.
    var choosing: Task<Void, Never>?
    /// Bytes that the engine had to say by itself while the peer took none.
    var unsentAnswers = 0
    /// What `channel.isWritable` says, without asking through two existentials and an atomic.
    var isWritable = true
    let allocator = ByteBufferAllocator()
    /// What had not left when the timer was set.
    var unsentAtTimer = 0
    /// The channel closes when the timer fires, whatever it was set for.
    var isLingering = false

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
        // After a failure nothing is left to wait for. Behind a goodbye the last records still have to leave, and a
        // peer that has ended its side may well go on reading them.
        if isLingering, !state.isClosingBehindGoodbye { return closeChannel(context, promise: nil) }
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
        if isWritable { allowReads(context) }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Outbound

    public func read(context: ChannelHandlerContext) {
        if state.isHoldingReads || unsentAnswers > Self.maximumUnsentAnswers {
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
