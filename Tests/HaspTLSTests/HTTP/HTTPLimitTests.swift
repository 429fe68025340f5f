//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HTTPTypes
import HaspHTTP
import HaspTLS
import Hummingbird
import HummingbirdCore
import NIOCore
import Testing

/// The limits on the time for a request's head and on the number of connections.
@Suite(.timeLimit(.minutes(2)))
struct HTTPLimitTests {
    private static let request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

    // MARK: The head of a request

    /// Each byte comes well within the limit; all together do not.
    @Test(arguments: [false, true]) func slowHeadIsCutOff(isAfterARequest: Bool) async throws {
        let options = HTTPSOptions(requestHeadTimeout: .seconds(2), drainTimeout: .milliseconds(300))
        try await HTTPFixture.with(options: options) { server in
            let slow = try await server.connect()
            if isAfterARequest { try await slow.exchange(Self.request) }
            let start = ContinuousClock.now
            let sender = Task {
                try await slow.write("GET / HTTP/1.1\r\nX-Long: ")
                while true {
                    try await slow.write("a")
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            defer { sender.cancel() }
            let good = try await server.connect()
            try await good.exchange(Self.request)
            let end = try await within(10, "the slow client is cut off") {
                _ = try? await slow.read()
                return ContinuousClock.now
            }
            #expect(end - start > .milliseconds(1200), "the limit counts from the end of the handshake, shortly before")
            #expect(try await server.get("/").hasSuffix("hello"))
        }
    }

    @Test func connectionWithoutAFirstRequestIsCutOff() async throws {
        let options = HTTPSOptions(requestHeadTimeout: .milliseconds(500), drainTimeout: .milliseconds(300))
        try await HTTPFixture.with(options: options) { server in
            let socket = try await server.connect()
            #expect(try await within(10, "the server closes") { try await socket.read() } == nil)
        }
    }

    @Test func longUploadIsNotCutOff() async throws {
        let respond: @Sendable (Request) async throws -> Response = { request in
            var count = 0
            for try await bytes in request.body { count += bytes.readableBytes }
            return .text("\(count) bytes")
        }
        let options = HTTPSOptions(requestHeadTimeout: .seconds(2), drainTimeout: .milliseconds(300))
        try await HTTPFixture.with(options: options, respond: respond) { server in
            let socket = try await server.connect()
            try await socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 150\r\n\r\n")
            for _ in 0..<150 {
                try await Task.sleep(for: .milliseconds(20))
                try await socket.write("a")
            }
            #expect(try await socket.answer(endingWith: "150 bytes").hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    /// The time is up between the requests.
    @Test func idleConnectionIsNotCutOff() async throws {
        let options = HTTPSOptions(requestHeadTimeout: .seconds(2), drainTimeout: .milliseconds(300))
        try await HTTPFixture.with(options: options) { server in
            let socket = try await server.connect()
            try await socket.exchange(Self.request)
            try await Task.sleep(for: .seconds(3))
            try await socket.exchange(Self.request)
        }
    }

    /// A head that is begun while the response before it is due has its time from the end of that response.
    @Test func slowResponseIsNotCutOff() async throws {
        let (reached, finish) = (Gate(), Gate())
        let respond: @Sendable (Request) async throws -> Response = { _ in
            reached.open()
            await finish.wait()
            return .text("hello")
        }
        let options = HTTPSOptions(requestHeadTimeout: .seconds(2), drainTimeout: .milliseconds(300))
        try await HTTPFixture.with(options: options, respond: respond) { server in
            let socket = try await server.connect()
            try await socket.write(Self.request)
            await reached.wait()
            try await socket.write("GET / HT")
            try await Task.sleep(for: .seconds(3))
            finish.open()
            #expect(try await socket.answer(endingWith: "hello").hasPrefix("HTTP/1.1 200 OK"))
            #expect(try await within(10, "the rest does not come") { try await socket.read() } == nil)
        }
    }

    // MARK: Connections

    @Test func connectionAboveTheLimitIsTurnedAway() async throws {
        let failures = Shared<[HandshakeFailure]>([])
        let options = HTTPSOptions(
            drainTimeout: .milliseconds(300), maximumConnections: 1, onHandshakeFailure: { failures.append($0) })
        try await HTTPFixture.with(options: options) { server in
            let first = try await server.connect()
            for round in 1...3 {
                await #expect(throws: TLSError.self) { try await server.connect() }
                try await eventually("it is told") { failures.value.count == round }
            }
            #expect(failures.value.allSatisfy { $0.error.code == .connectionLimit })
            #expect(failures.value.first?.remoteAddress?.ipAddress == "127.0.0.1")
            #expect(failures.value.first?.error.peerAddress?.hasPrefix("127.0.0.1:") == true)
            try await first.exchange(Self.request)
            try await first.close()
            try await eventually("its place is free") {
                guard let next = try? await server.connect() else { return false }
                try await next.exchange(Self.request)
                return true
            }
        }
    }
}

extension TLSSocket {
    /// Sends a request and reads its answer, which ends with "hello".
    fileprivate func exchange(_ request: String) async throws {
        try await write(request)
        #expect(try await answer(endingWith: "hello").hasPrefix("HTTP/1.1 200 OK"))
    }

    fileprivate func answer(endingWith end: String) async throws -> String {
        var text = ""
        while !text.hasSuffix(end), let bytes = try await read() { text += String(buffer: bytes) }
        return text
    }
}
