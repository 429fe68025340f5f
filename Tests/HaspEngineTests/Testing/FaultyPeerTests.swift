//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspTesting
import HaspWire
import Testing

/// The bad peers must be bad in the way that they promise, over real sockets.
@Suite(.timeLimit(.minutes(1))) struct FaultyPeerTests {
    /// A client that only speaks when spoken to, so that what it gets is the server's doing.
    private static let opening = FaultyScript([.send(Array("hello".utf8))])

    @Test func closingServerSendsAFIN() async throws {
        try await withServer(.close) { server in
            let client = try await FaultyClient.connect(port: server.port, Self.opening)
            #expect(try await client.ended() == .closed)
            #expect(client.received.isEmpty)
            #expect(server.received == [Array("hello".utf8)])
        }
        try await withServer(.closeAtOnce) { server in
            let client = try await FaultyClient.connect(port: server.port, .silent)
            #expect(try await client.ended() == .closed)
        }
    }

    @Test func resettingServerSendsARST() async throws {
        try await withServer(.reset) { server in
            let client = try await FaultyClient.connect(port: server.port, Self.opening)
            #expect(try await client.ended() == .reset)
        }
    }

    @Test func resettingClientSendsARST() async throws {
        try await withServer(FaultyScript([.send([1])])) { server in
            let client = try await FaultyClient.connect(port: server.port, .reset)
            #expect(try await client.ended() == .closed)
            #expect(client.received == [1])
        }
    }

    @Test func silentServerHoldsTheConnection() async throws {
        try await withServer(.silent) { server in
            let client = try await FaultyClient.connect(port: server.port, Self.opening)
            // It has the bytes and neither answers nor leaves: only this side ends it.
            try await until { server.received.first == Array("hello".utf8) }
            #expect(client.received.isEmpty)
            try await client.close()
        }
    }

    @Test func alertsPlainTextAndGarbage() async throws {
        let scripts: [(FaultyScript, [UInt8])] = [
            (.alert(.internalError), [21, 3, 3, 0, 2, 2, 80]),
            (.plainHTTP, Array("HTTP/1.1 400 Bad Request".utf8)),
            (.garbage(count: 9), [0xC7]),
        ]
        for (script, beginning) in scripts {
            try await withServer(script) { server in
                let client = try await FaultyClient.connect(port: server.port, Self.opening)
                #expect(try await client.ended() == .closed)
                #expect(client.received.starts(with: beginning))
            }
        }
    }

    @Test func garbageIsTheSameForTheSameSeed() async throws {
        func garbage(_ seed: UInt64) async throws -> [UInt8] {
            let server = try await FaultyServer.start(.garbage(count: 100, seed: seed))
            let client = try await FaultyClient.connect(port: server.port, Self.opening)
            _ = try await client.ended()
            try await server.close()
            return client.received
        }
        let (one, again, other) = (try await garbage(1), try await garbage(1), try await garbage(2))
        #expect(one.count == 100 && one == again && one != other)
        #expect(FirstBytes.classify(one, isComplete: true) == .unknown)
    }

    @Test func goodPeersUnderstandEachOther() async throws {
        for (server, client) in [(false, false), (true, false), (false, true)] {
            let context = try Fixture.server()
            let script: FaultyScript = server ? .oneByteAtATime(context: context) : .echo(context: context)
            try await withServer(script) { server in
                let speaker = FaultyScript([.tls(try Fixture.client(), serverName: "localhost", isTrickling: client)])
                let client = try await FaultyClient.connect(port: server.port, speaker)
                // Both ends have spoken beyond the first flight: a record of application data has arrived.
                try await until { try hasRecord(.applicationData, in: client.received) }
                try await until { try hasRecord(.applicationData, in: server.received.first ?? []) }
                try await client.close()
            }
        }
    }

    @Test(arguments: [1, 100, 700])
    func cutComesAfterThatManyBytes(_ count: Int) async throws {
        try await withServer(.cut(after: count, context: Fixture.server())) { server in
            let speaker = FaultyScript([.tls(try Fixture.client(), serverName: "localhost")])
            let client = try await FaultyClient.connect(port: server.port, speaker)
            #expect(try await client.ended() == .closed)
            #expect(client.received.count == count)
        }
    }

    @Test func attacksAreWhatTheySay() async throws {
        let attacks: [(FaultyScript, FirstBytes)] = [
            (.httpGet, .httpRequest(method: "GET")), (.randomBytes(), .unknown), (.proxyHeader, .proxyV1),
            (.sslv2Hello, .sslv2Hello), (.halfHello, .tlsRecord), (.stalledHello, .tlsRecord),
            (.trickledHello, .tlsRecord), (.oversizedRecord, .unknown),
        ]
        for (script, kind) in attacks {
            try await withServer(.silent) { server in
                let client = try await FaultyClient.connect(port: server.port, script)
                try await until {
                    FirstBytes.classify(server.received.first ?? [], isComplete: false) == kind
                }
                try await client.close()
                #expect(server.connectionCount == 1)
            }
        }
    }

    @Test func helloOfTheAttacksIsAGoodOne() async throws {
        // Whole, it must bring a server to answer; otherwise half of it would prove nothing.
        try await withServer(.echo(context: Fixture.server { $0.maximumVersion = .tls12 })) { server in
            let client = try await FaultyClient.connect(port: server.port, .trickledHello)
            try await until { try hasRecord(.handshake, in: client.received) }
            try await client.close()
        }
        try await withServer(.silent) { server in
            let client = try await FaultyClient.connect(port: server.port, .halfHello)
            #expect(try await client.ended() == .closed)
            try await until { !(server.received.first ?? []).isEmpty }
            #expect(try !hasRecord(.handshake, in: server.received.first ?? []))
        }
    }

    @Test func closingTheServerClosesItsConnections() async throws {
        let server = try await FaultyServer.start(.silent)
        let clients = [
            try await FaultyClient.connect(port: server.port, Self.opening),
            try await FaultyClient.connect(port: server.port, .silent),
        ]
        try await until { server.connectionCount == 2 }
        try await server.close()
        for client in clients { _ = try await client.ended() }
        await #expect(throws: (any Error).self) { try await FaultyClient.connect(port: server.port, .silent) }
    }

    // MARK: Helpers

    private func withServer(_ script: FaultyScript, _ body: (FaultyServer) async throws -> Void) async throws {
        let server = try await FaultyServer.start(script)
        do { try await body(server) } catch {
            try await server.close()
            throw error
        }
        try await server.close()
    }

    /// Waits for a condition; the suite's time limit ends a wait that is in vain.
    private func until(_ isFulfilled: () throws -> Bool) async throws {
        while try !isFulfilled() {
            try Task.checkCancellation()
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    private func hasRecord(_ type: ContentType, in bytes: [UInt8]) throws -> Bool {
        var records = RecordParser()
        records.append(bytes)
        while let record = try records.next() {
            if record.type == type { return true }
        }
        return false
    }
}
