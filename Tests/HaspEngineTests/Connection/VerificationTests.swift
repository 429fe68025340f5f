//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspExplain
import HaspTesting
import HaspWire
import Testing

/// Whether the peer must prove who it is, in every mode and both roles.
@Suite struct VerificationTests {
    // MARK: The client looks at the server

    @Test(arguments: [PeerVerification.byRole, .required])
    func clientRefusesWhomItDoesNotTrust(_ mode: PeerVerification) throws {
        for version in testedVersions {
            let pair = try Fixture.pair(
                client: Fixture.client { $0.verification = mode },
                server: Fixture.server(showing: Fixture.identity(of: Fixture.stranger), version))
            try pair.client.cleartext.write(Array("secret".utf8))
            let error = try #require(pair.failure())
            #expect(error.role == .client)
            #expect(error.code == .certificateRejected)
            #expect(!pair.client.isSecure)
            // What was to be sent must not have gone out.
            #expect(pair.server.cleartext.read().isEmpty)
        }
    }

    @Test(arguments: testedVersions)
    func reportOnlyGoesOnAndTellsWhy(_ version: ProtocolVersion) throws {
        let reports = try Fixture.pair(
            client: Fixture.client { $0.verification = .reportOnly },
            server: Fixture.server(showing: Fixture.identity(of: Fixture.stranger), version)
        ).shake()
        #expect(!reports.client.isAuthorized)
        #expect(reports.client.verificationErrors.map(\.code) == [.unableToGetIssuerLocally, .unableToVerifyLeaf])
        #expect(reports.client.authorizationError?.code == .unableToGetIssuerLocally)
        #expect(reports.client.peer != nil)
    }

    @Test func reportOnlyOfAGoodServerIsAuthorized() throws {
        let reports = try Fixture.pair(client: Fixture.client { $0.verification = .reportOnly }).shake()
        #expect(reports.client.isAuthorized)
        #expect(reports.client.verificationErrors.isEmpty)
    }

    @Test func reportOnlyTellsEveryReason() throws {
        let identity = try Fixture.stranger.issue(names: ["elsewhere.test"], validity: .expired)
        let reports = try Fixture.pair(
            client: Fixture.client { $0.verification = .reportOnly }, server: Fixture.server(showing: identity)
        ).shake()
        let codes = reports.client.verificationErrors.map(\.code)
        #expect(codes.contains(.unableToGetIssuerLocally))
        #expect(codes.contains(.expired))
        #expect(codes.contains(.hostnameMismatch))
        #expect(codes.last == .hostnameMismatch)
        #expect(reports.client.verificationErrors.allSatisfy { $0.depth == 0 && $0.subject.contains("elsewhere.test") })
    }

    @Test func skippingVerificationNeverSaysAuthorized() throws {
        let skipping = try Fixture.client { $0.verification = .dangerouslySkipVerification }
        for ca in [try Fixture.ca, try Fixture.stranger] {
            let reports = try Fixture.pair(
                client: skipping, server: Fixture.server(showing: Fixture.identity(of: ca)), name: "elsewhere.test"
            ).shake()
            #expect(!reports.client.isAuthorized)
            #expect(reports.client.verificationErrors.isEmpty)
            #expect(reports.client.peer != nil)
        }
    }

    @Test func withoutNameAnyTrustedCertificateWillDo() throws {
        let elsewhere = try Fixture.server(showing: Fixture.ca.issue(names: ["elsewhere.test"]))
        #expect(try Fixture.pair(server: elsewhere, name: nil).shake().client.isAuthorized)
        #expect(try Fixture.pair(server: elsewhere).failure()?.code == .nameMismatch)
    }

    // MARK: Names

