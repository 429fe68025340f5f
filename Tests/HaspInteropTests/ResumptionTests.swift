//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspTLS
import HaspTesting
import Testing

/// Hasp's tickets in the hands of OpenSSL's client: what may be resumed, and what must not be.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ResumptionTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    /// One run of `openssl s_client`.
    private func connect(
        to server: HaspServer, _ version: ProtocolVersion, name: String = "localhost", saving: String? = nil,
        resuming: String? = nil, certificate: (certificateFile: String, keyFile: String)? = nil
    ) async throws -> (isReused: Bool, text: String) {
        var order = PeerOrder(port: server.port, version: version, ca: bench.caFile, serverName: name)
        order.use(certificate)
        var arguments = OpenSSL.client(order)
        if let saving { arguments += ["-sess_out", bench.file(saving).path] }
        if let resuming { arguments += ["-sess_in", bench.file(resuming).path] }
        let peer = try Peer(["openssl"] + arguments)
        // A refused client may be gone by now; its output says so.
        try? peer.send("hear, hear\n")
        // The echo comes after the tickets.
        _ = try await peer.find("echo or error") { $0.contains("hear, hear\n") || $0.contains(":error:") ? true : nil }
        peer.closeInput()
        let text = try await peer.end().text
        return (text.contains("Reused, "), text)
    }

    @Test(arguments: [ProtocolVersion.tls12, .tls13]) func ticketsAreResumed(_ version: ProtocolVersion) async throws {
        guard PeerProgram.openssl.isInstalled else { return }
        let server = try await HaspServer.echo(TLSOptions(identities: [bench.issue().identity]))
        #expect(try await !connect(to: server, version, saving: "session").isReused)
        #expect(try await connect(to: server, version, resuming: "session").isReused)
        #expect(try await !server.report(0).isSessionReused)
        let resumed = try await server.report(1)
        #expect(resumed.isSessionReused)
        #expect(resumed.version == version)
        #expect(resumed.serverName == "localhost")
        #expect(!resumed.isAuthorized)
    }

    @Test(arguments: [ProtocolVersion.tls12, .tls13]) func noTicketsWhenSwitchedOff(
        _ version: ProtocolVersion
    ) async throws {
        guard PeerProgram.openssl.isInstalled else { return }
        let server = try await HaspServer.echo(
            TLSOptions(identities: [bench.issue().identity], sessions: SessionOptions(isTicketsEnabled: false)))
        _ = try await connect(to: server, version, saving: "session")
        #expect(try await !server.report(0).isSessionReused)
        guard FileManager.default.fileExists(atPath: bench.file("session").path) else { return }
        #expect(try await !connect(to: server, version, resuming: "session").isReused)
    }

    /// A session that began where nobody had to prove anything must not open the door of another name.
    @Test(arguments: [ProtocolVersion.tls12, .tls13]) func notAcrossNames(_ version: ProtocolVersion) async throws {
        guard PeerProgram.openssl.isInstalled else { return }
        let server = try await HaspServer.echo(TLSOptions(identities: [bench.issue().identity]))
        try server.server.addContext(
            "closed.example",
            SecureContext(
                TLSOptions(
                    identities: [bench.issue(["closed.example"]).identity], trust: .pem(bench.ca.pem),
                    verification: .required)))
        _ = try await connect(to: server, version, saving: "session")
        let (isReused, text) = try await connect(to: server, version, name: "closed.example", resuming: "session")
        #expect(!isReused, "\(text)")
        #expect(try await server.failure().code == .clientCertificateMissing)
        #expect(server.record.value.established.count == 1)
    }

    /// The same between two names that trust different authorities.
    @Test(arguments: [ProtocolVersion.tls12, .tls13]) func notAcrossAuthorities(
        _ version: ProtocolVersion
    ) async throws {
        guard PeerProgram.openssl.isInstalled else { return }
        let other = try TestCA(name: "Other CA")
        let server = try await HaspServer.echo(TLSOptions(identities: [bench.issue().identity]))
        for (name, trusted) in [("one.example", bench.ca), ("two.example", other)] {
            try server.server.addContext(
                name,
                SecureContext(
                    TLSOptions(
                        identities: [bench.issue([name]).identity], trust: .pem(trusted.pem), verification: .required)))
        }
        let own = try bench.ca.issue(names: ["client"]).write(to: bench.path, name: "client")
        _ = try await connect(to: server, version, name: "one.example", saving: "session", certificate: own)
        #expect(try await server.report(0).isAuthorized)

        let same = try await connect(to: server, version, name: "one.example", resuming: "session", certificate: own)
        #expect(same.isReused)
        let resumed = try await server.report(1)
        #expect(resumed.isSessionReused)
        #expect(resumed.isAuthorized, "the certificate was verified when the session began")
        #expect(resumed.peer?.subject.description.contains("client") == true)

        let across = try await connect(to: server, version, name: "two.example", resuming: "session", certificate: own)
        #expect(!across.isReused, "\(across.text)")
        #expect(try await server.failure().code == .certificateRejected)
        #expect(server.record.value.established.count == 2)
    }

    /// A session without a certificate stays one without, however often it is resumed.
    @Test(arguments: [ProtocolVersion.tls12, .tls13]) func neverAuthorisedWithoutACertificate(
        _ version: ProtocolVersion
    ) async throws {
        guard PeerProgram.openssl.isInstalled else { return }
        let server = try await HaspServer.echo(
            TLSOptions(identities: [bench.issue().identity], trust: .pem(bench.ca.pem), verification: .reportOnly))
        _ = try await connect(to: server, version, saving: "session")
        #expect(try await connect(to: server, version, resuming: "session").isReused)
        for index in 0...1 {
            let report = try await server.report(index)
            #expect(report.isSessionReused == (index == 1))
            #expect(!report.isAuthorized)
            #expect(report.authorizationError != nil)
            #expect(report.peer == nil)
        }
    }

    /// And one whose certificate was objected to keeps the objection.
    @Test(arguments: [ProtocolVersion.tls12, .tls13]) func objectionsAreKept(_ version: ProtocolVersion) async throws {
        guard PeerProgram.openssl.isInstalled else { return }
        let server = try await HaspServer.echo(
            TLSOptions(identities: [bench.issue().identity], trust: .pem(bench.ca.pem), verification: .reportOnly))
        let expired = try bench.ca.issue(names: ["client"], validity: .expired).write(to: bench.path, name: "client")
        _ = try await connect(to: server, version, saving: "session", certificate: expired)
        #expect(try await connect(to: server, version, resuming: "session", certificate: expired).isReused)
        for index in 0...1 {
            let report = try await server.report(index)
            #expect(report.isSessionReused == (index == 1))
            #expect(!report.isAuthorized)
            #expect(report.authorizationError?.code == .expired)
        }
    }
}
