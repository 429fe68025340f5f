//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspTesting
import HaspWire
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Tickets, seen by the one who gets them.
@Suite struct SessionTests {
    // MARK: How many

    @Test(arguments: [0, 1, 2, 5, 16])
    func ticketsPerHandshake(_ count: Int) throws {
        #expect(try recordsAfterTheHandshake { $0.sessions.ticketsPerHandshake = count } == count)
    }

    @Test func twoTicketsByDefaultAndNoneWhenOff() throws {
        #expect(try recordsAfterTheHandshake { _ in } == 2)
        #expect(try recordsAfterTheHandshake { $0.sessions.isTicketsEnabled = false } == 0)
    }

    @Test func ticketOfTLS12NamesItsLifetime() throws {
        #expect(try lifetimeHint { _ in } == 7200)
        #expect(try lifetimeHint { $0.sessions.timeoutSeconds = 90 } == 90)
        #expect(try lifetimeHint { $0.sessions.isTicketsEnabled = false } == nil)
    }

    @Test(arguments: [
        SessionOptions(timeoutSeconds: -1), SessionOptions(timeoutSeconds: 1 << 31),
        SessionOptions(ticketsPerHandshake: -1), SessionOptions(ticketsPerHandshake: 17),
    ])
    func impossibleNumbersAreRefused(_ sessions: SessionOptions) throws {
        let error = try #require(
            throws: TLSError.self, performing: { try SecureContext(TLSOptions(sessions: sessions)) })
        #expect(error.code == .optionInvalid)
        #expect(error.detail.contains("sessions."))
    }

    // MARK: Resumption, with a client that keeps sessions

    @Test func ticketIsResumed() async throws {
        try await withResumingClient { client in
            let context = try Fixture.server()
            #expect(try await client.isResumed(first: context, then: context))
        }
    }

    @Test func nothingIsResumedWithoutTickets() async throws {
        try await withResumingClient { client in
            let context = try Fixture.server { $0.sessions.isTicketsEnabled = false }
            #expect(try await client.isResumed(first: context, then: context) == false)
        }
    }

    @Test func ticketOfAnotherServerIsPassedOver() async throws {
        try await withResumingClient { client in
            let (one, other) = (try Fixture.server(), try Fixture.server())
            #expect(try await client.isResumed(first: one, then: other) == false)
        }
    }

    /// All contexts of a server share the ticket keys of the first. What is earned under one name's authority must
    /// not open the door of another.
    @Test func ticketDoesNotCrossTrustDomains() async throws {
        try await withResumingClient { client in
            let gate = try Fixture.server()
            let identity = try Fixture.identity().identity
            func context(_ change: (inout TLSOptions) throws -> Void) throws -> SecureContext {
                try Fixture.server {
                    $0.identities = [identity]
                    $0.verification = .reportOnly
                    try change(&$0)
                }
            }
            let open = try context { _ in }
            let same = try context { _ in }
            let others = [
                try context { $0.trust = .pem(try Fixture.stranger.pem) },
                try context { $0.trust = .system.adding(pem: try Fixture.ca.pem) },
                try context { $0.verification = .required },
                try context { $0.verification = .byRole },
                try context { $0.identities = [try Fixture.identity(.ed25519).identity] },
            ]
            #expect(try await client.isResumed(behind: gate, first: open, then: open))
            #expect(try await client.isResumed(behind: gate, first: open, then: same))
            for other in others {
                #expect(try await client.isResumed(behind: gate, first: open, then: other) == false)
                #expect(try await client.isResumed(behind: gate, first: other, then: open) == false)
            }
        }
    }

    // MARK: Helpers

    /// The number of records that a server of TLS 1.3 sends once it has the client's last message: one for each ticket.
    private func recordsAfterTheHandshake(_ change: (inout TLSOptions) throws -> Void) throws -> Int {
        let pair = try Fixture.pair(server: Fixture.server(change))
        pair.carry(.toServer)
        pair.carry(.toClient)
        pair.carry(.toServer)
        try #require(pair.isSecure)
        var records = RecordParser()
        records.append(pair.server.encrypted.read())
        var count = 0
        while let record = try records.next() {
            #expect(record.type == .applicationData)
            count += 1
        }
        return count
    }

    /// The lifetime in the ticket of TLS 1.2, which can be read on its way (RFC 5077, section 3.3).
    private func lifetimeHint(_ change: (inout TLSOptions) throws -> Void) throws -> Int? {
        let pair = try Fixture.pair(
            client: Fixture.client { $0.maximumVersion = .tls12 }, server: Fixture.server(change))
        pair.carry(.toServer)
        pair.carry(.toClient)
        pair.carry(.toServer)
        var records = RecordParser()
        var messages = HandshakeParser()
        records.append(pair.server.encrypted.read())
        while let record = try records.next(), record.type == .handshake { messages.append(record.payload) }
        while let message = try messages.next() {
            guard message.type == .newSessionTicket else { continue }
            return message.body.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        }
        return nil
    }

    private func withResumingClient(_ body: (ResumingClient) async throws -> Void) async throws {
        guard PeerProgram.isInstalled("openssl") else { return }
        try await body(ResumingClient())
    }
}

/// `openssl s_client`, which keeps the session of one connection for the next.
private struct ResumingClient {
    /// Connects to a server with one context, then to one with another.
    func isResumed(first: SecureContext, then second: SecureContext) async throws -> Bool {
        let session = try TemporaryFile()
        for (context, isFirst) in [(first, true), (second, false)] {
            let server = try await FaultyServer.start(.echo(context: context))
            let isReused = try connect(to: server, name: "localhost", session, isFirst: isFirst)
            try await server.close()
            if !isFirst { return isReused }
        }
        return false
    }

    /// Connects twice to one server, which chooses its context by the name that is asked for.
    func isResumed(
        behind gate: SecureContext, first: SecureContext, then second: SecureContext
    ) async throws -> Bool {
        let script = FaultyScript([.tls(gate, choose: { $0 == "first.test" ? first : second })])
        let server = try await FaultyServer.start(script)
        let session = try TemporaryFile()
        _ = try connect(to: server, name: "first.test", session, isFirst: true)
        let isReused = try connect(to: server, name: "second.test", session, isFirst: false)
        try await server.close()
        return isReused
    }

    /// TLS 1.2, where the ticket is a part of the handshake and cannot come too late.
    private func connect(
        to server: FaultyServer, name: String, _ session: TemporaryFile, isFirst: Bool
    ) throws -> Bool {
        // The client keeps nothing where there is nothing to resume.
        let kept = try FileManager.default.attributesOfItem(atPath: session.path)[.size] as? Int
        if !isFirst, kept == 0 { return false }
        let identity = try Fixture.clientIdentity()
        let certificate = try TemporaryFile(identity.certificatePEM)
        let key = try TemporaryFile(identity.keyPEM)
        let output = try PeerProgram.run(
            "openssl",
            [
                "s_client", "-connect", "\(server.host):\(server.port)", "-servername", name, "-tls1_2",
                "-cert", certificate.path, "-key", key.path, isFirst ? "-sess_out" : "-sess_in", session.path,
            ])
        let isNew = output.text.contains("New, TLSv1.2")
        let isReused = output.text.contains("Reused, TLSv1.2")
        try #require(isNew != isReused, "\(output.text)\(output.errors)")
        return isReused
    }
}
