//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import Testing

/// Names and application protocols as other programs see them.
@Suite(.serialized, .timeLimit(.minutes(2))) struct NegotiationTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    // MARK: SNI

    @Test(arguments: PeerProgram.allCases) func nameChoosesTheCertificate(_ program: PeerProgram) async throws {
        guard program.isInstalled else { return }
        let server = try await HaspServer.echo(TLSOptions(identities: [bench.issue().identity]))
        try server.server.addContext(
            "one.example", SecureContext(identity: bench.issue(["one.example"], key: .ed25519).identity))
        try server.server.addContext(
            "*.wild.example", SecureContext(identity: bench.issue(["*.wild.example"], key: .rsa).identity))

        let wanted = [
            "localhost": "localhost", "one.example": "one.example", "any.wild.example": "*.wild.example",
        ]
        for (name, subject) in wanted {
            let order = PeerOrder(port: server.port, ca: bench.caFile, serverName: name)
            let peer = try await program.client(order)
            #expect(try await program.facts(of: peer).subject == subject)
            #expect(try await program.finishesEcho(peer, message: order.message))
        }
        // Nobody else's certificate is shown to who asks for an unknown name, and its client says no.
        let stranger = try await program.client(
            PeerOrder(port: server.port, ca: bench.caFile, serverName: "two.example"))
        let words = try await program.errorText(of: stranger)
        #expect(words.lowercased().contains("certificate") || words.contains("ERR_TLS_CERT_ALTNAME_INVALID"))
    }

    @Test(arguments: [PeerProgram.node, .python, .go]) func clientSendsTheName(_ program: PeerProgram) async throws {
        guard program.isInstalled else { return }
        var order = PeerOrder()
        order.use(try bench.issue(["one.example", "127.0.0.1"]).write(to: bench.path))
        let (peer, port) = try await program.server(order)
        var options = bench.clientOptions()
        options.serverName = "one.example"
        let socket = try await TLS.connect(host: "127.0.0.1", port: port, options: options)
        try await socket.end()
        #expect(try await program.facts(of: peer).serverName == "one.example")
    }

    @Test(arguments: [PeerProgram.node, .python, .go]) func noNameForAnAddress(_ program: PeerProgram) async throws {
        guard program.isInstalled else { return }
        var order = PeerOrder()
        order.use(try bench.issue(["127.0.0.1"]).write(to: bench.path))
        let (peer, port) = try await program.server(order)
        let socket = try await TLS.connect(host: "127.0.0.1", port: port, options: bench.clientOptions())
        #expect(socket.isAuthorized)
        try await socket.end()
        #expect(try await program.facts(of: peer).serverName == nil)
    }

    // MARK: ALPN

    @Test(arguments: PeerProgram.allCases, [ProtocolVersion.tls12, .tls13])
    func serverAgreesOnAProtocol(_ program: PeerProgram, _ version: ProtocolVersion) async throws {
        guard program.isInstalled else { return }
        let server = try await HaspServer.echo(
            TLSOptions(identities: [bench.issue().identity], alpnProtocols: ["h2", "http/1.1"]))
        let order = PeerOrder(port: server.port, version: version, ca: bench.caFile, alpn: ["http/1.1", "h2"])
        let peer = try await program.client(order)
        #expect(try await program.facts(of: peer).alpn == "h2", "the server's order decides")
        #expect(try await program.finishesEcho(peer, message: order.message))
        #expect(try await server.report().alpnProtocol == "h2")
    }

    @Test(arguments: PeerProgram.allCases, [ProtocolVersion.tls12, .tls13])
    func serverRefusesOtherProtocols(_ program: PeerProgram, _ version: ProtocolVersion) async throws {
        guard program.isInstalled else { return }
        let server = try await HaspServer.echo(
            TLSOptions(identities: [bench.issue().identity], alpnProtocols: ["h2"]))
        let peer = try await program.client(
            PeerOrder(port: server.port, version: version, ca: bench.caFile, alpn: ["spdy/3"]))

        let words = try await program.errorText(of: peer)
        switch program {
        case .openssl: #expect(words.contains("alert number 120"))
        case .node: #expect(words.contains("ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL"))
        // Older versions of its module have no symbol for this alert.
        case .python:
            #expect(words.replacing("_", with: " ").lowercased().contains("alert no application protocol"))
        case .go: #expect(words.contains("no application protocol"))
        }
        let failure = try await server.failure()
        #expect(failure.code == .noApplicationProtocol)
        #expect(failure.alert?.alert.description == .noApplicationProtocol)
        #expect(failure.alert?.isReceived == false)
    }

    @Test(arguments: PeerProgram.allCases, [ProtocolVersion.tls12, .tls13])
    func clientAgreesOnAProtocol(_ program: PeerProgram, _ version: ProtocolVersion) async throws {
        guard program.isInstalled else { return }
        var order = PeerOrder(version: version, alpn: ["http/1.1"])
        order.use(try bench.issue().write(to: bench.path))
        let (peer, port) = try await program.server(order)
        let socket = try await TLS.connect(
            host: "localhost", port: port, options: bench.clientOptions { $0.alpnProtocols = ["h2", "http/1.1"] })
        #expect(socket.handshake.alpnProtocol == "http/1.1")
        try await socket.end()
        let facts = try await program.facts(of: peer)
        if program != .openssl { #expect(facts.alpn == "http/1.1") }
    }

    /// Python's server goes on without a protocol; the others send alert 120.
    @Test(arguments: [PeerProgram.openssl, .node, .go], [ProtocolVersion.tls12, .tls13])
    func clientIsRefusedForItsProtocols(_ program: PeerProgram, _ version: ProtocolVersion) async throws {
        guard program.isInstalled else { return }
        var order = PeerOrder(version: version, alpn: ["http/1.1"])
        order.use(try bench.issue().write(to: bench.path))
        let (peer, port) = try await program.server(order)
        let error = await #expect(throws: TLSError.self) {
            try await TLS.connect(
                host: "localhost", port: port, options: bench.clientOptions { $0.alpnProtocols = ["h2"] })
        }
        #expect(error?.code == .noApplicationProtocol)
        #expect(error?.alert?.alert.description == .noApplicationProtocol)
        #expect(error?.alert?.isReceived == true)
        #expect(error?.nodeCode == "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL")
        peer.stop()
    }

    @Test func pythonGoesOnWithoutAProtocol() async throws {
        guard PeerProgram.python.isInstalled else { return }
        var order = PeerOrder(alpn: ["http/1.1"])
        order.use(try bench.issue().write(to: bench.path))
        let (peer, port) = try await PeerProgram.python.server(order)
        let socket = try await TLS.connect(
            host: "localhost", port: port, options: bench.clientOptions { $0.alpnProtocols = ["h2"] })
        #expect(socket.handshake.alpnProtocol == nil)
        try await socket.end()
        _ = try await PeerProgram.python.facts(of: peer)
    }
}
