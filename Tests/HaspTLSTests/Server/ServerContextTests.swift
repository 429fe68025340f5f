//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import NIOCore
import Testing

/// Which certificate a client gets: names, the newest, hooks, and changes while the server runs.
@Suite(.timeLimit(.minutes(1))) struct ServerContextTests {
    @Test func namesAndWildcards() async throws {
        try await withServer { server, port in
            try server.addContext("*.example.org", TLSFixture.serverContext(["*.example.org"]))
            try server.addContext("special.example.org", TLSFixture.serverContext(["special.example.org"]))
            #expect(try await names(port, asking: "a.example.org") == "*.example.org")
            #expect(try await names(port, asking: "special.example.org") == "special.example.org")
            #expect(try await names(port, asking: "other.example") == "localhost")
            #expect(server.removeContext("SPECIAL.example.org."))
            #expect(!server.removeContext("special.example.org"))
            #expect(try await names(port, asking: "special.example.org") == "*.example.org")
            try server.addContext("*.EXAMPLE.org.", TLSFixture.serverContext(["newer.example.org"]))
            #expect(try await names(port, asking: "a.example.org") == "newer.example.org")
        }
    }

    @Test func aNameNobodyCouldAskFor() async throws {
        let server = TLS.createServer(context: try TLSFixture.serverContext(), handler: echo)
        let context = try TLSFixture.serverContext()
        let error = #expect(throws: TLSError.self) { try server.addContext("not a name", context) }
        #expect(error?.code == .nameInvalid)
        #expect(error?.summary.contains("not a name") == true)
    }

    @Test func aClientWithoutSNIGetsTheServersOwn() async throws {
        try await withServer { server, port in
            try server.addContext("*", TLSFixture.serverContext(["star"]))
            let options = try TLSFixture.client { $0.isServerNameSent = false }
            let socket = try await TLS.connect(host: "localhost", port: port, options: options)
            #expect(socket.handshake.peer?.subject.description.contains("localhost") == true)
        }
    }

    @Test func aHotSwapLeavesOpenConnections() async throws {
        try await withServer { server, port in
            let old = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            let renewed = try TLSFixture.identity()
            server.setSecureContext(try SecureContext(identity: renewed.identity))
            let new = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            #expect(new.handshake.peer == renewed.certificate)
            #expect(old.handshake.peer != renewed.certificate)
            #expect(try await old.echoes("still served"))
            #expect(try await new.echoes("served too"))
        }
    }

    // MARK: The hook

    @Test func theHookChoosesByWhatTheClientOffers() async throws {
        let special = try TLSFixture.serverContext(["special", "localhost"])
        let seen = Shared<[String]>([])
        let options = TLSFixture.serverOptions {
            $0.chooseContext = { info in
                await Task.yield()
                seen.append("\(info.serverName ?? "-") \(info.remoteAddress?.ipAddress ?? "-")")
                return info.clientHello.alpnProtocols.contains("special") ? special : nil
            }
        }
        try await withServer(options: options) { server, port in
            try server.addContext("named.example", TLSFixture.serverContext(["named.example"]))
            let plain = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            #expect(plain.handshake.peer?.subject.description.contains("localhost") == true)
            #expect(try await plain.echoes())
            let wanting = try TLSFixture.client { $0.tls.alpnProtocols = ["special"] }
            let other = try await TLS.connect(host: "localhost", port: port, options: wanting)
            #expect(other.handshake.peer?.subject.description.contains("special") == true)
            // Nil goes on with the names.
            #expect(try await names(port, asking: "named.example") == "named.example")
            #expect(seen.value == ["localhost 127.0.0.1", "localhost 127.0.0.1", "named.example 127.0.0.1"])
        }
    }

    @Test func aHookThatThrowsEndsOneHandshake() async throws {
        struct DatabaseIsDown: Error {}
        let failures = Shared<[HandshakeFailure]>([])
        let options = TLSFixture.serverOptions {
            $0.chooseContext = { info in
                guard info.serverName == "localhost" else { throw DatabaseIsDown() }
                return nil
            }
        }
        try await withServer(options: options) { server, port in
            server.onHandshakeFailure { failures.append($0) }
            let error = await #expect(throws: TLSError.self) { _ = try await names(port, asking: "other.example") }
            #expect(error?.code == .rejectedByPeer)
            #expect(error?.alert?.alert.description == .internalError)
            try await eventually("the server says why") { failures.value.count == 1 }
            #expect(failures.value.first?.error.code == .hookFailed)
            #expect(failures.value.first?.error.blame == .local)
            #expect(failures.value.first?.error.detail.contains("DatabaseIsDown") == true)
            #expect(try await names(port, asking: "localhost") == "localhost")
        }
    }

    @Test func anUnknownNameGetsAlert112() async throws {
        let failures = Shared<[HandshakeFailure]>([])
        let options = TLSFixture.serverOptions {
            $0.chooseContext = { info in throw TLSError.unrecognizedName(info.serverName) }
        }
        try await withServer(options: options) { server, port in
            server.onHandshakeFailure { failures.append($0) }
            let error = await #expect(throws: TLSError.self) { _ = try await names(port, asking: "other.example") }
            #expect(error?.code == .nameUnrecognized)
            #expect(error?.alert?.alert.description.rawValue == 112)
            #expect(error?.faultID == .sniUnrecognized)
            try await eventually("the server says why") { failures.value.count == 1 }
            #expect(failures.value.first?.error.code == .nameUnrecognized)
            #expect(failures.value.first?.error.summary.contains("other.example") == true)
        }
    }

    @Test func aHookThatNeverAnswersIsCutOff() async throws {
        let failures = Shared<[HandshakeFailure]>([])
        let over = Gate()
        let options = TLSFixture.serverOptions {
            $0.handshakeTimeout = .seconds(2)
            $0.chooseContext = { info in
                if info.serverName == "slow.example" { await over.wait() }
                return nil
            }
        }
        try await withServer(options: options) { server, port in
            server.onHandshakeFailure { failures.append($0) }
            await #expect(throws: TLSError.self) {
                try await within(15, "cut off") { _ = try await names(port, asking: "slow.example") }
            }
            try await eventually("the server says why") { failures.value.count == 1 }
            #expect(failures.value.first?.error.code == .handshakeTimeout)
            #expect(try await names(port, asking: "localhost") == "localhost")
            over.open()
            try await eventually("nothing is left") { server.connectionCount == 0 }
            #expect(failures.value.count == 1)
        }
    }
}

/// Connects and gives the common name that the server showed.
private func names(_ port: Int, asking name: String) async throws -> String {
    let options = try TLSFixture.client {
        $0.serverName = name
        $0.tls.verification = .reportOnly
    }
    let socket = try await TLS.connect(host: "127.0.0.1", port: port, options: options)
    let subject = socket.handshake.peer?.subject.description ?? ""
    try await socket.close()
    return subject.replacing("CN=", with: "")
}
