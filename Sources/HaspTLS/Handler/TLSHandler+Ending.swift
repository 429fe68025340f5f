//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import NIOCore

extension TLSHandler {
    /// How long the peer may take none of the last records before the channel is closed all the same.
    private static let goodbyeTime = TimeAmount.seconds(5)

    /// How long a connection that failed stays open for the peer to read the alert: closing with unread input makes
    /// the kernel reset the connection, and the alert would be lost.
    private static let lingerTime = TimeAmount.milliseconds(500)

    func perform(
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
        waitForGoodbye(context)
        sent.futureResult.whenComplete { _ in
            let (handler, context, promise) = bound.value
            handler.closeChannel(context, promise: promise)
        }
        context.flush()
    }

    private func waitForGoodbye(_ context: ChannelHandlerContext) {
        unsentAtTimer = Self.unsentBytes(context)
        setCloseTimer(context, after: Self.goodbyeTime)
    }

    /// A slow reader is given time for as long as it reads.
    func isPeerTakingGoodbye(_ context: ChannelHandlerContext) -> Bool {
        guard state.isClosingBehindGoodbye, Self.unsentBytes(context) < unsentAtTimer else { return false }
        waitForGoodbye(context)
        return true
    }

    private static func unsentBytes(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    func closeChannel(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
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

    func transportEnded(_ context: ChannelHandlerContext) {
        switch state.transportEnded() {
        case .failAsCut:
            guard let error = engine?.receiveEnd() else { return }
            fail(context, with: error)
        default: break
        }
    }

    func fail(_ context: ChannelHandlerContext, with error: TLSError) {
        guard state.fail() else { return }
        stopWaiting()
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
    func end(_ context: ChannelHandlerContext, with error: TLSError) {
        stopWaiting()
        _ = state.fail()
        failWrites(engine?.failure ?? error)
    }

    private func stopWaiting() {
        timer?.cancel()
        timer = nil
        choosing?.cancel()
        choosing = nil
    }

    func failWrites(_ error: TLSError) {
        pendingBytes = 0
        // Taken out first: whoever is told may write or flush at once.
        for promise in writes.takeAllPromises() { promise.fail(error) }
    }
}
