//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import NIOCore

/// The responder as a channel handler, placed behind the TLS handler under test.
public final class ResponderHandler: ChannelInboundHandler {
    public typealias InboundIn = ByteBuffer
    public typealias OutboundOut = ByteBuffer

    private var scanner = RequestScanner()
    private var workload: Workload?
    private var writesLeft = 0
    private var isPumping = false

    /// Makes a responder for one connection.
    public init() {}

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        scanner.feed(unwrapInboundIn(data))
        answer(context: context)
    }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        pump(context: context)
        context.fireChannelWritabilityChanged()
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Load generators drop connections without a goodbye; that is their right and nothing to report.
        context.close(promise: nil)
    }

    /// Answers requests until none is complete or a long answer is under way.
    private func answer(context: ChannelHandlerContext) {
        do {
            while workload == nil, let route = try scanner.next() {
                switch route {
                case .hello: write(Reply.hello, context: context)
                case .unknown: write(Reply.notFound, context: context)
                case .big: start(.big, context: context)
                case .small: start(.small, context: context)
                }
            }
        } catch {
            context.close(promise: nil)
        }
    }

    private func start(_ workload: Workload, context: ChannelHandlerContext) {
        self.workload = workload
        writesLeft = workload.writes
        write(workload.head, context: context)
        pump(context: context)
    }

    /// Writes chunks for as long as the channel takes them; goes on when it becomes writable again.
    private func pump(context: ChannelHandlerContext) {
        // A flush can change the writability at once and call back in here.
        guard !isPumping, let workload else { return }
        isPumping = true
        while writesLeft > 0, context.channel.isActive, context.channel.isWritable {
            writesLeft -= 1
            write(workload.chunk, context: context)
        }
        isPumping = false
        if writesLeft == 0 {
            self.workload = nil
            answer(context: context)
        }
    }

    private func write(_ bytes: ByteBuffer, context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }
}

@available(*, unavailable)
extension ResponderHandler: Sendable {}
