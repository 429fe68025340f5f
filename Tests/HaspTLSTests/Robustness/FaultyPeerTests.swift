//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import NIOCore
import Testing

/// Every peer that misbehaves, as a server and as a client: a typed error in time, and the others are served.
@Suite(.timeLimit(.minutes(1))) struct FaultyPeerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var script: FaultyScript
        var codes: [TLSError.Code]

        /// Short where the limit is what is tested; otherwise long enough for a machine that is busy.
        var timeLimit: TimeAmount { codes.contains(.handshakeTimeout) ? .seconds(3) : .seconds(40) }

        init(_ name: String, _ script: FaultyScript, _ codes: TLSError.Code...) {
            (testDescription, self.script, self.codes) = (name, script, codes)
        }
    }

    // MARK: Bad servers

    static let servers: [Case] = [
        Case("silent", .silent, .handshakeTimeout),
        Case("close", .close, .closedDuringHandshake, .resetByPeer),
        Case("close at once", .closeAtOnce, .closedDuringHandshake, .resetByPeer),
        Case("reset", .reset, .resetByPeer),
        Case("alert 40", .alert(.handshakeFailure), .rejectedByPeer),
        Case("alert 70", .alert(.protocolVersion), .versionMismatch),
        Case("alert 112", .alert(.unrecognizedName), .nameUnrecognized),
        Case("alert 200", .alert(AlertDescription(rawValue: 200)), .rejectedByPeer),
        Case("plain HTTP", .plainHTTP, .notTLS),
        Case("garbage", .garbage(), .notTLS),
        Case("garbage, much of it", .garbage(count: 1 << 20, seed: 7), .notTLS),
        Case("oversized record", .oversizedRecord, .notTLS, .handshakeFailed),
        Case("a client in place of a server", .trickledHello, .handshakeFailed, .protocolViolation, .handshakeTimeout),
    ]

    @Test(arguments: servers) func aClientIsToldInTime(_ peer: Case) async throws {
        let server = try await FaultyServer.start(peer.script)
        let options = try TLSFixture.client { $0.timeout = peer.timeLimit }
        let error = await #expect(throws: TLSError.self) {
            try await within(30, "an answer") {
                _ = try await TLS.connect(host: "127.0.0.1", port: server.port, options: options)
            }
        }
        #expect(error.map { peer.codes.contains($0.code) } == true, "\(error as Any)")
        #expect(error?.peerAddress == "127.0.0.1:\(server.port)")
        #expect(error?.role == .client)
        try await within(15, "the client has let go") { try await server.close() }
    }

    @Test func aServerThatCutsAnywhere() async throws {
        for version in [ProtocolVersion.tls12, .tls13] {
            let context = try TLSFixture.serverContext { $0.maximumVersion = version }
            for limit in [1, 4, 5, 6, 50, 130, 300, 600] {
                let server = try await FaultyServer.start(.cut(after: limit, context: context))
                let error = await #expect(throws: TLSError.self) {
                    try await within(20, "an answer") {
                        _ = try await TLS.connect(
                            host: "127.0.0.1", port: server.port, options: try TLSFixture.client())
                    }
                }
                #expect(error?.code == .closedDuringHandshake, "\(version) cut after \(limit)")
                #expect(error?.values["bytes"] == "\(limit)")
                try await server.close()
            }
        }
    }

    @Test(arguments: [ProtocolVersion.tls12, .tls13]) func aServerThatSendsByteByByte(version: ProtocolVersion)
        async throws
    {
        let context = try TLSFixture.serverContext { $0.maximumVersion = version }
        let server = try await FaultyServer.start(.oneByteAtATime(context: context))
        let socket = try await TLS.connect(host: "127.0.0.1", port: server.port, options: try TLSFixture.client())
        #expect(try await socket.echoes("in very small pieces"))
        try await socket.end()
        #expect(try await socket.read() == nil)
        try await server.close()
    }

    // MARK: Bad clients

    static let clients: [Case] = [
        Case("silent", .silent, .handshakeTimeout),
        Case("close at once", .closeAtOnce, .closedDuringHandshake),
        Case("reset at once", FaultyScript([.reset]), .resetByPeer, .closedDuringHandshake),
        Case("half a hello", .halfHello, .closedDuringHandshake),
        Case("half a hello, then nothing", .stalledHello, .handshakeTimeout),
        Case("a hello byte by byte, then nothing", .trickledHello, .handshakeTimeout),
        Case("HTTP", .httpGet, .notTLS),
        Case("random bytes", .randomBytes(), .notTLS),
        Case("random bytes, much of it", .randomBytes(count: 1 << 20, seed: 3), .notTLS),
        Case("PROXY header", .proxyHeader, .notTLS),
        Case("SSL 2.0 hello", .sslv2Hello, .versionMismatch, .handshakeFailed),
        Case("oversized record", .oversizedRecord, .notTLS, .handshakeFailed),
        Case(
            "an alert", FaultyScript([.send(Alert(level: .fatal, description: .badCertificate).record().serialized())]),
            .rejectedByPeer, .handshakeFailed),
        Case(
            "application data first", FaultyScript([.send([23, 3, 3, 0, 5, 1, 2, 3, 4, 5])]),
            .handshakeFailed, .protocolViolation),
        Case("a server in place of a client", .alert(.internalError), .handshakeTimeout),
    ]

    @Test(arguments: clients) func aServerTellsAndGoesOn(_ peer: Case) async throws {
        let failures = Shared<[HandshakeFailure]>([])
        let options = TLSFixture.serverOptions { $0.handshakeTimeout = peer.timeLimit }
        try await withServer(options: options) { server, port in
            server.onHandshakeFailure { failures.append($0) }
            let good = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            let bad = try await FaultyClient.connect(port: port, peer.script)
            try await eventually("the server tells") { failures.value.count == 1 }
            let failure = try #require(failures.value.first)
            #expect(peer.codes.contains(failure.error.code), "\(failure)")
            #expect(failure.error.role == .server)
            #expect(failure.error.phase == .handshake)
            // Of a connection that is reset before it is accepted the system knows no address.
            #expect(failure.remoteAddress?.ipAddress == "127.0.0.1" || failure.error.code == .resetByPeer)
            #expect(!failure.description.unicodeScalars.contains { $0.value < 0x20 })
            _ = try await within(15, "the server lets go") { try await bad.ended() }
            try await eventually("only the good one is left") { server.connectionCount == 1 }
            #expect(try await good.echoes("undisturbed"))
            #expect(failures.value.count == 1)
        }
    }

    @Test func aClientThatSendsByteByByte() async throws {
        try await withServer { server, port in
            let context = try TLSFixture.clientContext()
            let client = try await FaultyClient.connect(
                port: port, FaultyScript([.tls(context, serverName: "localhost", isTrickling: true)]))
            let done = Shared(0)
            server.onSecureConnection { _ in done.change { $0 += 1 } }
            try await eventually("the handshake is done") { done.value == 1 || server.connectionCount == 1 }
            try await client.close()
        }
    }
}
