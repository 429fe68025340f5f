//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTesting
import NIOCore
import NIOPosix
import Testing

@testable import HaspTLS

/// Options nobody should give and calls at the wrong moment: an error, and never a trap or a hang.
@Suite(.timeLimit(.minutes(1))) struct CarelessUserTests {
    @Test func aChannelThatIsClosedAlready() async throws {
        let peer = try await FaultyServer.start(.silent)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: peer.port).get()
        try await channel.close()
        let options = try TLSFixture.client()
        await #expect(throws: TLSError.self) {
            try await within(10, "connect gives up") {
                _ = try await TLS.connect(over: channel, host: "localhost", options: options)
            }
        }
        try await peer.close()
    }

    @Test(arguments: [TimeAmount.nanoseconds(.min), .seconds(-1), .zero, .nanoseconds(1)])
    func noTimeAtAll(_ timeout: TimeAmount) async throws {
        try await withServer { _, port in
            var options = try TLSFixture.client()
            options.timeout = timeout
            let wanted = options
            await #expect(throws: TLSError.self) {
                try await within(10, "connect gives up") {
                    _ = try await TLS.connect(host: "localhost", port: port, options: wanted)
                }
            }
        }
    }

    @Test(arguments: [TimeAmount.nanoseconds(.max), .hours(.max)])
    func allTheTimeOfTheWorld(_ time: TimeAmount) async throws {
        let serverOptions = ServerOptions(
            handshakeTimeout: time, drainTimeout: .milliseconds(300), lingerTimeout: time)
        try await withServer(options: serverOptions) { _, port in
            var options = try TLSFixture.client()
            options.timeout = time
            let socket = try await TLS.connect(host: "localhost", port: port, options: options)
            #expect(try await socket.echoes())
            try await socket.close()
        }
    }

    static let nonsense: [ServerOptions] = [
        ServerOptions(handshakeTimeout: .zero), ServerOptions(handshakeTimeout: .seconds(-1)),
        ServerOptions(maximumConnections: 0), ServerOptions(maximumConnections: .min),
        ServerOptions(drainTimeout: .seconds(-1)), ServerOptions(lingerTimeout: .nanoseconds(.min)),
        ServerOptions(backlog: 0), ServerOptions(backlog: .min),
    ]

    @Test(arguments: nonsense.indices) func optionsThatCannotWorkAreRefused(_ index: Int) async throws {
        let server = TLS.createServer(
            context: try TLSFixture.serverContext(), options: Self.nonsense[index], handler: echo)
        let error = await #expect(throws: TLSError.self) { try await server.listen(host: "127.0.0.1", port: 0) }
        #expect(error?.code == .optionInvalid)
        #expect(error?.detail.contains("must") == true, "names the option and what it may be")
    }

    @Test(arguments: ["", " ", "a\0b", ".", "..", "a..b", String(repeating: "a", count: 300), "[", "[]", "::%", "%"])
    func hostsThatAreNone(_ host: String) async throws {
        let options = try TLSFixture.client { $0.timeout = .seconds(5) }
        await #expect(throws: TLSError.self) { _ = try await TLS.connect(host: host, port: 1, options: options) }
        await #expect(throws: TLSError.self) {
            _ = try await TLS.connectPlain(host: host, port: 1, timeout: .seconds(5))
        }
    }

    @Test(arguments: [Int.min, -1, 0, 65_536, Int.max])
    func portsThatAreNone(_ port: Int) async throws {
        await #expect(throws: TLSError.self) { _ = try await TLS.connect(host: "localhost", port: port) }
        await #expect(throws: TLSError.self) { _ = try await TLS.connectPlain(host: "localhost", port: port) }
        let server = TLS.createServer(context: try TLSFixture.serverContext(), handler: echo)
        guard port != 0 else { return }
        await #expect(throws: TLSError.self) { try await server.listen(host: "127.0.0.1", port: port) }
    }

    @Test(arguments: ["\0", "ECDHE-ECDSA-AES128-GCM-SHA256\0junk", ":::", "!!!", "TLS_NONE", "@SECLEVEL=9"])
    func cipherStringsOfJunk(_ text: String) throws {
        let error = #expect(throws: TLSError.self) { try TLSFixture.serverContext { $0.ciphers = text } }
        #expect([.cipherStringInvalid, .certificateRefused].contains(error?.code))
    }

    /// Bytes that go nowhere must not look as if they had been taken.
    @Test func writingAfterTheConnectionFailed() async throws {
        let peer = try await FaultyServer.start(.cut(after: 6000, context: TLSFixture.serverContext()))
        let socket = try await TLS.connect(host: "localhost", port: peer.port, options: try TLSFixture.client())
        try await socket.write(Array(repeating: 65, count: 16_000))
        await #expect(throws: TLSError.self) { try await within(20, "the end") { _ = try await socket.drain() } }
        let error = await #expect(throws: TLSError.self) { try await socket.write("after the failure") }
        #expect(error?.code == .truncated)
        try await peer.close()
    }

    // MARK: Cancellation at each await, with a peer that does not read

    @Test func aWriterThatIsCancelledComesBack() async throws {
        try await withStalledPeer { socket in
            let writer = Task { try await socket.write(ByteBuffer(repeating: 1, count: 1 << 20)) }
            writer.cancel()
            let error = await #expect(throws: TLSError.self) {
                try await within(5, "the cancelled writer returns") { try await writer.value }
            }
            #expect(error?.code == .cancelled)
        }
    }

    @Test func anEndThatIsCancelledComesBack() async throws {
        try await withStalledPeer { socket in
            let end = Task { try await socket.end() }
            end.cancel()
            await #expect(throws: TLSError.self) {
                try await within(5, "the cancelled end returns") { try await end.value }
            }
        }
    }

    private func withStalledPeer(_ body: @Sendable (TLSSocket) async throws -> Void) async throws {
        let go = Gate()
        try await serving { socket in
            // Reads nothing.
            await go.wait()
            _ = socket
        }.run { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            let filler = Task { while true { try await socket.write(ByteBuffer(repeating: 2, count: 64 << 10)) } }
            try await socket.waitUntilStalled()
            try await body(socket)
            filler.cancel()
            go.open()
            try await socket.close()
        }
    }

    // MARK: Memory of a program that does not read

    /// What counts against the limit is memory, not bytes of the program: a record may be nearly all padding.
    @Test func unreadBytesAreCountedAsTheyAreKept() async throws {
        var arrived = ArrivedBytes()
        for _ in 0..<1000 {
            var small = ByteBufferAllocator().buffer(capacity: 16 << 10)
            small.writeInteger(UInt8(1))
            arrived.append(small)
        }
        #expect(arrived.byteCount >= 1000 * 16 << 10)
        while arrived.popFirst() != nil {}
        #expect(arrived.byteCount == 0)
    }
}
