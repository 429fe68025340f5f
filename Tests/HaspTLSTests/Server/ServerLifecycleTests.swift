//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

/// Listening, draining, closing, and running as a service.
@Suite(.timeLimit(.minutes(1))) struct ServerLifecycleTests {
    @Test func severalListeners() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let server = TLS.createServer(context: try TLSFixture.serverContext(), handler: echo)
        #expect(server.localAddress == nil)
        try await server.listen(host: "127.0.0.1", port: 0)
        try await server.listen(unixPath: folder.path("tls.sock"))
        let port = try #require(server.localAddress?.port)
        let first = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
        let second = try await TLS.connect(unixPath: folder.path("tls.sock"), options: try TLSFixture.client())
        #expect(try await first.echoes())
        #expect(try await second.echoes())
        #expect(server.connectionCount == 2)
        try await first.close()
        try await second.close()
        await server.close()
        #expect(server.connectionCount == 0)
    }

    @Test(.enabled(if: LoopbackIPv6.isThere, "no IPv6 on loopback")) func allAddressesOfBothFamilies() async throws {
        let server = TLS.createServer(context: try TLSFixture.serverContext(), handler: echo)
        try await server.listen(port: 0)
        let port = try #require(server.localAddress?.port)
        for host in ["127.0.0.1", "::1"] {
            let socket = try await TLS.connect(host: host, port: port, options: try TLSFixture.client())
            #expect(try await socket.echoes())
            try await socket.close()
        }
        await server.close()
    }

    // MARK: Places where one cannot listen

    @Test func aPortInUse() async throws {
        try await withServer { _, port in
            let other = TLS.createServer(context: try TLSFixture.serverContext(), handler: echo)
            let error = await #expect(throws: TLSError.self) { try await other.listen(host: "127.0.0.1", port: port) }
            #expect(error?.code == .addressInUse)
            #expect(error?.blame == .configuration)
            #expect(error?.faultID == .configPortInUse)
            #expect(error?.nodeCode == "EADDRINUSE")
            #expect(error?.summary.contains("127.0.0.1:\(port)") == true)
            await other.close()
        }
    }

    @Test(arguments: [-1, 65_536]) func aPortOutOfRange(port: Int) async throws {
        let server = TLS.createServer(context: try TLSFixture.serverContext(), handler: echo)
        let error = await #expect(throws: TLSError.self) { try await server.listen(port: port) }
        #expect(error?.code == .optionInvalid)
    }

    @Test func aHostThatIsNotThere() async throws {
        let server = TLS.createServer(context: try TLSFixture.serverContext(), handler: echo)
        let error = await #expect(throws: TLSError.self) {
            try await server.listen(host: "no-such-host.invalid", port: 0)
        }
        #expect(error?.code == .nameNotFound, "\(error as Any)")
        #expect(error?.role == .server)
        #expect(error?.summary.contains("no-such-host.invalid") == true)
    }

    @Test func anAddressOfSomebodyElse() async throws {
        let server = TLS.createServer(context: try TLSFixture.serverContext(), handler: echo)
        let error = await #expect(throws: TLSError.self) { try await server.listen(host: "192.0.2.1", port: 0) }
        #expect(error?.code == .addressNotAvailable)
        #expect(error?.summary.contains("192.0.2.1") == true)
    }

    @Test func aPathThatIsTaken() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let server = TLS.createServer(context: try TLSFixture.serverContext(), handler: echo)
        try await server.listen(unixPath: folder.path("tls.sock"))
        let other = TLS.createServer(context: try TLSFixture.serverContext(), handler: echo)
        let error = await #expect(throws: TLSError.self) { try await other.listen(unixPath: folder.path("tls.sock")) }
        #expect(error?.code == .addressInUse)
        await server.close()
    }

    @Test func anIdentityThatCannotBeUsed() throws {
        let one = try TLSFixture.identity()
        let other = try TLSFixture.clientIdentity()
        let error = #expect(throws: TLSError.self) {
            _ = try TLS.createServer(
                identity: .pem(certificate: one.certificatePEM, key: other.keyPEM), handler: echo)
        }
        #expect(error?.code == .keyMismatch)
        let missing = #expect(throws: TLSError.self) {
            _ = try TLS.createServer(identity: .files(certificate: "/no/such.pem", key: "/no/key.pem"), handler: echo)
        }
        #expect(missing?.code == .fileUnreadable)
        #expect(missing?.summary.contains("/no/such.pem") == true)
    }

    // MARK: Draining

    @Test func closingWaitsForARunningHandler() async throws {
        let go = Gate()
        let steps = Shared<[String]>([])
        let server = TLS.createServer(
            context: try TLSFixture.serverContext(), options: ServerOptions(drainTimeout: .seconds(20))
        ) { socket in
            guard try await socket.read() != nil else { return }
            await go.wait()
            try await socket.write("done")
            steps.append("handler")
        }
        try await server.listen(host: "127.0.0.1", port: 0)
        let port = try #require(server.localAddress?.port)
        let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
        try await socket.write("work")
        try await eventually("it is being served") { server.connectionCount == 1 }
        let closing = Task {
            await server.close()
            steps.append("closed")
        }
        try await eventually("nobody else gets in") {
            (try? await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())) == nil
        }
        #expect(steps.value.isEmpty)
        go.open()
        #expect(try await socket.drain() == 4)
        try await within(20, "the server closes") { await closing.value }
        #expect(steps.value == ["handler", "closed"])
    }

    @Test func whoDoesNotFinishInTimeIsClosed() async throws {
        let server = TLS.createServer(
            context: try TLSFixture.serverContext(), options: ServerOptions(drainTimeout: .milliseconds(200)),
            handler: echo)
        try await server.listen(host: "127.0.0.1", port: 0)
        let port = try #require(server.localAddress?.port)
        let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
        try await eventually("it is there") { server.connectionCount == 1 }
        let start = ContinuousClock.now
        try await within(20, "the server closes") { await server.close() }
        #expect(ContinuousClock.now - start >= .milliseconds(190))
        #expect(ContinuousClock.now - start < .seconds(9))
        #expect(server.connectionCount == 0)
        _ = try? await socket.read()
        try await eventually("the client has heard of it") { !socket.isEncrypted }
    }

    @Test func drainingIsForcedAlthoughThePeerDoesNotRead() async throws {
        let sockets = Shared<[TLSSocket]>([])
        let server = TLS.createServer(
            context: try TLSFixture.serverContext(), options: ServerOptions(drainTimeout: .milliseconds(200))
        ) { socket in
            sockets.append(socket)
            while true { try await socket.write(ByteBuffer(repeating: 1, count: 64 << 10)) }
        }
        try await server.listen(host: "127.0.0.1", port: 0)
        let client = try await RawTLSClient.connect(port: server.localAddress?.port ?? 0, receiveBuffer: 4096)
        try await client.setReading(false)
        try await eventually("it is there") { sockets.value.count == 1 }
        try await sockets.value.first?.waitUntilStalled()
        try await within(4, "the server closes") { await server.close() }
        #expect(server.connectionCount == 0)
        sockets.change { $0 = [] }
        client.channel.close(promise: nil)
    }

    @Test func closingTwiceAndWithoutListeners() async throws {
        let server = TLS.createServer(context: try TLSFixture.serverContext(), handler: echo)
        await server.close()
        try await server.listen(host: "127.0.0.1", port: 0)
        await server.close()
        await server.close()
        #expect(server.localAddress == nil)
    }

    // MARK: After the handler

    @Test func aHandlerThatThrowsEndsItsConnectionOnly() async throws {
        struct Oops: Error {}
        try await serving { socket in
            guard try await socket.read(exactly: 5) != "throw" else { throw Oops() }
            try await socket.write("ok")
            try await echo(socket)
        }.run { server, port in
            let good = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            let bad = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            try await bad.write("throw")
            #expect(try await bad.read() == nil)
            try await eventually("one is left") { server.connectionCount == 1 }
            try await good.write("first")
            #expect(try await good.read(exactly: 2) == "ok")
            #expect(try await good.echoes("second"))
        }
    }

    @Test func allThatWasWrittenArrivesAlthoughTheClientHasEnded() async throws {
        let total = 3 << 20
        try await serving(options: TLSFixture.serverOptions { $0.drainTimeout = .seconds(10) }) { socket in
            for _ in 0..<(total >> 16) { try await socket.write(ByteBuffer(repeating: 1, count: 1 << 16)) }
        }.run { _, port in
            let client = try await RawTLSClient.connect(port: port, receiveBuffer: 8192)
            // The goodbye of the client is there before the server has sent all.
            client.channel.close(mode: .output, promise: nil)
            try await eventually("all has come", within: 15) { client.plaintext.count == total }
            try await eventually("with a goodbye") { client.isInputEnded }
            #expect(client.errors.isEmpty)
            client.channel.close(promise: nil)
        }
    }

    // MARK: As a service

    @Test func aServiceDrainsWhenAskedTo() async throws {
        let go = Gate()
        let server = TLSServer(
            context: try TLSFixture.serverContext(), options: ServerOptions(drainTimeout: .seconds(20)),
            address: .init(host: "127.0.0.1", port: 0)
        ) { socket in
            _ = try await socket.read()
            await go.wait()
            try await socket.write("bye")
        }
        let group = ServiceGroup(
            configuration: .init(services: [server], gracefulShutdownSignals: [], logger: Logger(label: "test")))
        let running = Task { try await group.run() }
        try await eventually("it listens") { server.localAddress != nil }
        let port = try #require(server.localAddress?.port)
        let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
        try await socket.write("x")
        try await eventually("it is being served") { server.connectionCount == 1 }
        await group.triggerGracefulShutdown()
        try await eventually("it has stopped listening") { server.localAddress == nil }
        #expect(server.connectionCount == 1)
        go.open()
        #expect(try await socket.read(exactly: 3) == "bye")
        #expect(try await socket.read() == nil)
        try await within(20, "the service ends") { try await running.value }
        #expect(server.connectionCount == 0)
    }

    @Test func aCancelledServiceEnds() async throws {
        let server = TLSServer(
            context: try TLSFixture.serverContext(), address: .init(host: "127.0.0.1", port: 0), handler: echo)
        let running = Task { try await server.run() }
        try await eventually("it listens") { server.localAddress != nil }
        running.cancel()
        try await within(20, "the service ends") { _ = await running.result }
        #expect(server.localAddress == nil)
    }

    @Test func aServiceNeedsAnAddress() async throws {
        let server = TLSServer(context: try TLSFixture.serverContext(), handler: echo)
        let error = await #expect(throws: TLSError.self) { try await server.run() }
        #expect(error?.code == .optionInvalid)
    }

    @Test func aServiceKeepsItsListeners() async throws {
        let server = TLSServer(context: try TLSFixture.serverContext(), handler: echo)
        try await server.listen(host: "127.0.0.1", port: 0)
        let port = server.localAddress?.port
        let running = Task { try await server.run() }
        await Task.yield()
        #expect(server.localAddress?.port == port)
        running.cancel()
        try await within(20, "the service ends") { _ = await running.result }
    }
}
