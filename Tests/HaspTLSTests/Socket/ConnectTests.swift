//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import NIOCore
import NIOPosix
import Testing

/// Ways to a server: names, addresses, paths, channels.
@Suite(.timeLimit(.minutes(1))) struct ConnectTests {
    @Test func aNameIsSentAndVerified() async throws {
        try await withServer { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            #expect(socket.handshake.serverName == "localhost")
            #expect(socket.isEncrypted)
            #expect(socket.isAuthorized)
            #expect(socket.authorizationError == nil)
            #expect(socket.failure == nil)
            #expect(socket.remoteAddress?.port == port)
            #expect(socket.localAddress?.port != nil)
            #expect(try await socket.echoes())
            try await socket.close()
        }
    }

    @Test func anIPv4AddressIsNotSent() async throws {
        try await withServer { _, port in
            let socket = try await TLS.connect(host: "127.0.0.1", port: port, options: try TLSFixture.client())
            #expect(socket.handshake.serverName == nil)
            #expect(socket.isAuthorized)
            #expect(try await socket.echoes())
        }
    }

    @Test(.enabled(if: LoopbackIPv6.isThere, "no IPv6 on loopback"), arguments: ["::1", "[::1]"])
    func anIPv6AddressIsNotSent(host: String) async throws {
        let server = TLS.createServer(context: try TLSFixture.serverContext(), handler: echo)
        try await server.listen(host: "::1", port: 0)
        let port = try #require(server.localAddress?.port)
        let socket = try await TLS.connect(host: host, port: port, options: try TLSFixture.client())
        #expect(socket.handshake.serverName == nil)
        #expect(socket.isAuthorized)
        try await socket.close()
        await server.close()
    }

    @Test func aUnixSocket() async throws {
        let place = try TemporaryFolder()
        defer { place.remove() }
        let server = TLS.createServer(context: try TLSFixture.serverContext(), handler: echo)
        try await server.listen(unixPath: place.path("tls.sock"))
        let socket = try await TLS.connect(unixPath: place.path("tls.sock"), options: try TLSFixture.client())
        #expect(socket.handshake.serverName == "localhost")
        #expect(socket.isAuthorized)
        #expect(try await socket.echoes())
        try await socket.close()
        await server.close()
    }

    @Test func aChannelThatIsConnectedAlready() async throws {
        try await withServer { _, port in
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port).get()
            let socket = try await TLS.connect(over: channel, host: "localhost", options: try TLSFixture.client())
            #expect(socket.channel === channel)
            #expect(socket.handshake.serverName == "localhost")
            #expect(try await socket.echoes())
            try await socket.end()
            #expect(try await socket.read() == nil)
        }
    }

    @Test func theCauseIsToldOverAChannelToo() async throws {
        try await withServer { _, port in
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port).get()
            let options = try TLSFixture.client {
                $0.serverName = "not\u{0}a name"
                $0.peerName = "localhost"
            }
            let error = await #expect(throws: TLSError.self) {
                try await within(20, "connect") {
                    _ = try await TLS.connect(over: channel, host: "localhost", options: options)
                }
            }
            #expect(error?.code == .nameInvalid)
            try await eventually("the channel is closed") { !channel.isActive }
        }
    }

    @Test func theTimelineBeginsBeforeTheConnection() async throws {
        try await withServer { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            let timeline = socket.handshake.timeline
            let connected = try #require(timeline.elapsed(until: .connected))
            let finished = try #require(timeline.elapsed(until: .finished))
            #expect(connected > .zero)
            #expect(finished > connected)
            #expect(timeline.handshakeDuration == finished - connected)
            #expect(
                timeline.steps.map(\.step) == [
                    .connected, .helloSent, .firstByte, .helloReceived, .certificate, .finished,
                ])
        }
    }
}
