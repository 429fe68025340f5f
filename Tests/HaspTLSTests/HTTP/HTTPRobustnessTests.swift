//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HTTPTypes
import HaspHTTP
import HaspTLS
import HaspTesting
import Hummingbird
import HummingbirdCore
import NIOCore
import Testing

/// Peers that misbehave, and the end of the server.
@Suite(.timeLimit(.minutes(2)))
struct HTTPRobustnessTests {
    @Test func failuresAreTyped() async throws {
        let failures = Shared<[HandshakeFailure]>([])
        try await HTTPFixture.with(options: HTTPSOptions(onHandshakeFailure: { failures.append($0) })) { server in
            let http = try await FaultyClient.connect(port: server.port, .httpGet)
            _ = try await http.ended()
            try await eventually("the first failure is reported") { failures.value.count == 1 }
            await #expect(throws: TLSError.self) { try await server.connect { $0.tls.trust = .nobody } }
            try await eventually("the second failure is reported") { failures.value.count == 2 }
            // Others are served all the while.
            #expect(try await server.get("/").hasSuffix("hello"))
        }
        let first = try #require(failures.value.first)
        #expect(first.error.code == .notTLS)
        #expect(first.error.faultID == .plainClientSpeaksHTTP)
        #expect(first.remoteAddress?.ipAddress == "127.0.0.1")
        #expect(failures.value.last?.error.code == .rejectedByPeer)
        #expect(failures.value.last?.report.serverName == "localhost")
        #expect(failures.value.count == 2)
    }

    @Test func successesAreReportedOnce() async throws {
        let seen = Shared<[String?]>([])
        var options = HTTPSOptions()
        options.onHandshake = { seen.append($0.handshake.serverName) }
        try await HTTPFixture.with(options: options) { server in
            let socket = try await server.connect()
            for _ in 0..<3 {
                try await socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                var text = ""
                while !text.hasSuffix("hello"), let bytes = try await socket.read() { text += String(buffer: bytes) }
                #expect(text.hasPrefix("HTTP/1.1 200 OK"))
            }
        }
        #expect(seen.value == ["localhost"])
    }

    @Test func silentPeerIsClosed() async throws {
        let failures = Shared<[HandshakeFailure]>([])
        let options = HTTPSOptions(handshakeTimeout: .milliseconds(200), onHandshakeFailure: { failures.append($0) })
        try await HTTPFixture.with(options: options) { server in
            let client = try await FaultyClient.connect(port: server.port, .silent)
            _ = try await client.ended()
        }
        #expect(failures.value.map(\.error.code) == [.handshakeTimeout])
    }

    @Test func largeHeadIsRefused() async throws {
        try await HTTPFixture.with { server in
            let socket = try await server.connect()
            let field = String(repeating: "a", count: 9 << 10)
            try await socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: \(field)\r\n\r\n")
            var answer = ""
            while let bytes = try? await socket.read() { answer += String(buffer: bytes) }
            #expect(!answer.contains("hello"))
            #expect(!answer.contains(" 200 "))
        }
    }

    @Test func idleConnectionIsClosed() async throws {
        var http = HTTP1Channel.Configuration.strict
        // The clock begins with the connection, so this must be longer than a handshake on a busy machine.
        http.idleTimeout = .seconds(2)
        try await HTTPFixture.with(http: http) { server in
            let socket = try await server.connect()
            #expect(try await within(10, "the server closes") { try await socket.read() } == nil)
        }
    }

    @Test func requestBeforeGoodbyeIsAnswered() async throws {
        try await HTTPFixture.with { server in
            let socket = try await server.connect()
            try await socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try await socket.end()
            var answer = ""
            while let bytes = try await socket.read() { answer += String(buffer: bytes) }
            #expect(answer.hasSuffix("hello"))
        }
    }

    @Test func shutdownFinishesWhatIsBeingAnswered() async throws {
        let (reached, finish) = (Gate(), Gate())
        let respond: @Sendable (Request) async throws -> Response = { _ in
            reached.open()
            await finish.wait()
            return .text("finished")
        }
        try await HTTPFixture.with(options: HTTPSOptions(drainTimeout: .seconds(30)), respond: respond) { server in
            let socket = try await server.connect()
            try await socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await reached.wait()
            await server.beginShutdown()
            try await eventually("nobody is accepted any more") { (try? await server.connect()) == nil }
            finish.open()
            var answer = ""
            while let bytes = try await socket.read() { answer += String(buffer: bytes) }
            #expect(answer.hasSuffix("finished"))
        }
    }

    /// Each of these has kept servers of other makes from their end.
    @Test(arguments: [FaultyScript.silent, .stalledHello])
    func shutdownDoesNotWaitForAStalledHandshake(script: FaultyScript) async throws {
        try await HTTPFixture.with(options: HTTPSOptions(drainTimeout: .seconds(60))) { server in
            let client = try await FaultyClient.connect(port: server.port, script)
            // A whole connection later, the server has surely accepted the first.
            _ = try await server.get("/")
            try await server.shutDown(within: 10)
            _ = try await client.ended()
        }
    }

    @Test func shutdownDoesNotWaitForAPeerThatDoesNotRead() async throws {
        let options = HTTPSOptions(drainTimeout: .milliseconds(300))
        try await HTTPFixture.with(options: options, respond: Self.large) { server in
            let socket = try await server.connect()
            try await socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = try await socket.read()
            try await server.shutDown(within: 10)
            try? await socket.close()
        }
    }

    @Test func stalledReaderIsClosed() async throws {
        let connections = Shared<[SecureConnection]>([])
        let options = HTTPSOptions(
            stallTimeout: .milliseconds(300), drainTimeout: .seconds(60), onHandshake: { connections.append($0) })
        try await HTTPFixture.with(options: options, respond: Self.large) { server in
            let socket = try await server.connect()
            try await socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = try await socket.read()
            try await eventually("the server gives up") { connections.value.first?.isEncrypted == false }
            // What lay in the buffers of both ends is all there is.
            var count = 0
            while let bytes = try? await socket.read() { count += bytes.readableBytes }
            #expect(count < Self.largeSize)
        }
    }

    /// More than the buffers of both ends of a connection hold.
    private static let largeSize = 32 << 20

    private static let large: @Sendable (Request) async throws -> Response = { _ in
        Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(repeating: 0x61, count: largeSize)))
    }
}
