//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HTTPTypes
import HaspHTTP
import HaspTLS
import HaspTesting
import Hummingbird
import NIOCore
import Testing

/// What a request can know of the connection that brought it.
@Suite(.timeLimit(.minutes(2)))
struct HTTPConnectionTests {
    @Test func schemeIsSecure() async throws {
        let respond: @Sendable (Request) async throws -> Response = { request in
            .text("scheme=\(request.head.scheme ?? "-") path=\(request.uri.path)")
        }
        try await HTTPFixture.with(respond: respond) { server in
            let answer = try await server.get("/a/b?c=d")
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.hasSuffix("scheme=https path=/a/b"))
        }
    }

    @Test func requestKnowsItsConnection() async throws {
        let respond: @Sendable (Request) async throws -> Response = { _ in
            let connection = SecureConnection.current
            let report = connection?.handshake
            return .text(
                """
                \(report?.version.name ?? "-") \(report?.alpnProtocol ?? "-") \(report?.serverName ?? "-") \
                \(connection?.isEncrypted == true) \(connection?.isAuthorized == true) \
                \(connection?.remoteAddress?.ipAddress ?? "-")
                """)
        }
        try await HTTPFixture.with(respond: respond) { server in
            let answer = try await server.get("/") { $0.tls.alpnProtocols = ["h2", "http/1.1"] }
            #expect(answer.hasSuffix("TLSv1.3 http/1.1 localhost true false 127.0.0.1"))
        }
        #expect(SecureConnection.current == nil)
    }

    @Test func connectionsAreNotMixedUp() async throws {
        let names = (0..<20).map { "host\($0).example" }
        let contexts = ServerContexts(try TLSFixture.serverContext())
        for name in names { try contexts.addContext(name, TLSFixture.serverContext([name])) }
        let respond: @Sendable (Request) async throws -> Response = { _ in
            // Lets the others run in between.
            await Task.yield()
            return .text(SecureConnection.current?.handshake.serverName ?? "-")
        }
        try await HTTPFixture.with(contexts: contexts, respond: respond) { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for name in names {
                    group.addTask {
                        let answer = try await server.get("/") { $0.serverName = name }
                        #expect(answer.hasSuffix("\r\n\r\n\(name)"))
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func clientCertificateIsKnown() async throws {
        let context = try TLSFixture.serverContext { $0.verification = .required }
        let respond: @Sendable (Request) async throws -> Response = { _ in
            let connection = SecureConnection.current
            return .text("\(connection?.isAuthorized == true) \(connection?.handshake.peer?.subject.commonName ?? "-")")
        }
        let failures = Shared<[HandshakeFailure]>([])
        let options = HTTPSOptions(onHandshakeFailure: { failures.append($0) })
        try await HTTPFixture.with(contexts: ServerContexts(context), options: options, respond: respond) { server in
            let alice = try TLSFixture.clientIdentity("alice")
            #expect(try await server.get("/") { $0.tls.identities = [alice.identity] }.hasSuffix("true alice"))
            await #expect(throws: TLSError.self) { try await server.get("/") }
            try await eventually("the failure is reported") { failures.value.count == 1 }
        }
        #expect(failures.value.first?.error.code == .clientCertificateMissing)
    }

    @Test func contextCanBeExchanged() async throws {
        let contexts = ServerContexts(try TLSFixture.serverContext(["localhost", "first.example"]))
        try await HTTPFixture.with(contexts: contexts) { server in
            let old = try await server.connect()
            contexts.setSecureContext(try TLSFixture.serverContext(["localhost", "second.example"]))
            let new = try await server.connect()
            #expect(old.handshake.peer?.subjectAltNameText?.contains("first.example") == true)
            #expect(new.handshake.peer?.subjectAltNameText?.contains("second.example") == true)
            // The old connection goes on.
            try await old.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try await old.read(exactly: 15).hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    @Test func contextIsChosenByHook() async throws {
        let chosen = try TLSFixture.serverContext(["chosen.example", "localhost"])
        let asked = Shared<[String?]>([])
        var options = HTTPSOptions()
        options.chooseContext = { info in
            asked.append(info.serverName)
            return info.serverName == "localhost" ? chosen : nil
        }
        try await HTTPFixture.with(options: options) { server in
            let socket = try await server.connect()
            #expect(socket.handshake.peer?.subjectAltNameText?.contains("chosen.example") == true)
        }
        #expect(asked.value == ["localhost"])
    }
}
