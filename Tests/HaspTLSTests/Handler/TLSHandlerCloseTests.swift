//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import NIOCore
import NIOEmbedded
import Testing

/// The ways in which a connection of the handler ends.
@Suite struct TLSHandlerCloseTests {
    @Test func closingSaysGoodbyeFirst() throws {
        let pair = try EmbeddedPair().connected()
        defer { pair.finish() }
        pair.client.wire.forgetEvents()
        let closed = pair.client.close()
        let events = pair.client.wire.events.filter { $0 != .flush }
        #expect(events.count == 2)
        guard case .write? = events.first else { return #expect(Bool(false), "\(events)") }
        #expect(events.last == .closeAll)
        pair.loop.run()
        #expect(closed.succeeded)
        #expect(!pair.client.tls.isEstablished)
        pair.carry(from: pair.client, to: pair.server)
        #expect(pair.server.recorder.events.contains(.inputClosed))
        #expect(pair.server.recorder.errors.isEmpty)
        // Without half closure the other side answers and closes too.
        #expect(pair.server.wire.events.contains(.closeAll))
    }

    @Test func closingSendsWhatWaits() throws {
        let pair = try EmbeddedPair().connected()
        defer { pair.finish() }
        let unflushed = pair.client.write("not flushed", flushing: false)
        pair.client.close()
        pair.carry(from: pair.client, to: pair.server)
        #expect(pair.server.recorder.text == "not flushed")
        #expect(unflushed.succeeded)
    }

    @Test func theLastBytesLeaveBeforeTheChannelCloses() throws {
        let pair = try EmbeddedPair().connected()
        defer { pair.finish() }
        pair.client.wire.isHolding = true
        pair.client.write("last words")
        pair.client.close()
        #expect(!pair.client.wire.events.contains(.closeAll))
        pair.client.wire.release()
        #expect(pair.client.wire.events.contains(.closeAll))
    }

    @Test func aSecondCloseWaitsForTheFirst() throws {
        let pair = try EmbeddedPair().connected()
        defer { pair.finish() }
        pair.client.wire.isHolding = true
        let first = pair.client.close()
        let second = pair.client.close()
        #expect(first.isPending && second.isPending)
        #expect(!pair.client.wire.events.contains(.closeAll))
        pair.client.wire.release()
        pair.loop.run()
        #expect(first.succeeded && second.succeeded)
        #expect(pair.client.wire.events.filter { $0 == .closeAll }.count == 1)
    }

    @Test func aGoodbyeThatNobodyTakesIsGivenUp() throws {
        let pair = try EmbeddedPair().connected()
        defer { pair.finish() }
        pair.client.wire.isHolding = true
        let closed = pair.client.close()
        #expect(!pair.client.wire.events.contains(.closeAll))
        pair.loop.advanceTime(by: .seconds(60))
        #expect(pair.client.wire.events.contains(.closeAll))
        pair.loop.run()
        #expect(closed.succeeded)
    }

    @Test func closingInsideTheHandshake() throws {
        let pair = try EmbeddedPair()
        defer { pair.finish() }
        try pair.activate()
        pair.client.wire.forgetEvents()
        let early = pair.client.write("early")
        pair.client.close()
        #expect(pair.client.wire.events.filter { $0 != .flush } == [.closeAll])
        #expect(early.error?.code == .closed)
        #expect(pair.client.recorder.errors.isEmpty)
    }

    @Test func inputAloneCannotBeClosed() throws {
        let pair = try EmbeddedPair().connected()
        defer { pair.finish() }
        let outcome = pair.client.close(.input)
        guard case .failure(let error)? = outcome.results.first else { return #expect(Bool(false)) }
        #expect(error as? ChannelError == .operationUnsupported)
        #expect(pair.client.tls.isEstablished)
    }

    // MARK: One half

    @Test func halfClosureKeepsTheOtherHalf() throws {
        let pair = try EmbeddedPair(server: .init(isHalfClosureAllowed: true)).connected()
        defer { pair.finish() }
        #expect(pair.client.close(.output).succeeded)
        pair.exchange()
        #expect(pair.server.recorder.events.last == .inputClosed)
        #expect(pair.server.channel.isActive)
        #expect(pair.client.write("late").error?.code == .closed)
        #expect(pair.server.write("an answer").succeeded)
        pair.exchange()
        #expect(pair.client.recorder.text == "an answer")
        pair.server.close(.output)
        pair.exchange()
        #expect(pair.client.recorder.events.contains(.inputClosed))
        #expect(pair.client.wire.events.contains(.closeAll))
        #expect(pair.server.wire.events.contains(.closeAll))
        #expect(pair.client.recorder.errors.isEmpty && pair.server.recorder.errors.isEmpty)
    }

    @Test func withoutHalfClosureAGoodbyeIsAnsweredAndClosed() throws {
        let pair = try EmbeddedPair(server: .init(isHalfClosureAllowed: false)).connected()
        defer { pair.finish() }
        pair.client.close(.output)
        pair.exchange()
        #expect(pair.server.recorder.events.contains(.inputClosed))
        #expect(pair.server.wire.events.contains(.closeAll))
        #expect(pair.client.recorder.events.contains(.inputClosed), "the goodbye was answered")
        #expect(pair.client.recorder.errors.isEmpty)
    }

    @Test func closingTheOutputTwiceIsNoError() throws {
        let pair = try EmbeddedPair(server: .init(isHalfClosureAllowed: true)).connected()
        defer { pair.finish() }
        #expect(pair.client.close(.output).succeeded)
        _ = pair.client.wire.take()
        #expect(pair.client.close(.output).succeeded)
        #expect(pair.client.wire.bytes.count == 0)
    }

    /// A program that closes when it hears of the peer's end must not cut off what it has written.
    @Test func closingAtTheEndOfInputKeepsTheLastBytes() throws {
        let pair = try EmbeddedPair().connected()
        defer { pair.finish() }
        try pair.server.channel.pipeline.syncOperations.addHandler(
            ClosesAtEndOfInput(), position: .after(pair.server.tls))
        pair.server.wire.isHolding = true
        let written = pair.server.write("a long answer")
        pair.server.close(.output)
        pair.client.close(.output)
        pair.carry(from: pair.client, to: pair.server)
        #expect(written.isPending)
        #expect(!pair.server.wire.events.contains(.closeAll), "closed with bytes on their way")
        pair.server.wire.release()
        #expect(written.succeeded)
        #expect(pair.server.wire.events.contains(.closeAll))
    }

    // MARK: Truncation

    @Test func anEndWithoutGoodbyeIsTruncation() throws {
        let pair = try EmbeddedPair(server: .init(isHalfClosureAllowed: true)).connected()
        defer { pair.finish() }
        pair.client.write("half of it")
        pair.exchange()
        pair.server.endInput()
        #expect(pair.server.recorder.text == "half of it")
        #expect(pair.server.recorder.errors.map(\.code) == [.truncated])
        #expect(pair.server.wire.events.contains(.closeAll))
    }

    @Test func aClosedChannelWithoutGoodbyeIsTruncation() throws {
        let pair = try EmbeddedPair().connected()
        defer { pair.finish() }
        pair.server.wire.closeForGood()
        pair.loop.run()
        #expect(pair.server.recorder.errors.map(\.code) == [.truncated])
        #expect(pair.server.recorder.events.last == .inactive)
    }

    @Test func aFINAfterTheGoodbyeIsFine() throws {
        let pair = try EmbeddedPair(server: .init(isHalfClosureAllowed: true)).connected()
        defer { pair.finish() }
        pair.client.close(.output)
        pair.exchange()
        pair.server.endInput()
        #expect(pair.server.recorder.errors.isEmpty)
        #expect(pair.server.recorder.events.count { $0 == .inputClosed } == 1)
        #expect(pair.server.write("still open").succeeded)
    }

    @Test func aResetIsNoTruncation() throws {
        let pair = try EmbeddedPair().connected()
        defer { pair.finish() }
        pair.server.channel.pipeline.fireErrorCaught(IOError(errnoCode: 104, reason: "read"))
        #expect(pair.server.recorder.errors.map(\.code) == [.resetByPeer])
        #expect(pair.server.recorder.errors.first?.phase == .established)
        pair.server.wire.closeForGood()
        #expect(pair.server.recorder.errors.count == 1)
    }

    // MARK: Pipelines

    @Test func removingTheHandlerLeavesTheChannel() throws {
        let pair = try EmbeddedPair().connected()
        defer { pair.finish() }
        pair.client.setWritable(false)
        let waiting = pair.client.write("waiting")
        pair.client.channel.pipeline.syncOperations.removeHandler(pair.client.tls, promise: nil)
        pair.loop.run()
        #expect(waiting.error?.code == .closed)
        #expect(pair.client.channel.isActive)
        #expect(pair.client.recorder.errors.isEmpty)
        pair.client.deliver(Array("plain".utf8))
        #expect(pair.client.recorder.text == "plain")
    }

    @Test func tlsInsideTLS() throws {
        let pair = try EmbeddedPair().connected()
        defer { pair.finish() }
        let inner = (
            client: TLSHandler(
                context: try TLSFixture.clientContext(), role: .client, serverName: "inner.example",
                peerName: PeerName("inner.example")),
            server: TLSHandler(context: try TLSFixture.serverContext(["inner.example"]), role: .server)
        )
        try pair.server.channel.pipeline.syncOperations.addHandler(inner.server, position: .after(pair.server.tls))
        try pair.client.channel.pipeline.syncOperations.addHandler(inner.client, position: .after(pair.client.tls))
        pair.exchange()
        #expect(inner.client.isEstablished && inner.server.isEstablished)
        #expect(inner.server.report.serverName == "inner.example")
        #expect(pair.server.tls.report.serverName == "localhost")
        pair.client.write("deep inside")
        pair.exchange()
        #expect(pair.server.recorder.text == "deep inside")
        pair.client.close()
        pair.exchange()
        #expect(pair.server.recorder.events.contains(.inputClosed))
        #expect(pair.server.recorder.errors.isEmpty && pair.client.recorder.errors.isEmpty)
    }
}

private final class ClosesAtEndOfInput: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
    }
}