    @Test func nameIsComparedAfterTheChain() throws {
        let error = try #require(
            Fixture.pair(server: Fixture.server(showing: Fixture.ca.issue(names: ["elsewhere.test"]))).failure())
        #expect(error.code == .nameMismatch)
        #expect(error.verification.map(\.code) == [.hostnameMismatch])
        #expect(error.seenAlert == .sent(42))
        #expect(error.detail.contains("elsewhere.test"))
        #expect(error.faultID == .certHostname)
        #expect(error.nodeCode == "ERR_TLS_CERT_ALTNAME_INVALID")
    }

    @Test func addressIsComparedWithAddresses() throws {
        let named = try Fixture.server(showing: Fixture.ca.issue(names: ["localhost"]))
        let error = try #require(Fixture.pair(server: named, name: "127.0.0.1").failure())
        #expect(error.code == .nameMismatch)
        #expect(error.verification.map(\.code) == [.addressMismatch])
        #expect(error.seenAlert == .sent(42))
        #expect(error.faultID == .certIPSAN)
        #expect(try Fixture.pair(name: "127.0.0.1").shake().client.isAuthorized)
        #expect(try Fixture.pair(name: "::1").shake().client.isAuthorized)
    }

    @Test func untrustedCertificateForAnotherNameIsNoMereNameMismatch() throws {
        let identity = try Fixture.stranger.issue(names: ["elsewhere.test"])
        let error = try #require(Fixture.pair(server: Fixture.server(showing: identity)).failure())
        #expect(error.code == .certificateRejected)
        #expect(error.verification.map(\.code).contains(.hostnameMismatch))
        #expect(error.seenAlert == .sent(48))
    }

    @Test func rulesForNamesHaveAnEffect() throws {
        let commonNameOnly = try Fixture.server(
            showing: Fixture.ca.issue(names: []) { $0.subject = [("CN", "localhost")] })
        let partialWildcard = try Fixture.server(showing: Fixture.ca.issue(names: ["w*.example.test"]))
        for (server, name) in [(commonNameOnly, "localhost"), (partialWildcard, "www.example.test")] {
            #expect(try Fixture.pair(server: server, name: name).shake().client.isAuthorized)
            let strict = try Fixture.client { $0.identityRules = .rfc9525 }
            #expect(try Fixture.pair(client: strict, server: server, name: name).failure()?.code == .nameMismatch)
        }
    }

    // MARK: The server looks at the client

    @Test func serverAsksNobodyByDefault() throws {
        let reports = try Fixture.pair(
            client: Fixture.client { $0.identities = [try Fixture.clientIdentity().identity] }
        ).shake()
        #expect(!reports.server.isClientCertificateRequested)
        #expect(!reports.server.isAuthorized)
        #expect(reports.server.verificationErrors.isEmpty)
    }

    @Test(arguments: testedVersions)
    func serverThatReportsOnlyLetsEverybodyIn(_ version: ProtocolVersion) throws {
        func reports(_ identity: IssuedIdentity?) throws -> (client: HandshakeReport, server: HandshakeReport) {
            try Fixture.pair(
                client: Fixture.client {
                    if let identity { $0.identities = [identity.identity] }
                    $0.maximumVersion = version
                },
                server: Fixture.server { $0.verification = .reportOnly }
            ).shake()
        }
        let nobody = try reports(nil)
        #expect(nobody.server.isClientCertificateRequested)
        #expect(!nobody.server.isAuthorized)
        #expect(nobody.server.authorizationError?.code == .noCertificate)

        let stranger = try reports(Fixture.clientIdentity("mallory", of: Fixture.stranger))
        #expect(!stranger.server.isAuthorized)
        #expect(stranger.server.authorizationError?.code == .unableToGetIssuerLocally)
        #expect(stranger.server.peer?.subject.commonName == "mallory")

        let friend = try reports(Fixture.clientIdentity())
        #expect(friend.server.isAuthorized)
        #expect(friend.server.authorizationError == nil)
    }

    @Test func serverNamesTheAuthoritiesThatItAccepts() throws {
        // In TLS 1.2 the CertificateRequest can be read on its way.
        func request(_ trust: Trust) throws -> [UInt8] {
            let pair = try Fixture.pair(
                client: Fixture.client { $0.maximumVersion = .tls12 },
                server: Fixture.server {
                    $0.verification = .reportOnly
                    $0.trust = trust
                })
            var records = RecordParser()
            var messages = HandshakeParser()
            pair.carry(.toServer)
            records.append(pair.server.encrypted.read())
            while let record = try records.next() { messages.append(record.payload) }
            while let message = try messages.next() {
                if message.type == .certificateRequest { return message.body }
            }
            return []
        }
        func isNamed(_ name: String, in body: [UInt8]) -> Bool {
            String(decoding: body, as: UTF8.self).contains(name)
        }
        let ca = try request(.pem(Fixture.ca.pem))
        #expect(isNamed("Hasp test CA", in: ca) && !isNamed("A stranger", in: ca))
        let both = try request(.pem(Fixture.ca.pem).adding(pem: Fixture.stranger.pem))
        #expect(isNamed("Hasp test CA", in: both) && isNamed("A stranger", in: both))
        // The system's hundred and more are not listed: whoever has a certificate may show it.
        let system = try request(.system)
        #expect(!system.isEmpty && system.count < 100)
    }

    @Test func serverDoesNotTakeAServersCertificateForAClient() throws {
        let wrong = try Fixture.ca.issue(names: ["localhost"], usages: ["serverAuth"])
        let pair = try Fixture.pair(
            client: Fixture.client { $0.identities = [wrong.identity] },
            server: Fixture.server { $0.verification = .required })
        pair.exchange()
        let error = try #require(pair.serverError)
        #expect(error.code == .certificateRejected)
        #expect(error.verification.map(\.code) == [.invalidPurpose])
        #expect(error.faultID == .certEKU)
        #expect(error.seenAlert == .sent(43))
    }

    @Test func clientDoesNotTakeAClientsCertificateForAServer() throws {
        let wrong = try Fixture.ca.issue(names: ["localhost"], usages: ["clientAuth"])
        let error = try #require(Fixture.pair(server: Fixture.server(showing: wrong)).failure())
        #expect(error.verification.map(\.code) == [.invalidPurpose])
        #expect(error.seenAlert == .sent(43))
    }

    // MARK: Fail closed

    struct BadClient: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var identity: @Sendable () throws -> IssuedIdentity?
    }

    static let badClients = [
        BadClient(testDescription: "no certificate") { nil },
        BadClient(testDescription: "unknown issuer") { try Fixture.clientIdentity(of: Fixture.stranger) },
        BadClient(testDescription: "self-signed") {
            let key = try TestKeys.shared(.p256, slot: 2)
            let template = CertificateTemplate(subject: [("CN", "root")], extendedKeyUsage: ["clientAuth"])
            let certificate = try CertificateIssuer.selfSigned(template, key: key)
            return IssuedIdentity(certificateChain: [certificate], privateKey: key)
        },
        BadClient(testDescription: "expired") { try Fixture.clientIdentity(validity: .expired) },
        BadClient(testDescription: "not yet valid") { try Fixture.clientIdentity(validity: .notYet) },
        BadClient(testDescription: "same name, other key") {
            try Fixture.clientIdentity(of: TestCA(name: "Hasp test CA"))
        },
        BadClient(testDescription: "wrong purpose") {
            try Fixture.ca.issue(names: ["alice.test"], usages: ["serverAuth"])
        },
    ]

    /// OpenSSL 3.0 completes a server's handshake with an unverified certificate when a verify callback asks to be
    /// called again. Whatever way verification takes here, a server that demands it must never come through.
    @Test(arguments: badClients, testedVersions)
    func serverNeverCompletesWithAnUnverifiedClient(_ bad: BadClient, _ version: ProtocolVersion) throws {
        let identity = try bad.identity()
        let client = try Fixture.client {
            if let identity { $0.identities = [identity.identity] }
            $0.maximumVersion = version
        }
        let strict = try Fixture.server { $0.verification = .required }
        let lax = try Fixture.server()
        for isChosenLater in [false, true] {
            for chunkSize in [nil, 1] {
                let pair = try EnginePair(
                    client: client, server: isChosenLater ? lax : strict, name: "localhost",
                    isStoppingAtClientHello: isChosenLater)
                pair.chunkSize = chunkSize
                try pair.client.cleartext.write(Array("let me in".utf8))
                pair.exchange()
                if isChosenLater {
                    pair.server.engine.choose(strict)
                    pair.resumeServer()
                }
                let server = pair.server.engine
                let error = try #require(pair.serverError)
                #expect(identity == nil ? error.code == .clientCertificateMissing : error.code == .certificateRejected)
                // Not even when it is asked again, with or without more bytes.
                for _ in 0..<3 {
                    #expect(throws: error) { try server.handshake() }
                    pair.deliver([0x17, 3, 3, 0, 1, 0], .toServer)
                }
                #expect(!server.isEstablished && !pair.server.isSecure)
                #expect(!server.report.isAuthorized)
                #expect(server.report.timeline.elapsed(until: .finished) == nil)
                #expect(pair.server.cleartext.read().isEmpty)
                #expect(throws: error) { try server.write([1]) }
                #expect(pair.client.engine.failure?.code == .rejectedByPeer)
            }
        }
    }

    @Test(arguments: testedVersions)
    func serverCompletesWithAVerifiedClient(_ version: ProtocolVersion) throws {
        for chunkSize in [nil, 1] {
            let pair = try Fixture.pair(
                client: Fixture.client {
                    $0.identities = [try Fixture.clientIdentity().identity]
                    $0.maximumVersion = version
                },
                server: Fixture.server { $0.verification = .required })
            pair.chunkSize = chunkSize
            try pair.shake()
            #expect(pair.server.engine.report.isAuthorized)
            #expect(try pair.transfer(Array("hello".utf8), from: .client) == Array("hello".utf8))
        }
    }
}
