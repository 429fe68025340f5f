//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspExplain
import HaspTesting
import HaspWire
import Testing

/// Versions, suites, groups, signature algorithms and policies, each seen from the other end.
@Suite struct NegotiationTests {
    // MARK: Versions

    @Test func highestSharedVersionIsChosen() throws {
        #expect(try agreed(client: { _ in }, server: { _ in }).version == .tls13)
        #expect(try agreed(client: { $0.maximumVersion = .tls12 }, server: { _ in }).version == .tls12)
        #expect(try agreed(client: { _ in }, server: { $0.maximumVersion = .tls12 }).version == .tls12)
    }

    @Test func offerOfTheClientFollowsItsVersions() throws {
        func offered(_ change: (inout TLSOptions) throws -> Void) throws -> [ProtocolVersion] {
            let report = try agreed(client: change, server: { _ in })
            return report.clientHello?.supportedVersions ?? []
        }
        #expect(try offered { _ in } == [.tls13, .tls12])
        #expect(try offered { $0.minimumVersion = .tls13 } == [.tls13])
        #expect(try offered { $0.maximumVersion = .tls12 } == [.tls12])
    }

    @Test func oldVersionsWorkWhereTheyAreAskedFor() throws {
        let old: (inout TLSOptions) throws -> Void = {
            $0.minimumVersion = .tls10
            $0.maximumVersion = .tls11
            $0.ciphers = "DEFAULT@SECLEVEL=0"
        }
        let report = try agreed(client: old, server: old)
        #expect(report.version == .tls11)
        #expect(report.group != nil)
    }

