//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import Logging
import NIOCore

/// Sits between TLS and HTTP: tells how the handshake came out, and sees to it that no peer can keep a connection open
/// by doing nothing.
final class HTTPSConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum Phase {
        case handshake, established, over
    }

    private let connection: SecureConnection
    private let tls: TLSHandler
    private let options: HTTPSOptions
    private let metrics: TLSMetrics
    private let logger: Logger
    private var phase = Phase.handshake
    private var stallTimer: Scheduled<Void>?
    private var drainTimer: Scheduled<Void>?
    private var headTimer: Scheduled<Void>?
    private var progress = RequestProgress()
    private var channelContext: ChannelHandlerContext?

    init(
        connection: SecureConnection, tls: TLSHandler, options: HTTPSOptions, metrics: TLSMetrics, logger: Logger
    ) {
        self.metrics = metrics
        self.connection = connection
        self.tls = tls
        self.options = options
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) { channelContext = context }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        progress.bytesArrived()
        context.fireChannelRead(data)
        progress.bytesDecoded()
        watchForHead()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let completed as TLSHandshakeCompletedEvent: established(completed.report)
        case is ChannelShouldQuiesceEvent: drainTimer = drainTimer ?? schedule(in: options.drainTimeout, context)
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if phase == .handshake { failed(error) }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish()
        channelContext = nil
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            stallTimer?.cancel()
            stallTimer = nil
        } else if stallTimer == nil {
            watchForStall(context)
        }
        context.fireChannelWritabilityChanged()
    }

    /// As long as plaintext waits, the channel is filled again at once and never seen writable; but then less waits.
    private func watchForStall(_ context: ChannelHandlerContext) {
        let waiting = tls.pendingBytes
        stallTimer = context.eventLoop.assumeIsolated().scheduleTask(in: options.stallTimeout) {
            if self.tls.pendingBytes < waiting {
                self.watchForStall(context)
            } else {
                context.close(mode: .all, promise: nil)
            }
        }
    }

    /// The timer is left alone while one head is due, whatever comes of it.
    private func watchForHead() {
        guard phase == .established, progress.isHeadDue else {
            headTimer?.cancel()
            headTimer = nil
            return
        }
        guard headTimer == nil, let context = channelContext else { return }
        headTimer = context.eventLoop.assumeIsolated().scheduleTask(in: options.requestHeadTimeout) {
            self.logger.debug("the head of a request took too long")
            context.close(mode: .all, promise: nil)
        }
    }

    private func established(_ report: HandshakeReport) {
        phase = .established
        progress.connectionEstablished()
        watchForHead()
        connection.establish(report)
        metrics.handshakeCompleted(report)
        options.onHandshake?(connection)
    }

    private func failed(_ error: any Error) {
        phase = .over
        guard let error = error as? TLSError else { return }
        metrics.handshakeFailed(error)
        logger.debug("handshake failed", metadata: ["error": "\(error.summary)"])
        options.onHandshakeFailure?(.of(error, remoteAddress: connection.remoteAddress, report: tls.report))
    }

    private func finish() {
        phase = .over
        connection.close()
        stallTimer?.cancel()
        drainTimer?.cancel()
        headTimer?.cancel()
        stallTimer = nil
        drainTimer = nil
        headTimer = nil
    }

    /// A peer that took nothing for so long will not take a goodbye either.
    private func schedule(in limit: TimeAmount, _ context: ChannelHandlerContext) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: limit) {
            context.triggerUserOutboundEvent(TLSAbort(), promise: nil)
            context.close(mode: .all, promise: nil)
        }
    }
}

// MARK: - What the decoder made of the bytes

extension HTTPSConnectionHandler {
    func requestHeadEnded() { progress.headEnded() }

    func requestEnded() { progress.requestEnded() }

    func responseEnded() {
        progress.responseEnded()
        watchForHead()
    }
}

@available(*, unavailable)
extension HTTPSConnectionHandler: Sendable {}
