//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import NIOCore
import NIOEmbedded
import Testing

/// Plaintext on its way out: joined, cut, queued, held back, and each promise completed exactly once.
@Suite struct TLSHandlerWriteTests {
    @Test(arguments: [ProtocolVersion.tls12, .tls13])
    func smallWritesShareARecord(version: ProtocolVersion) throws {
        let pair = try EmbeddedPair(serverContext: TLSFixture.serverContext { $0.maximumVersion = version }).connected()
        defer { pair.finish() }
        _ = pair.client.wire.take()
        let outcomes = (0..<100).map { pair.client.write("\($0),", flushing: false) }
        #expect(outcomes.allSatisfy { $0.isPending })
        #expect(pair.client.tls.pendingBytes == (0..<100).reduce(0) { $0 + "\($1),".utf8.count })
        pair.client.channel.flush()
        #expect(outcomes.allSatisfy { $0.succeeded })
        #expect(pair.client.tls.pendingBytes == 0)
        let bytes = pair.client.wire.bytes
        #expect(try pair.client.wire.takeRecords().count == 1)
        pair.server.deliver(bytes)
        #expect(pair.server.recorder.text == (0..<100).map { "\($0)," }.joined())
    }

    @Test func writesOf1KiBFillRecords() throws {
        let pair = try EmbeddedPair().connected()
        defer { pair.finish() }
        _ = pair.client.wire.take()
        for index in 0..<64 {
            pair.client.write(Array(repeating: UInt8(index), count: 1024), flushing: false)
        }
        pair.client.channel.flush()
        let bytes = pair.client.wire.bytes
        let records = try pair.client.wire.takeRecords()
        #expect(records.count == 4)
        // TLS 1.3 adds the inner content type and the tag.
        #expect(records.allSatisfy { $0.payload.count == 16_384 + 17 })
        pair.server.deliver(bytes)
        let isSame = pair.server.recorder.plaintext == (0..<64).flatMap { Array(repeating: UInt8($0), count: 1024) }
        #expect(isSame)
    }

    @Test(arguments: [
        (0, [Int]()), (1, [1]), (16_383, [16_383]), (16_384, [16_384]), (16_385, [16_384, 1]),
        (100_000, [16_384, 16_384, 16_384, 16_384, 16_384, 16_384, 1696]),
    ])
    func largeWritesAreCut(count: Int, expected: [Int]) throws {
        let pair = try EmbeddedPair().connected()
        defer { pair.finish() }
        _ = pair.client.wire.take()
        let sent = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let outcome = pair.client.write(sent)
        #expect(outcome.succeeded)
        let bytes = pair.client.wire.bytes
        #expect(try pair.client.wire.takeRecords().map { $0.payload.count - 17 } == expected)
        pair.server.deliver(bytes)
        let isSame = pair.server.recorder.plaintext == sent
        #expect(isSame)
    }

    @Test func manySizesArriveInOrder() throws {
        let pair = try EmbeddedPair().connected()
        defer { pair.finish() }
        var expected: [UInt8] = []
        var outcomes: [WriteOutcome] = []
        for (index, size) in [1, 16_000, 500, 70_000, 3, 16_384, 0, 49_153, 10, 16_383].enumerated() {
            let bytes = [UInt8](repeating: UInt8(index), count: size)
            expected += bytes
            outcomes.append(pair.client.write(bytes, flushing: index.isMultiple(of: 3)))
        }
        pair.client.channel.flush()
        pair.exchange()
        let isSame = pair.server.recorder.plaintext == expected
        #expect(isSame)
        #expect(outcomes.allSatisfy { $0.succeeded })
    }

    // MARK: Before the handshake

    @Test func writesBeforeTheHandshakeWaitForIt() throws {
        let pair = try EmbeddedPair()
        defer { pair.finish() }
        let first = pair.client.write("one ")
        try pair.activate()
        let second = pair.client.write("two ")
        let unflushed = pair.client.write("three", flushing: false)
        #expect(first.isPending && second.isPending)
        #expect(pair.client.tls.pendingBytes == 13)
        pair.exchange()
        #expect(pair.server.recorder.text == "one two ")
        #expect(first.succeeded && second.succeeded && unflushed.isPending)
        pair.client.channel.flush()
        pair.exchange()
        #expect(pair.server.recorder.text == "one two three")
        #expect(unflushed.succeeded)
    }

    @Test func tooMuchBeforeTheHandshakeFails() throws {
        let pair = try EmbeddedPair(client: .init(maximumEarlyBytes: 1000))
        defer { pair.finish() }
        try pair.activate()
        let fits = pair.client.write(Array(repeating: 1, count: 600))
        let tooMuch = pair.client.write(Array(repeating: 2, count: 401))
        let stillFits = pair.client.write(Array(repeating: 3, count: 400))
        #expect(fits.isPending && stillFits.isPending)
        #expect(tooMuch.error?.code == .bufferLimit)
        pair.exchange()
        #expect(pair.server.recorder.plaintext.count == 1000)
        #expect(fits.succeeded && stillFits.succeeded)
        // The limit concerns the time before the handshake only.
        #expect(pair.client.write(Array(repeating: 4, count: 5000)).succeeded)
    }

