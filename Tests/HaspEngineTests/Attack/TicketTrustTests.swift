//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspTesting
import HaspWire
import Testing

/// A ticket that was earned where nobody is asked who he is must not open the door where everybody is. All names of a
/// server share its ticket keys.
@Suite struct TicketTrustTests {
    @Test(arguments: testedVersions, [PeerVerification.byRole, .reportOnly])
    func aTicketWithoutCertificateDoesNotReplaceOne(
        _ version: ProtocolVersion, _ earlier: PeerVerification
    ) throws {
        let main = try context(version, .byRole)
        let open = try context(version, earlier)
        let closed = try context(version, .required)

        let first = try connect(to: main, choosing: open, session: nil)
        #expect(first.server.isEstablished)
        #expect(!first.server.report.isAuthorized)
        let session = try #require(first.client.session)

        // The control: where it was earned, it is good.
        let again = try connect(to: main, choosing: open, session: session)
        #expect(again.client.isSessionReused)
        #expect(!again.server.report.isAuthorized)

        let attempt = try connect(to: main, choosing: closed, session: session)
        #expect(!attempt.server.isEstablished)
        #expect(!attempt.server.report.isAuthorized)
        #expect(attempt.server.failure?.code == .clientCertificateMissing)
    }

    private func context(_ version: ProtocolVersion, _ verification: PeerVerification) throws -> SecureContext {
        let identity = try identity.get()
        return try Fixture.server {
            $0.identities = [identity]
            $0.maximumVersion = version
            $0.verification = verification
        }
    }

    private let identity = Result { try Fixture.identity().identity }

    private func connect(
        to main: SecureContext, choosing chosen: SecureContext, session: ForeignSession?
    ) throws -> (client: ForeignClient, server: TLSEngine) {
        let client = try ForeignClient(name: "localhost", session: session)
        let server = try SecurePair(
            context: main, role: .server, options: TLSEngine.Options(isStoppingAtClientHello: true))
        try server.encrypted.write(client.advance([]))
        server.engine.choose(chosen)
        try? server.resume()
        for _ in 0..<4 { try? server.encrypted.write(client.advance(server.encrypted.read())) }
        return (client, server.engine)
    }
}