    @Test func lowestVersionHoldsOnBothSides() throws {
        #expect(
            try failure(client: { $0.minimumVersion = .tls13 }, server: { $0.maximumVersion = .tls12 })?.code
                == .versionMismatch)
        #expect(
            try failure(client: { $0.maximumVersion = .tls12 }, server: { $0.minimumVersion = .tls13 })?.code
                == .versionMismatch)
    }

    @Test(arguments: [
        (ProtocolVersion.tls13, ProtocolVersion.tls12), (.ssl3, .tls12), (.tls12, ProtocolVersion(rawValue: 0x0305)),
    ])
    func impossibleVersionsAreRefused(_ lowest: ProtocolVersion, _ highest: ProtocolVersion) throws {
        let error = try #require(
            throws: TLSError.self,
            performing: { try SecureContext(TLSOptions(minimumVersion: lowest, maximumVersion: highest)) })
        #expect(error.code == .versionsInvalid)
        #expect(error.phase == .configuration)
        #expect(error.blame == .configuration)
        #expect(error.nodeCode == "ERR_TLS_INVALID_PROTOCOL_VERSION")
    }

    // MARK: Suites

    @Test func suitesOfTLS13AreChosenByTheirNames() throws {
        let report = try agreed(client: { $0.ciphers = "TLS_CHACHA20_POLY1305_SHA256" }, server: { _ in })
        #expect(report.cipherSuite == .chaCha20Poly1305)
        #expect(report.clientHello?.supportedVersions == [.tls13])
        #expect(report.clientHello?.cipherSuites.filter { !$0.isSignal } == [.chaCha20Poly1305])
    }

    @Test func namesOfTLS12LeaveTLS13Alone() throws {
        let report = try agreed(client: { $0.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384" }, server: { _ in })
        #expect(report.version == .tls13)
        #expect(
            report.clientHello?.cipherSuites.filter { !$0.isSignal }
                == [.aes128GCM, .aes256GCM, .chaCha20Poly1305, .ecdheECDSAWithAES256GCM])
    }

    @Test func bothListsAtOnce() throws {
        let mixed: (inout TLSOptions) throws -> Void = {
            $0.ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305 : TLS_AES_256_GCM_SHA384"
        }
        let report = try agreed(client: mixed, server: { _ in })
        #expect(report.cipherSuite == .aes256GCM)
        #expect(
            report.clientHello?.cipherSuites.filter { !$0.isSignal }
                == [.aes256GCM, .ecdheECDSAWithChaCha20Poly1305])
        let older = try agreed(client: mixed, server: { $0.maximumVersion = .tls12 })
        #expect(older.cipherSuite == .ecdheECDSAWithChaCha20Poly1305)
    }

    @Test func suitesOfTLS13CanBeTakenAway() throws {
        let report = try agreed(
            client: { $0.ciphers = "!TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256" }, server: { _ in })
        #expect(report.cipherSuite == .aes256GCM)
        #expect(report.clientHello?.cipherSuites.contains(.aes128GCM) == false)
        #expect(report.clientHello?.cipherSuites.contains(.ecdheECDSAWithAES128GCM) == true)
    }

    @Test(arguments: ["NONSENSE", "TLS_NONSENSE", "ecdhe-ecdsa-aes128-gcm-sha256", ":", " : "])
    func uselessCipherStringsAreRefused(_ ciphers: String) throws {
        let error = try #require(
            throws: TLSError.self, performing: { try SecureContext(TLSOptions(ciphers: ciphers)) })
        #expect(error.code == .cipherStringInvalid)
        #expect(error.nodeCode == "ERR_SSL_NO_CIPHER_MATCH")
        #expect(error.faultID == .configCipherString)
    }

    @Test func emptyCipherStringMeansTheDefault() throws {
        let report = try agreed(client: { $0.ciphers = "" }, server: { _ in })
        let standard = try agreed(client: { _ in }, server: { _ in })
        #expect(report.clientHello?.cipherSuites == standard.clientHello?.cipherSuites)
    }

    @Test func orderOfTheServerDecidesIfItShall() throws {
        let wishes: (inout TLSOptions) throws -> Void = {
            $0.ciphers = "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"
        }
        func chosen(_ isServerOrderDecisive: Bool?, policy: SecurityPolicy = .default) throws -> CipherSuite {
            try agreed(
                client: wishes,
                server: {
                    $0.policy = policy
                    $0.ciphers = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384"
                    $0.isServerOrderDecisive = isServerOrderDecisive
                }
            ).cipherSuite
        }
        #expect(try chosen(true) == .aes128GCM)
        #expect(try chosen(false) == .aes256GCM)
        #expect(try chosen(nil) == .aes128GCM)
        #expect(try chosen(nil, policy: .mozillaModern60) == .aes256GCM)
    }

    // MARK: Groups and signatures

    @Test(arguments: [NamedGroup.x25519, .secp256r1, .secp384r1, .secp521r1, .x448])
    func groupIsTheOneThatIsNamed(_ group: NamedGroup) throws {
        for version in testedVersions {
            let report = try agreed(
                client: { $0.maximumVersion = version },
                server: {
                    $0.groups = [group]
                    $0.policy = .node24
                },
                clientPolicy: .node24)
            #expect(report.group == group)
        }
    }

    @Test func groupsAreOfferedInOrder() throws {
        let report = try agreed(client: { $0.groups = [.secp384r1, .x25519] }, server: { _ in })
        #expect(report.clientHello?.supportedGroups == [.secp384r1, .x25519])
        #expect(report.clientHello?.keyShares.first?.group == .secp384r1)
    }

    @Test func unknownGroupsAreNamed() throws {
        let unknown = NamedGroup(rawValue: 0xFE01)
        let error = try #require(
            throws: TLSError.self, performing: { try SecureContext(TLSOptions(groups: [.x25519, unknown])) })
        #expect(error.code == .groupsInvalid)
        #expect(error.detail.contains(unknown.name) && !error.detail.contains("x25519"))
        #expect(throws: TLSError.self) { try SecureContext(TLSOptions(groups: [])) }
    }

    @Test(arguments: testedVersions)
    func signatureAlgorithmsOfTheClientChooseTheIdentity(_ version: ProtocolVersion) throws {
        let kinds: [PrivateKey.Kind] = [.rsa(), .p256, .ed25519]
        let identities = try kinds.map { try Fixture.identity($0) }
        let wishes: [(String, SignatureScheme, Int)] = [
            ("RSA-PSS+SHA384", .rsaPSSRSAESHA384, 0), ("ECDSA+SHA256", .ecdsaSecp256r1SHA256, 1),
            ("ed25519", .ed25519, 2),
        ]
        for (list, scheme, index) in wishes {
            // The chain is signed with ECDSA, which the client must be able to check as well; it does, because trust
            // in the issuer is not a matter of the list when the server has no other chain.
            let report = try agreed(
                client: {
                    $0.signatureAlgorithms = list
                    $0.maximumVersion = version
                },
                server: { $0.identities = identities.map(\.identity) })
            #expect(report.signatureScheme == scheme)
            #expect(report.peer == identities[index].certificate)
            #expect(report.clientHello?.signatureSchemes.contains(scheme) == true)
        }
    }

    @Test func signatureAlgorithmsOfTheServerHold() throws {
        let report = try agreed(
            client: { _ in },
            server: {
                $0.identities = [try Fixture.identity(.rsa()).identity]
                $0.signatureAlgorithms = "RSA-PSS+SHA512"
            })
        #expect(report.signatureScheme == .rsaPSSRSAESHA512)
    }

    @Test(arguments: ["", "NONSENSE", "ECDSA+NONSENSE"])
    func uselessSignatureAlgorithmsAreRefused(_ list: String) throws {
        let error = try #require(
            throws: TLSError.self, performing: { try SecureContext(TLSOptions(signatureAlgorithms: list)) })
        #expect(error.code == .signatureAlgorithmsInvalid)
        #expect(error.nodeCode == "ERR_INVALID_ARG_VALUE")
    }

    // MARK: Policies

    @Test(arguments: SecurityPolicy.all)
    func policyShowsInTheClientHello(_ policy: SecurityPolicy) throws {
        let hello = try #require(
            agreed(client: { _ in }, server: { _ in }, clientPolicy: policy).clientHello)
        let suites = hello.cipherSuites.filter { $0.isTLS13 }
        #expect(suites.compactMap(\.openSSLName).joined(separator: ":") == policy.cipherSuites)
        #expect(hello.supportedVersions.first == policy.maximumVersion)
        #expect(hello.supportedVersions.last == policy.minimumVersion)
        // Groups that this OpenSSL does not know are left out, the order of the others stays.
        #expect(hello.supportedGroups == policy.groups.filter { hello.supportedGroups.contains($0) })
        #expect(hello.supportedGroups.contains(.x25519) && hello.supportedGroups.contains(.secp384r1))
    }

    @Test func defaultPolicyOffersForwardSecrecyAndAEADOnly() throws {
        let hello = try #require(agreed(client: { _ in }, server: { _ in }).clientHello)
        let names = hello.cipherSuites.filter { !$0.isSignal }.compactMap(\.openSSLName)
        #expect(names.count >= 6)
        for name in names {
            #expect(name.hasPrefix("TLS_") || name.hasPrefix("ECDHE-"))
            #expect(name.contains("GCM") || name.contains("POLY1305"))
        }
    }

    @Test func policiesAreFoundByName() {
        #expect(SecurityPolicy(named: "default") == .default)
        #expect(SecurityPolicy(named: "hasp-2026-11") == .hasp202611)
        #expect(SecurityPolicy(named: "mozilla-modern") == .mozillaModern60)
        #expect(SecurityPolicy(named: "mozilla-intermediate-6.0") == .mozillaIntermediate60)
        #expect(SecurityPolicy(named: "node-24") == .node24)
        #expect(SecurityPolicy(named: "mozilla-old") == nil)
        #expect(Set(SecurityPolicy.all.map(\.name)).count == SecurityPolicy.all.count)
    }

    @Test func modernPolicyTurnsTLS12Away() throws {
        #expect(
            try failure(client: { $0.maximumVersion = .tls12 }, server: { $0.policy = .mozillaModern60 })?.code
                == .versionMismatch)
    }

    @Test func optionsThatAreEqualAreOneKey() throws {
        let one = TLSOptions(ciphers: "HIGH", alpnProtocols: ["h2"])
        #expect(Set([one, TLSOptions(ciphers: "HIGH", alpnProtocols: ["h2"])]).count == 1)
        #expect(one != TLSOptions(ciphers: "HIGH"))
    }

    // MARK: Helpers

    /// The client's report; the server's must agree with it.
    private func agreed(
        client: (inout TLSOptions) throws -> Void, server: (inout TLSOptions) throws -> Void,
        clientPolicy: SecurityPolicy = .default
    ) throws -> HandshakeReport {
        let reports = try Fixture.pair(
            client: Fixture.client {
                $0.policy = clientPolicy
                try client(&$0)
            },
            server: Fixture.server(server)
        ).shake()
        #expect(reports.client.version == reports.server.version)
        #expect(reports.client.cipherSuite == reports.server.cipherSuite)
        #expect(reports.client.group == reports.server.group)
        #expect(reports.client.signatureScheme == reports.server.signatureScheme)
        return reports.client
    }

    private func failure(
        client: (inout TLSOptions) throws -> Void, server: (inout TLSOptions) throws -> Void
    ) throws -> TLSError? {
        try Fixture.pair(client: Fixture.client(client), server: Fixture.server(server)).failure()
    }
}