    // MARK: Back-pressure

    @Test func nothingIsEncryptedWhileTheChannelIsNotWritable() throws {
        let pair = try EmbeddedPair().connected()
        defer { pair.finish() }
        _ = pair.client.wire.take()
        pair.client.setWritable(false)
        let outcome = pair.client.write(Array(repeating: 9, count: 200_000))
        #expect(pair.client.wire.bytes.count == 0)
        #expect(pair.client.tls.pendingBytes == 200_000)
        #expect(outcome.isPending)
        pair.client.setWritable(true)
        #expect(outcome.succeeded)
        #expect(pair.client.tls.pendingBytes == 0)
        pair.exchange()
        #expect(pair.server.recorder.plaintext.count == 200_000)
    }

    @Test func aPromiseWaitsForTheNetwork() throws {
        let pair = try EmbeddedPair().connected()
        defer { pair.finish() }
        pair.client.wire.isHolding = true
        let outcomes = (0..<3).map { _ in pair.client.write("x", flushing: false) }
        pair.client.channel.flush()
        #expect(outcomes.allSatisfy { $0.isPending })
        pair.client.wire.release()
        #expect(outcomes.allSatisfy { $0.succeeded })
    }

    // MARK: Every promise exactly once

    enum End: CaseIterable, Sendable {
        case close, closeOutput, goodbyeOfPeer, fin, garbage, inactive, removed, timeout, reset
    }

    @Test(arguments: End.allCases) func everyPromiseIsCompletedOnceBeforeTheHandshake(end: End) throws {
        let pair = try EmbeddedPair(client: .init(handshakeTimeout: .seconds(1)))
        try pair.activate()
        let outcomes = (0..<3).map { pair.client.write("early \($0)", flushing: $0 < 2) }
        bring(end, to: pair)
        pair.finish()
        #expect(outcomes.allSatisfy { $0.results.count == 1 })
        #expect(outcomes.allSatisfy { $0.error != nil }, "nothing can have been sent")
        #expect(pair.client.tls.pendingBytes == 0)
    }

    @Test(arguments: End.allCases, [true, false])
    func everyPromiseIsCompletedOnceAfterTheHandshake(end: End, isStalled: Bool) throws {
        let pair = try EmbeddedPair().connected()
        if isStalled { pair.client.wire.isHolding = true }
        let sent = pair.client.write("sent")
        pair.client.setWritable(!isStalled)
        let stalled = pair.client.write("stalled")
        let unflushed = pair.client.write("unflushed", flushing: false)
        bring(end, to: pair)
        let late = pair.client.write("late")
        pair.finish()
        for outcome in [sent, stalled, unflushed, late] { #expect(outcome.results.count == 1) }
        #expect(pair.client.tls.pendingBytes == 0)
        // After the connection's time is over there is no error to tell of here.
        if end != .timeout, end != .removed { #expect(!late.succeeded) }
    }

    /// A common habit; it must not find the handler in the middle of something.
    @Test func aCallbackOfAFailedWriteMayFlush() throws {
        let pair = try EmbeddedPair().connected()
        let channel = pair.client.channel
        pair.client.setWritable(false)
        let promise = channel.eventLoop.makePromise(of: Void.self)
        let calls = Shared(0)
        promise.futureResult.assumeIsolated().whenFailure { _ in
            calls.change { $0 += 1 }
            channel.pipeline.syncOperations.writeAndFlush(NIOAny(ByteBuffer(string: "again")), promise: nil)
            channel.flush()
        }
        channel.pipeline.syncOperations.writeAndFlush(NIOAny(ByteBuffer(string: "x")), promise: promise)
        pair.client.deliver(Array(repeating: 0x99, count: 40))
        #expect(calls.value == 1)
        pair.finish()
    }

    private func bring(_ end: End, to pair: EmbeddedPair) {
        switch end {
        case .close: pair.client.close()
        case .closeOutput: pair.client.close(.output)
        case .goodbyeOfPeer:
            pair.server.close()
            pair.exchange()
        case .fin: pair.client.endInput()
        case .garbage: pair.client.deliver(Array(repeating: 0x99, count: 40))
        case .inactive: pair.client.wire.closeForGood()
        case .removed: pair.client.channel.pipeline.syncOperations.removeHandler(pair.client.tls, promise: nil)
        case .timeout: pair.loop.advanceTime(by: .minutes(5))
        case .reset: pair.client.channel.pipeline.fireErrorCaught(IOError(errnoCode: 104, reason: "read"))
        }
        pair.loop.run()
    }
}
