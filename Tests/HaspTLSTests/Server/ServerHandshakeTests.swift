//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import NIOCore
import Testing

/// Handshakes with a server that fail, and what they leave behind: a typed value, and nothing else.
@Suite(.timeLimit(.minutes(1))) struct ServerHandshakeTests {
    @Test func aClientThatSaysNothingIsClosed() async throws {
        let failures = Shared<[HandshakeFailure]>([])
        let options = TLSFixture.serverOptions { $0.handshakeTimeout = .milliseconds(150) }
        try await withServer(options: options) { server, port in
            server.onHandshakeFailure { failures.append($0) }
            let client = try await FaultyClient.connect(port: port, .silent)
            _ = try await within(15, "the server closes") { try await client.ended() }
            try await eventually("it is told") { failures.value.count == 1 }
            let failure = try #require(failures.value.first)
            #expect(failure.error.code == .handshakeTimeout)
            #expect(failure.error.faultID == .handshakeTimeout)
            #expect(failure.remoteAddress?.ipAddress == "127.0.0.1")
            #expect(failure.remoteAddress?.port != nil)
            #expect(failure.description.hasPrefix("127.0.0.1:"))
            try await eventually("it is gone") { server.connectionCount == 0 }
        }
    }

    @Test func successIsToldBeforeTheHandlerRuns() async throws {
        let order = Shared<[String]>([])
        try await serving { socket in
            order.append("handler")
            try await socket.write("x")
        }.run { server, port in
            server.onSecureConnection { socket in order.append("secure \(socket.handshake.serverName ?? "-")") }
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            #expect(try await socket.drain() == 1)
            #expect(order.value == ["secure localhost", "handler"])
        }
    }

    // MARK: Client certificates

    @Test(arguments: [ProtocolVersion.tls12, .tls13]) func mutualTLS(version: ProtocolVersion) async throws {
        let failures = Shared<[HandshakeFailure]>([])
        let who = Shared<[String]>([])
        let context = try TLSFixture.serverContext {
            $0.verification = .required
            $0.maximumVersion = version
        }
        try await serving(context: context) { socket in
            who.append("\(socket.isAuthorized) \(socket.handshake.peer?.subject.description ?? "-")")
            try await echo(socket)
        }.run { server, port in
            server.onHandshakeFailure { failures.append($0) }
            let alice = try TLSFixture.client { $0.tls.identities = [try TLSFixture.clientIdentity().identity] }
            let socket = try await TLS.connect(host: "localhost", port: port, options: alice)
            #expect(try await socket.echoes())
            #expect(who.value == ["true CN=alice"])

            // TLS 1.3 lets the client finish before it hears that it is refused.
            await #expect(throws: TLSError.self) {
                let nobody = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
                _ = try await nobody.echoes()
            }
            try await eventually("it is told") { failures.value.count == 1 }
            #expect(failures.value.first?.error.code == .clientCertificateMissing)

            let mallory = try TLSFixture.client {
                $0.tls.identities = [try TLSFixture.clientIdentity("mallory", of: TLSFixture.stranger).identity]
            }
            await #expect(throws: TLSError.self) {
                let stranger = try await TLS.connect(host: "localhost", port: port, options: mallory)
                _ = try await stranger.echoes()
            }
            try await eventually("it is told") { failures.value.count == 2 }
            #expect(failures.value.last?.error.code == .certificateRejected)
            #expect(failures.value.last?.error.faultID == .clientCertWrongCA)
            #expect(who.value.count == 1, "no handler ran for the others")
            #expect(try await socket.echoes("undisturbed"))
        }
    }

    @Test func clientCertificatesThatAreOnlyLookedAt() async throws {
        let who = Shared<[String]>([])
        let context = try TLSFixture.serverContext { $0.verification = .reportOnly }
        try await serving(context: context) { socket in
            let code = socket.authorizationError.map { "\($0.code.rawValue)" } ?? "ok"
            who.append("\(socket.isAuthorized) \(code) \(socket.handshake.peer?.subject.description ?? "-")")
            try await echo(socket)
        }.run { _, port in
            let nobody = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            #expect(try await nobody.echoes())
            let mallory = try TLSFixture.client {
                $0.tls.identities = [try TLSFixture.clientIdentity("mallory", of: TLSFixture.stranger).identity]
            }
            let stranger = try await TLS.connect(host: "localhost", port: port, options: mallory)
            #expect(try await stranger.echoes())
            let alice = try TLSFixture.client { $0.tls.identities = [try TLSFixture.clientIdentity().identity] }
            let known = try await TLS.connect(host: "localhost", port: port, options: alice)
            #expect(try await known.echoes())
            #expect(who.value.count == 3)
            #expect(who.value.first?.hasPrefix("false") == true)
            #expect(who.value.first?.hasSuffix(" -") == true)
            #expect(who.value.contains { $0.hasPrefix("false") && $0.hasSuffix("CN=mallory") })
            #expect(who.value.last == "true ok CN=alice")
        }
    }

    // MARK: Limits

    @Test func aConnectionTooManyIsClosedAndForgotten() async throws {
        let failures = Shared<[HandshakeFailure]>([])
        let options = TLSFixture.serverOptions { $0.maximumConnections = 2 }
        try await withServer(options: options) { server, port in
            server.onHandshakeFailure { failures.append($0) }
            let first = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            let second = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            for round in 1...3 {
                await #expect(throws: TLSError.self) {
                    _ = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
                }
                try await eventually("it is told") { failures.value.count == round }
                #expect(failures.value.last?.error.code == .connectionLimit)
                #expect(failures.value.last?.error.peerAddress?.hasPrefix("127.0.0.1:") == true)
            }
            try await eventually("the refused are forgotten") { server.connectionCount == 2 }
            #expect(try await first.echoes())
            #expect(try await second.echoes())
            try await first.close()
            try await eventually("a place is free") { server.connectionCount == 1 }
            let third = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            #expect(try await third.echoes())
        }
    }
}
