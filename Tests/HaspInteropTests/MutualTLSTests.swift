//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import Testing

/// Client certificates in both roles: taken, missing, of a strange authority, expired; and what each side says of it.
@Suite(.serialized, .timeLimit(.minutes(2))) struct MutualTLSTests {
    enum Shown: String, CaseIterable, Sendable {
        case good, none, strange, expired
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var program: PeerProgram
        var version: ProtocolVersion
        var shown: Shown

        var testDescription: String { "\(program), \(version), \(shown)" }

        static let all = PeerProgram.allCases.flatMap { program in
            [ProtocolVersion.tls12, .tls13].flatMap { version in
                Shown.allCases.map { Case(program: program, version: version, shown: $0) }
            }
        }
    }

    let bench: Workbench

    init() throws { bench = try Workbench() }

    private func identity(_ shown: Shown) throws -> IssuedIdentity? {
        let key = try TestKeys.shared(.p256, slot: 1)
        switch shown {
        case .good: return try bench.ca.issue(names: ["client"], privateKey: key)
        case .none: return nil
        case .strange: return try TestCA(name: "Strange CA").issue(names: ["client"], privateKey: key)
        case .expired: return try bench.ca.issue(names: ["client"], validity: .expired, privateKey: key)
        }
    }

    // MARK: Hasp as the server

    @Test(arguments: Case.all) func haspAsServer(_ test: Case) async throws {
        guard test.program.isInstalled else { return }
        let server = try await HaspServer.echo(
            TLSOptions(identities: [bench.issue().identity], trust: .pem(bench.ca.pem), verification: .required))
        var order = PeerOrder(port: server.port, version: test.version, ca: bench.caFile)
        order.use(try identity(test.shown)?.write(to: bench.path, name: "client"))
        let peer = try await test.program.client(order)

        guard test.shown != .good else {
            #expect(try await test.program.finishesEcho(peer, message: order.message))
            let report = try await server.report()
            #expect(report.isAuthorized)
            #expect(report.peer?.subject.description.contains("client") == true)
            #expect(report.clientSignatureScheme == .ecdsaSecp256r1SHA256)
            return
        }
        let failure = try await server.failure()
        let alert = Self.alertOfHasp(test)
        #expect(failure.code == (test.shown == .none ? .clientCertificateMissing : .certificateRejected))
        #expect(failure.alert?.isReceived == false)
        #expect(failure.alert?.alert.description == alert)
        #expect(failure.peerAddress?.hasPrefix("127.0.0.1:") == true)
        if test.shown == .expired { #expect(failure.verification.first?.code == .expired) }
        #expect(Self.words(for: alert).contains(try await test.program.errorText(of: peer)), "\(test)")
        #expect(server.record.value.established.isEmpty, "the handler must not run")
    }

    private static func alertOfHasp(_ test: Case) -> AlertDescription {
        switch test.shown {
        case .good: .closeNotify
        // RFC 8446, section 4.4.2.4; TLS 1.2 has no alert of its own for this.
        case .none: test.version == .tls13 ? .certificateRequired : .handshakeFailure
        case .strange: .unknownCA
        case .expired: .certificateExpired
        }
    }

    /// What the programs call an alert that they receive.
    struct Words {
        var some: [String]

        func contains(_ text: String) -> Bool { some.contains { text.lowercased().contains($0.lowercased()) } }
    }

    private static func words(for alert: AlertDescription) -> Words {
        let number = "alert number \(alert.rawValue)"
        return switch alert {
        case .certificateRequired: Words(some: [number, "ALERT_CERTIFICATE_REQUIRED", "tls: certificate required"])
        case .handshakeFailure: Words(some: [number, "ALERT_HANDSHAKE_FAILURE", "tls: handshake failure"])
        case .unknownCA: Words(some: [number, "ALERT_UNKNOWN_CA", "tls: unknown certificate authority"])
        default: Words(some: [number, "ALERT_CERTIFICATE_EXPIRED", "tls: expired certificate"])
        }
    }

    @Test(arguments: PeerProgram.allCases, Shown.allCases)
    func serverOnlyReports(_ program: PeerProgram, _ shown: Shown) async throws {
        guard program.isInstalled else { return }
        let server = try await HaspServer.echo(
            TLSOptions(identities: [bench.issue().identity], trust: .pem(bench.ca.pem), verification: .reportOnly))
        var order = PeerOrder(port: server.port, ca: bench.caFile)
        order.use(try identity(shown)?.write(to: bench.path, name: "client"))
        let peer = try await program.client(order)
        #expect(try await program.finishesEcho(peer, message: order.message))
        let report = try await server.report()
        #expect(report.isAuthorized == (shown == .good))
        #expect((report.authorizationError == nil) == (shown == .good))
        if shown == .expired { #expect(report.authorizationError?.code == .expired) }
    }

    // MARK: Hasp as the client

    @Test(arguments: Case.all) func haspAsClient(_ test: Case) async throws {
        guard test.program.isInstalled else { return }
        var order = PeerOrder(version: test.version, ca: bench.caFile, isClientCertificateRequired: true)
        order.use(try bench.issue().write(to: bench.path))
        let (peer, port) = try await test.program.server(order)
        let own = try identity(test.shown)
        let options = bench.clientOptions { $0.identities = own.map { [$0.identity] } ?? [] }

        guard test.shown != .good else {
            let socket = try await TLS.connect(host: "localhost", port: port, options: options)
            #expect(socket.handshake.isClientCertificateRequested)
            #expect(socket.handshake.local?.subject.description.contains("client") == true)
            try await socket.write("hear, hear\n")
            #expect(try await socket.read(count: 11).count == 11)
            try await socket.end()
            let facts = try await test.program.facts(of: peer)
            if test.program != .openssl { #expect(facts.subject == "client") }
            return
        }
        // With TLS 1.3 the client has finished before the server looks at its certificate.
        let error = await #expect(throws: TLSError.self, "\(test)") {
            let socket = try await TLS.connect(host: "localhost", port: port, options: options)
            try await socket.write("hear, hear\n")
            while try await socket.read() != nil {}
        }
        // Node's server cuts the connection of a client that it does not trust, without an alert.
        if test.program == .node && test.shown != .none {
            #expect([.truncated, .resetByPeer, .closedDuringHandshake].contains(error?.code), "\(test)")
            return
        }
        #expect(error?.code == .rejectedByPeer, "\(test)")
        #expect(error?.alert?.isReceived == true)
        #expect(error?.alert?.alert.description == Self.alertOfPeer(test), "\(test)")
        if test.program != .openssl { #expect(try await !test.program.errorText(of: peer).isEmpty) }
    }

    private static func alertOfPeer(_ test: Case) -> AlertDescription {
        // Go names no reason.
        test.program == .go ? .badCertificate : alertOfHasp(test)
    }
}
