//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import NIOCore
import NIOEmbedded
import Testing

/// The handler's way to an established connection, and the ways in which it does not get there.
@Suite struct TLSHandlerHandshakeTests {
    @Test func handshakeTellsThePipeline() throws {
        let pair = try EmbeddedPair(
            clientContext: TLSFixture.clientContext { $0.alpnProtocols = ["h2", "http/1.1"] },
            serverContext: TLSFixture.serverContext { $0.alpnProtocols = ["http/1.1"] })
        defer { pair.finish() }
        #expect(!pair.client.tls.isEstablished)
        try pair.connected()
        #expect(pair.client.tls.isEstablished)
        #expect(pair.server.tls.isEstablished)
        #expect(pair.client.recorder.events == [.active, .report, .handshake(alpn: "http/1.1")])
        #expect(pair.server.recorder.events == [.active, .report, .handshake(alpn: "http/1.1")])
        #expect(pair.client.recorder.report?.version == .tls13)
        #expect(pair.client.recorder.report?.isAuthorized == true)
        #expect(pair.server.recorder.report?.serverName == "localhost")
        #expect(pair.server.tls.report.serverName == "localhost")
    }

    @Test(arguments: [ProtocolVersion.tls12, .tls13], [1, 3, 7])
    func handshakeAndDataInSmallPieces(version: ProtocolVersion, chunk: Int) throws {
        let pair = try EmbeddedPair(
            serverContext: TLSFixture.serverContext { $0.maximumVersion = version })
        defer { pair.finish() }
        try pair.activate()
        pair.exchange(chunk: chunk)
        let question = pair.client.write("a question")
        let answer = pair.server.write("an answer")
        pair.exchange(chunk: chunk)
        #expect(pair.server.recorder.text == "a question")
        #expect(pair.client.recorder.text == "an answer")
        #expect(question.succeeded && answer.succeeded)
        #expect(pair.client.recorder.report?.version == version)
    }

    @Test func anActiveChannelStartsAtOnce() throws {
        let channel = EmbeddedChannel()
        let wire = WireHandler()
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        try channel.pipeline.syncOperations.addHandler(wire)
        let tls = TLSHandler(context: try TLSFixture.clientContext(), role: .client)
        try channel.pipeline.syncOperations.addHandlers(tls, RecordingHandler())
        let records = try wire.takeRecords()
        #expect(records.map(\.type) == [.handshake])
        _ = try? channel.finish()
    }

    // MARK: Failure

