//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import Logging
import NIOCore

/// Sits between TLS and HTTP: tells how the handshake came out, and sees to it that no peer can keep a connection open
/// by doing nothing.
final class HTTPSConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case handshake, established, over
    }

    private let connection: SecureConnection
    private let tls: TLSHandler
    private let options: HTTPSOptions
    private let logger: Logger
    private var phase = Phase.handshake
    private var stallTimer: Scheduled<Void>?
    private var endTimer: Scheduled<Void>?

    init(connection: SecureConnection, tls: TLSHandler, options: HTTPSOptions, logger: Logger) {
        self.connection = connection
        self.tls = tls
        self.options = options
        self.logger = logger
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let completed as TLSHandshakeCompletedEvent: established(completed.report)
        case is ChannelShouldQuiesceEvent: endWithin(options.drainTimeout, context)
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if phase == .handshake { failed(error, context) }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { finish() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            stallTimer?.cancel()
            stallTimer = nil
        } else if stallTimer == nil {
            stallTimer = schedule(in: options.stallTimeout, context)
        }
        context.fireChannelWritabilityChanged()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // The last bytes wait for the peer to take them; that must not take for ever.
        if mode == .all { endWithin(options.closeTimeout, context) }
        context.close(mode: mode, promise: promise)
    }

    private func established(_ report: HandshakeReport) {
        phase = .established
        connection.establish(report)
        options.onHandshake?(connection)
    }

    private func failed(_ error: any Error, _ context: ChannelHandlerContext) {
        phase = .over
        guard let error = error as? TLSError else { return }
        logger.debug("handshake failed", metadata: ["error": "\(error.summary)"])
        options.onHandshakeFailure?(.of(error, remoteAddress: connection.remoteAddress, report: tls.report))
    }

    private func finish() {
        phase = .over
        connection.close()
        stallTimer?.cancel()
        endTimer?.cancel()
        stallTimer = nil
        endTimer = nil
    }

    /// The earliest end that was asked for counts.
    private func endWithin(_ limit: TimeAmount, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        let end = NIODeadline.now() + limit
        if let known = endDeadline, known <= end { return }
        endTimer?.cancel()
        endDeadline = end
        endTimer = schedule(in: limit, context)
    }

    private var endDeadline: NIODeadline?

    private func schedule(in limit: TimeAmount, _ context: ChannelHandlerContext) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: limit) {
            // The first asks TLS to say goodbye after what waits; the second no longer waits for that.
            context.close(mode: .all, promise: nil)
            context.close(mode: .all, promise: nil)
        }
    }
}

@available(*, unavailable)
extension HTTPSConnectionHandler: Sendable {}
