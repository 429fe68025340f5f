//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspTesting
import HaspWire
import Testing

/// What both ends know of a finished handshake.
@Suite struct HandshakeFactsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var version: ProtocolVersion
        var key: PrivateKey.Kind
        var suites: [CipherSuite]
        var scheme: SignatureScheme
        var testDescription: String { "\(version) \(key)" }
    }

    static let cases = [
        Case(
            version: .tls12, key: .rsa(), suites: [.ecdheRSAWithAES128GCM, .ecdheRSAWithAES256GCM],
            scheme: .rsaPSSRSAESHA256),
        Case(
            version: .tls12, key: .p256, suites: [.ecdheECDSAWithAES128GCM], scheme: .ecdsaSecp256r1SHA256),
        Case(version: .tls12, key: .ed25519, suites: [.ecdheECDSAWithAES128GCM], scheme: .ed25519),
        Case(version: .tls13, key: .rsa(), suites: [.aes128GCM], scheme: .rsaPSSRSAESHA256),
        Case(version: .tls13, key: .p256, suites: [.aes128GCM], scheme: .ecdsaSecp256r1SHA256),
        Case(version: .tls13, key: .ed25519, suites: [.aes128GCM], scheme: .ed25519),
    ]

    @Test(arguments: cases)
    func bothEndsKnowTheSame(_ test: Case) throws {
        let intermediate = try Fixture.ca.intermediate()
        let identity = try Fixture.identity(test.key, of: intermediate)
        let server = try Fixture.server {
            $0.identities = [identity.identity]
            $0.alpnProtocols = ["h2", "http/1.1"]
            $0.groups = [.secp384r1, .secp256r1]
        }
        let client = try Fixture.client {
            $0.minimumVersion = test.version
            $0.maximumVersion = test.version
            $0.alpnProtocols = ["http/1.1"]
            // TLS 1.2 has one list for the key exchange and for the curves of certificates.
            $0.groups = [.secp384r1, .secp256r1]
        }
        let reports = try Fixture.pair(client: client, server: server).shake()

        for report in [reports.client, reports.server] {
            #expect(report.version == test.version)
            #expect(test.suites.contains(report.cipherSuite))
            #expect(report.group == .secp384r1)
            #expect(report.signatureScheme == test.scheme)
            #expect(report.clientSignatureScheme == nil)
            #expect(report.alpnProtocol == "http/1.1")
            #expect(report.serverName == "localhost")
            #expect(!report.isSessionReused)
            #expect(!report.isClientCertificateRequested)
            #expect(report.clientHello?.supportedGroups == [.secp384r1, .secp256r1])
        }
        #expect(reports.client.role == .client)
        #expect(reports.server.role == .server)
        #expect(reports.client.peerChain == identity.certificateChain)
        #expect(reports.client.peerChain.count == 2)
        #expect(reports.client.localChain.isEmpty)
        #expect(reports.client.isAuthorized)
        #expect(reports.client.authorizationError == nil)
        #expect(reports.server.localChain == identity.certificateChain)
        #expect(reports.server.peerChain.isEmpty)
        #expect(!reports.server.isAuthorized)
    }

    @Test(arguments: testedVersions)
    func factsOfMutualTLS(_ version: ProtocolVersion) throws {
        let alice = try Fixture.clientIdentity(of: Fixture.ca.intermediate(), kind: .ed25519)
        let pair = try Fixture.pair(
            client: Fixture.client {
                $0.identities = [alice.identity]
                $0.maximumVersion = version
            },
            server: Fixture.server { $0.verification = .required })
        let reports = try pair.shake()

        #expect(reports.server.isAuthorized)
        #expect(reports.server.peerChain == alice.certificateChain)
        #expect(reports.server.peer?.subject.commonName == "alice")
        #expect(reports.client.localChain == alice.certificateChain)
        for report in [reports.client, reports.server] {
            #expect(report.clientSignatureScheme == .ed25519)
            #expect(report.signatureScheme == .ecdsaSecp256r1SHA256)
            #expect(report.isClientCertificateRequested)
        }
    }

    @Test(arguments: testedVersions)
    func certificateThatNobodyAskedForWasNotShown(_ version: ProtocolVersion) throws {
        let reports = try Fixture.pair(
            client: Fixture.client {
                $0.identities = [try Fixture.clientIdentity().identity]
                $0.maximumVersion = version
            }
        ).shake()
        #expect(reports.client.localChain.isEmpty)
        #expect(reports.server.peerChain.isEmpty)
    }

    @Test func helloRetryIsSeenByBothEnds() throws {
        let retried = try Fixture.pair(
            client: Fixture.client { $0.groups = [.x25519, .secp256r1] },
            server: Fixture.server { $0.groups = [.secp256r1] }
        ).shake()
        #expect(retried.client.isHelloRetried && retried.server.isHelloRetried)
        #expect(retried.client.group == .secp256r1 && retried.server.group == .secp256r1)

        let direct = try Fixture.pair(
            client: Fixture.client { $0.groups = [.secp256r1] }, server: Fixture.server { $0.groups = [.secp256r1] }
        ).shake()
        #expect(!direct.client.isHelloRetried && !direct.server.isHelloRetried)
    }

    @Test func addressIsNotSentAsServerName() throws {
        let reports = try Fixture.pair(name: "127.0.0.1").shake()
        #expect(reports.server.serverName == nil)
        #expect(reports.client.isAuthorized)
    }

    @Test(arguments: testedVersions)
    func timelineIsInOrderAndComplete(_ version: ProtocolVersion) throws {
        let reports = try Fixture.pair(client: Fixture.client { $0.maximumVersion = version }).shake()
        #expect(
            reports.client.timeline.steps.map(\.step)
                == [.connected, .helloSent, .firstByte, .helloReceived, .certificate, .finished])
        #expect(
            reports.server.timeline.steps.map(\.step)
                == [.connected, .firstByte, .helloReceived, .helloSent, .certificate, .finished])
        for timeline in [reports.client.timeline, reports.server.timeline] {
            let times = timeline.steps.map(\.elapsed)
            #expect(times == times.sorted())
            #expect(timeline.handshakeDuration == timeline.elapsed(until: .finished))
        }
    }

    @Test func timelineOfAFailureEndsWhereItFailed() throws {
        let pair = try Fixture.pair(server: Fixture.server(showing: Fixture.identity(of: Fixture.stranger)))
        #expect(pair.failure() != nil)
        let timeline = pair.client.engine.report.timeline
        #expect(timeline.elapsed(until: .certificate) != nil)
        #expect(timeline.elapsed(until: .finished) == nil)
        #expect(timeline.handshakeDuration == nil)
    }

    @Test(arguments: testedVersions)
    func failureKeepsTheChainThatWasRefused(_ version: ProtocolVersion) throws {
        let identity = try Fixture.identity(of: Fixture.stranger.intermediate())
        let pair = try Fixture.pair(server: Fixture.server(showing: identity, version))
        #expect(pair.failure()?.code == .certificateRejected)
        let report = pair.client.engine.report
        #expect(report.peerChain == identity.certificateChain)
        #expect(!report.isAuthorized)
        #expect(!report.verificationErrors.isEmpty)
    }
}