    @Test func anUntrustedCertificateSendsTheAlertBeforeTheClose() throws {
        let stranger = try TLSFixture.identity(of: TLSFixture.stranger)
        let pair = try EmbeddedPair(serverContext: SecureContext(identity: stranger.identity))
        defer { pair.finish() }
        try pair.activate()
        pair.carry(from: pair.client, to: pair.server)
        pair.client.wire.forgetEvents()
        pair.carry(from: pair.server, to: pair.client)
        #expect(pair.client.recorder.errors.map(\.code) == [.certificateRejected])
        // The alert, then a FIN; the channel stays until the server has read it.
        let events = pair.client.wire.events
        guard case .write? = events.first else { return #expect(Bool(false), "no alert: \(events)") }
        #expect(events.firstIndex(of: .closeOutput) ?? 0 > 0)
        #expect(!events.contains(.closeAll))
        #expect(pair.client.channel.isActive)
        pair.exchange()
        #expect(pair.server.recorder.errors.map(\.code) == [.rejectedByPeer])
        #expect(pair.server.recorder.errors.first?.alert?.alert.description == .unknownCA)
        // The server's FIN ends the wait.
        pair.client.endInput()
        #expect(pair.client.wire.events.last == .closeAll)
        #expect(pair.client.recorder.errors.count == 1)
    }

    @Test func theWaitAfterAnAlertIsLimited() throws {
        let stranger = try TLSFixture.identity(of: TLSFixture.stranger)
        let pair = try EmbeddedPair(serverContext: SecureContext(identity: stranger.identity)).connected()
        defer { pair.finish() }
        #expect(pair.client.recorder.errors.map(\.code) == [.certificateRejected])
        #expect(!pair.client.wire.events.contains(.closeAll))
        pair.loop.advanceTime(by: .seconds(30))
        #expect(pair.client.wire.events.contains(.closeAll))
        #expect(pair.client.recorder.events.last == .inactive)
    }

    @Test func aProtocolThatIsNotTLSIsNamedAndClosedAtOnce() throws {
        let pair = try EmbeddedPair()
        defer { pair.finish() }
        try pair.activate()
        pair.server.deliver(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        #expect(pair.server.recorder.errors.map(\.code) == [.notTLS])
        #expect(pair.server.recorder.errors.first?.faultID == .plainClientSpeaksHTTP)
        #expect(pair.server.wire.events.contains(.closeAll))
    }

    @Test func theErrorKnowsThePeer() throws {
        let pair = try EmbeddedPair()
        defer { pair.finish() }
        pair.server.channel.remoteAddress = try SocketAddress(ipAddress: "192.0.2.7", port: 5)
        try pair.activate()
        pair.server.channel.remoteAddress = try SocketAddress(ipAddress: "192.0.2.7", port: 5)
        pair.server.deliver(Array(repeating: 0x99, count: 40))
        #expect(pair.server.recorder.errors.first?.peerAddress == "192.0.2.7:5")
    }

    @Test func garbageAfterTheHandshake() throws {
        let pair = try EmbeddedPair().connected()
        defer { pair.finish() }
        let waiting = pair.server.write(Array(repeating: 1, count: 10), flushing: false)
        pair.server.deliver([23, 3, 3, 0, 40] + Array(repeating: 7, count: 40))
        #expect(pair.server.recorder.errors.map(\.code) == [.recordCorrupt])
        #expect(waiting.error?.code == .recordCorrupt)
        #expect(pair.server.write("late").error != nil)
        pair.exchange()
        #expect(pair.client.recorder.errors.first?.alert?.alert.description == .badRecordMAC)
        #expect(pair.client.recorder.errors.first?.alert?.isReceived == true)
    }

    @Test func nothingIsReadAfterAFailure() throws {
        let pair = try EmbeddedPair().connected()
        defer { pair.finish() }
        pair.client.write("secret")
        let bytes = pair.client.wire.take()
        pair.server.deliver(Array(repeating: 0x99, count: 40))
        pair.server.deliver(bytes)
        #expect(pair.server.recorder.plaintext.isEmpty)
        #expect(pair.server.recorder.errors.count == 1)
    }

    @Test func theEndOfTheTransportInsideTheHandshake() throws {
        let pair = try EmbeddedPair()
        defer { pair.finish() }
        try pair.activate()
        let early = pair.client.write("early")
        pair.client.endInput()
        #expect(pair.client.recorder.errors.map(\.code) == [.closedDuringHandshake])
        #expect(early.error?.code == .closedDuringHandshake)
        #expect(pair.client.wire.events.last == .closeAll)
    }

    // MARK: Time

    @Test func aHandshakeThatTakesTooLongIsClosed() throws {
        let pair = try EmbeddedPair(server: .init(handshakeTimeout: .seconds(5)))
        defer { pair.finish() }
        try pair.activate()
        pair.loop.advanceTime(by: .milliseconds(4999))
        #expect(pair.server.recorder.errors.isEmpty)
        pair.loop.advanceTime(by: .milliseconds(1))
        #expect(pair.server.recorder.errors.map(\.code) == [.handshakeTimeout])
        #expect(pair.server.wire.events.last == .closeAll)
        #expect(pair.client.recorder.errors.isEmpty)
    }

    @Test func timeDoesNotMatterOnceItIsDone() throws {
        let pair = try EmbeddedPair(
            client: .init(handshakeTimeout: .seconds(5)), server: .init(handshakeTimeout: .seconds(5))
        ).connected()
        defer { pair.finish() }
        pair.loop.advanceTime(by: .hours(1))
        pair.client.write("still here")
        pair.exchange()
        #expect(pair.server.recorder.text == "still here")
    }

    // MARK: Choosing

    @Test func readsAreHeldWhileAContextIsChosen() throws {
        let gate = Continuations()
        let other = try TLSFixture.serverContext(["other.example", "localhost"])
        let pair = try EmbeddedPair(
            chooser: .eventually { hello in
                await gate.pause()
                return hello.serverName == "localhost" ? other : nil
            })
        defer { pair.finish() }
        try pair.activate()
        pair.server.channel.read()
        #expect(pair.server.wire.events.filter { $0 == .read }.count == 1)
        pair.carry(from: pair.client, to: pair.server)
        pair.loop.run()
        #expect(gate.isPaused)
        pair.server.channel.read()
        #expect(pair.server.wire.events.filter { $0 == .read }.count == 1, "held")
        #expect(pair.server.wire.bytes.count == 0)
        gate.resume()
        pair.loop.run()
        #expect(pair.server.wire.events.filter { $0 == .read }.count == 2, "let go")
        pair.exchange()
        pair.loop.run()
        pair.exchange()
        #expect(pair.client.tls.isEstablished)
        #expect(pair.client.recorder.report?.peer?.subject.description.contains("other.example") == true)
    }

    @Test func anImmediateChoice() throws {
        let other = try TLSFixture.serverContext(["other.example", "localhost"])
        let pair = try EmbeddedPair(chooser: .immediately { _ in other }).connected()
        defer { pair.finish() }
        #expect(pair.client.recorder.report?.peer?.subject.description.contains("other.example") == true)
        #expect(!pair.server.wire.events.contains(.closeAll))
    }

    @Test func aChoiceThatThrows() throws {
        struct Oops: Error {}
        let pair = try EmbeddedPair(chooser: .immediately { _ in throw Oops() }).connected()
        defer { pair.finish() }
        #expect(pair.server.recorder.errors.map(\.code) == [.hookFailed])
        #expect(pair.client.recorder.errors.first?.alert?.alert.description == .internalError)
    }

    @Test func aChannelThatEndsWhileAContextIsChosen() throws {
        let gate = Continuations()
        let pair = try EmbeddedPair(
            chooser: .eventually { _ in
                await gate.pause()
                return nil
            })
        defer { pair.finish() }
        try pair.activate()
        pair.carry(from: pair.client, to: pair.server)
        pair.loop.run()
        #expect(gate.isPaused)
        pair.server.endInput()
        #expect(pair.server.recorder.errors.map(\.code) == [.closedDuringHandshake])
        gate.resume()
        pair.loop.run()
        #expect(pair.server.recorder.errors.count == 1)
        #expect(!pair.server.tls.isEstablished)
    }
}

/// Pauses one task on a loop that only moves when told to.
private final class Continuations: @unchecked Sendable {
    // Touched on the thread of the embedded loop only.
    private var waiting: CheckedContinuation<Void, Never>?

    var isPaused: Bool { waiting != nil }

    func pause() async { await withCheckedContinuation { waiting = $0 } }

    func resume() {
        let paused = waiting
        waiting = nil
        paused?.resume()
    }
}
