//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import Testing

/// A verified handshake, data both ways and an orderly end, with every program, version and kind of key, in both roles.
@Suite(.serialized, .timeLimit(.minutes(2))) struct MatrixTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var program: PeerProgram
        var version: ProtocolVersion
        var key: KeyKind

        var testDescription: String { "\(program), \(version), \(key)" }

        /// With TLS 1.2 another group than the default, so that two are tried.
        var group: NamedGroup { version == .tls12 ? .secp256r1 : .x25519 }

        /// What Node and OpenSSL call it.
        var groupNames: Set<String> { group == .x25519 ? ["X25519"] : ["prime256v1", "P-256"] }

        static let all = PeerProgram.allCases.flatMap { program in
            [ProtocolVersion.tls12, .tls13].flatMap { version in
                KeyKind.allCases.map { Case(program: program, version: version, key: $0) }
            }
        }
    }

    let bench: Workbench

    init() throws { bench = try Workbench() }

    @Test(arguments: Case.all) func haspAsServer(_ test: Case) async throws {
        guard test.program.isInstalled else { return }
        let issued = try bench.issue(key: test.key)
        let server = try await HaspServer.echo(TLSOptions(groups: [test.group], identities: [issued.identity]))
        var order = PeerOrder(port: server.port, version: test.version, ca: bench.caFile)
        order.message = "hear, \(test.program), hear\n"
        let peer = try await test.program.client(order)

        let facts = try await test.program.facts(of: peer)
        #expect(try await test.program.finishesEcho(peer, message: order.message))
        #expect(try await server.ending() == nil)

        let report = try await server.report()
        check(test, facts, report)
        #expect(report.signatureScheme == test.key.signatureScheme)
        #expect(report.serverName == "localhost")
        #expect(facts.subject == "localhost")
        #expect(!report.isAuthorized, "nobody asked the client for a certificate")
        if let group = facts.group { #expect(test.groupNames.contains(group)) }
    }

    @Test(arguments: Case.all) func haspAsClient(_ test: Case) async throws {
        guard test.program.isInstalled else { return }
        var order = PeerOrder(version: test.version)
        order.use(try bench.issue(key: test.key).write(to: bench.path))
        let (peer, port) = try await test.program.server(order)

        let socket = try await TLS.connect(
            host: "localhost", port: port, options: bench.clientOptions { $0.groups = [test.group] })
        #expect(socket.isEncrypted)
        #expect(socket.isAuthorized)
        try await socket.write("hear, hear\n")
        let heard = String(decoding: try await socket.read(count: 11), as: UTF8.self)
        #expect(heard == (test.program == .openssl ? "raeh ,raeh\n" : "hear, hear\n"))
        try await socket.end()
        if test.program == .openssl {
            // Its server hangs up without a word when the client has ended.
            _ = try? await socket.read()
        } else {
            #expect(try await socket.read() == nil)
        }
        let facts = try await test.program.facts(of: peer)
        try await test.program.seesOrderlyEnd(peer)

        check(test, facts, socket.handshake)
        #expect(socket.handshake.signatureScheme == test.key.signatureScheme)
        #expect(socket.handshake.peer?.subject.description.contains("localhost") == true)
        if let name = facts.serverName { #expect(name == "localhost") }
    }

    private func check(_ test: Case, _ facts: PeerFacts, _ report: HandshakeReport) {
        #expect(report.version == test.version)
        #expect(facts.version == "\(test.version)")
        #expect(report.cipherSuite.isKnown)
        #expect(facts.cipher == report.cipherSuite)
        #expect(report.cipherSuite.isTLS13 == (test.version == .tls13))
        #expect(report.group == test.group)
        #expect(!report.isSessionReused)
    }
}
