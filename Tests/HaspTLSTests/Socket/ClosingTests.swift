//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import NIOCore
import NIOPosix
import Testing

/// How sockets end, and what can be asked of them at each stage.
@Suite(.timeLimit(.minutes(1))) struct ClosingTests {
    @Test func theClientMayEndFirst() async throws {
        let go = Gate()
        try await serving { socket in
            let count = try await socket.drain()
            await go.wait()
            try await socket.write("\(count) bytes")
        }.run { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            try await socket.write("12345")
            try await socket.end()
            let error = await #expect(throws: TLSError.self) { try await socket.write("more") }
            #expect(error?.code == .closed)
            #expect(socket.isEncrypted, "what is read is still protected")
            go.open()
            #expect(try await socket.read(exactly: 7) == "5 bytes")
            #expect(try await socket.read() == nil)
            try await socket.end()
        }
    }

    @Test func theServerMayEndFirst() async throws {
        let received = Shared("")
        try await serving { socket in
            try await socket.write("goodbye")
            try await socket.end()
            let text = try await socket.read(exactly: 13)
            received.change { $0 = text }
        }.run { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            #expect(try await socket.read(exactly: 7) == "goodbye")
            #expect(try await socket.read() == nil)
            #expect(socket.channel.isActive, "this side may go on")
            try await socket.write("one last word")
            try await eventually("it arrives") { received.value == "one last word" }
            try await socket.close()
        }
    }

    @Test func closingFromEitherSideIsOrderly() async throws {
        try await serving { socket in
            if try await socket.read(exactly: 1) == "c" {
                try await socket.close()
            } else {
                _ = try await socket.drain()
            }
        }.run { server, port in
            let first = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            try await first.write("c")
            #expect(try await first.read() == nil)
            try await first.close()
            let second = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            try await second.write("w")
            try await second.close()
            try await second.close()
            #expect(try await second.read() == nil)
            await second.waitUntilClosed()
            try await eventually("both are gone") { server.connectionCount == 0 }
        }
    }

    @Test func aFINWithoutGoodbyeIsTruncation() async throws {
        let peer = try await FaultyServer.start(.cut(after: 6000, context: TLSFixture.serverContext()))
        let socket = try await TLS.connect(host: "localhost", port: peer.port, options: try TLSFixture.client())
        try await socket.write(Array(repeating: 65, count: 16_000))
        let error = await #expect(throws: TLSError.self) {
            try await within(20, "the end") { _ = try await socket.drain() }
        }
        #expect(error?.code == .truncated)
        #expect(error?.faultID == .truncated)
        #expect(error?.phase == .established)
        #expect(error?.peerAddress == "127.0.0.1:\(peer.port)")
        #expect(socket.failure?.code == .truncated)
        #expect(!socket.isEncrypted)
        let again = await #expect(throws: TLSError.self) { _ = try await socket.read() }
        #expect(again?.code == .truncated)
        try await peer.close()
    }

    @Test func whatCameBeforeTheCutIsDelivered() async throws {
        try await serving { socket in
            try await socket.write("delivered")
            _ = try await socket.read()
            // The transport alone is closed, as by a crash.
            try await socket.channel.pipeline.context(handlerType: TLSHandler.self).flatMap {
                $0.close(mode: .all)
            }.get()
        }.run { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            #expect(try await socket.read(exactly: 9) == "delivered")
            try await socket.write("now")
            let error = await #expect(throws: TLSError.self) { _ = try await socket.read() }
            #expect(error.map { [.truncated, .resetByPeer].contains($0.code) } == true)
        }
    }

    @Test func encryptionOverAWholeLife() async throws {
        let during = Shared<[Bool]>([])
        let seen = Shared<[TLSSocket]>([])
        try await serving { socket in
            during.append(socket.isEncrypted)
            seen.append(socket)
            _ = try await socket.drain()
            during.append(socket.isEncrypted)
        }.run { _, port in
            let plain = try await TLS.connectPlain(host: "localhost", port: port)
            #expect(!plain.isEncrypted)
            #expect(!plain.isAuthorized)
            #expect(plain.handshake.version.rawValue == 0)
            try await plain.close()
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            #expect(socket.isEncrypted)
            try await socket.close()
            #expect(!socket.isEncrypted)
            try await eventually("the server's side has ended") { seen.value.first?.isEncrypted == false }
            #expect(during.value.first == true)
            #expect(socket.isAuthorized, "who it was stays known")
            seen.change { $0 = [] }
        }
    }

    @Test func verifyButTellMe() async throws {
        let stranger = try TLSFixture.identity(of: TLSFixture.stranger)
        try await withServer(context: SecureContext(identity: stranger.identity)) { _, port in
            let options = try TLSFixture.client { $0.tls.verification = .reportOnly }
            let socket = try await TLS.connect(host: "localhost", port: port, options: options)
            #expect(socket.isEncrypted)
            #expect(!socket.isAuthorized)
            #expect(socket.authorizationError?.code == .unableToGetIssuerLocally)
            #expect(try await socket.echoes())
        }
    }

    @Test func skippingVerificationAuthorizesNobody() async throws {
        let stranger = try TLSFixture.identity(of: TLSFixture.stranger)
        try await withServer(context: SecureContext(identity: stranger.identity)) { _, port in
            let options = try TLSFixture.client { $0.tls.verification = .dangerouslySkipVerification }
            let socket = try await TLS.connect(host: "localhost", port: port, options: options)
            #expect(!socket.isAuthorized)
            #expect(socket.authorizationError == nil)
        }
    }

    @Test func aForgottenSocketIsClosed() async throws {
        try await withServer { server, port in
            var socket: TLSSocket? = try await TLS.connect(
                host: "localhost", port: port, options: try TLSFixture.client())
            let channel = try #require(socket?.channel)
            #expect(channel.isActive)
            try await eventually("the server has it") { server.connectionCount == 1 }
            socket = nil
            try await eventually("the channel is closed") { !channel.isActive }
            try await eventually("the server's side is closed") { server.connectionCount == 0 }
        }
    }

    @Test func aForgottenPlainSocketIsClosed() async throws {
        let peer = try await FaultyServer.start(.silent)
        var socket: TLSSocket? = try await TLS.connectPlain(host: "127.0.0.1", port: peer.port)
        let channel = try #require(socket?.channel)
        socket = nil
        try await eventually("the channel is closed") { !channel.isActive }
        try await peer.close()
    }

    // MARK: A peer that does not read

    @Test func closingDoesNotWaitForEverForAPeerThatDoesNotRead() async throws {
        let peer = try await stalledClient()
        try await within(15, "close returns") { try await peer.server.close() }
        #expect(!peer.server.channel.isActive)
        peer.release()
    }

    @Test func aWriterIsFreedWhenItsSocketIsClosed() async throws {
        let peer = try await stalledClient()
        let server = peer.server
        let writer = Task { try await server.write(ByteBuffer(repeating: 1, count: 1 << 20)) }
        try await within(15, "close returns") { try await server.close() }
        await #expect(throws: TLSError.self) { try await within(15, "the writer ends") { try await writer.value } }
        peer.release()
    }

    /// A connection whose client has stopped reading and whose server's queues are full.
    private func stalledClient() async throws -> StalledConnection {
        let sockets = Shared<[TLSSocket]>([])
        let server = TLS.createServer(
            context: try TLSFixture.serverContext(), options: TLSFixture.serverOptions()
        ) { socket in
            sockets.append(socket)
            await socket.waitUntilClosed()
        }
        try await server.listen(host: "127.0.0.1", port: 0)
        let client = try await RawTLSClient.connect(port: server.localAddress?.port ?? 0, receiveBuffer: 4096)
        try await client.setReading(false)
        try await eventually("the server has it") { sockets.value.count == 1 }
        let socket = try #require(sockets.value.first)
        sockets.change { $0 = [] }
        let filler = Task { while true { try await socket.write(ByteBuffer(repeating: 2, count: 64 << 10)) } }
        try await socket.waitUntilStalled()
        return StalledConnection(client: client, server: socket, listener: server, filler: filler)
    }
}

struct StalledConnection {
    var client: RawTLSClient
    var server: TLSSocket
    var listener: TLSServer
    var filler: Task<Void, any Error>

    func release() {
        filler.cancel()
        client.channel.close(promise: nil)
        let listener = listener
        Task { await listener.close() }
    }
}
