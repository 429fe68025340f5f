//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspExplain
import HaspTesting
import HaspWire
import Testing

/// The one place where a handshake waits for the caller.
@Suite struct ClientHelloGateTests {
    @Test(arguments: testedVersions)
    func handshakeWaitsForAChoice(_ version: ProtocolVersion) throws {
        let pair = try waiting(client: Fixture.client { $0.maximumVersion = version })
        #expect(pair.server.engine.isWaitingAtClientHello)
        #expect(try pair.server.engine.handshake() == .waitsAtClientHello)
        #expect(pair.server.engine.report.serverName == "localhost")
        #expect(pair.server.encrypted.read().isEmpty)
        #expect(!pair.isSecure)

        pair.server.engine.choose(nil)
        pair.resumeServer()
        #expect(pair.isSecure)
        #expect(pair.client.engine.report.isAuthorized)
        #expect(!pair.server.engine.isWaitingAtClientHello)
    }

    @Test func withoutGateNothingWaits() throws {
        let pair = try Fixture.pair()
        try pair.shake()
        #expect(!pair.server.engine.isWaitingAtClientHello)
        // A choice that nobody waits for has no effect.
        let other = try Fixture.server()
        pair.server.engine.choose(other)
        #expect(pair.server.engine.context !== other)
    }

    @Test(arguments: testedVersions)
    func everythingOfTheChosenContextApplies(_ version: ProtocolVersion) throws {
        let organisation = try Fixture.ca.issue(names: ["org.test"], privateKey: TestKeys.shared(.rsa()))
        let chosen = try Fixture.server {
            $0.identities = [organisation.identity]
            $0.alpnProtocols = ["org/1"]
            $0.groups = [.secp521r1, .secp256r1]
            $0.ciphers = "TLS_AES_256_GCM_SHA384:ECDHE-RSA-AES256-GCM-SHA384"
            $0.signatureAlgorithms = "RSA-PSS+SHA512:ECDSA+SHA256"
            $0.verification = .required
        }
        let pair = try waiting(
            client: Fixture.client {
                $0.maximumVersion = version
                $0.alpnProtocols = ["http/1.1", "org/1"]
                $0.identities = [try Fixture.clientIdentity().identity]
            },
            server: Fixture.server { $0.alpnProtocols = ["http/1.1"] }, name: "org.test")
        pair.server.engine.choose(chosen)
        pair.resumeServer()
        #expect(pair.firstError == nil)
        for report in [pair.client.engine.report, pair.server.engine.report] {
            #expect(report.version == version)
            #expect(report.cipherSuite == (version == .tls13 ? .aes256GCM : .ecdheRSAWithAES256GCM))
            #expect(report.group == .secp521r1)
            #expect(report.signatureScheme == .rsaPSSRSAESHA512)
            #expect(report.alpnProtocol == "org/1")
        }
        #expect(pair.client.engine.report.peer == organisation.certificate)
        #expect(pair.server.engine.report.localChain == organisation.certificateChain)
        #expect(pair.server.engine.report.isAuthorized)
        #expect(pair.server.engine.report.peer?.subject.commonName == "alice")
        #expect(pair.server.engine.context === chosen)
    }

    @Test func versionsOfTheChosenContextApply() throws {
        let only12 = try Fixture.server { $0.maximumVersion = .tls12 }
        let only13 = try Fixture.server { $0.minimumVersion = .tls13 }
        for (chosen, version) in [(only12, ProtocolVersion.tls12), (only13, .tls13)] {
            let pair = try waiting(server: chosen === only12 ? only13 : only12)
            pair.server.engine.choose(chosen)
            pair.resumeServer()
            #expect(pair.client.engine.report.version == version)
        }
        let pair = try waiting(client: Fixture.client { $0.maximumVersion = .tls12 })
        pair.server.engine.choose(only13)
        pair.resumeServer()
        #expect(pair.serverError?.code == .versionMismatch)
    }

    @Test(arguments: testedVersions)
    func trustOfTheChosenContextApplies(_ version: ProtocolVersion) throws {
        let strange = try Fixture.server {
            $0.trust = .pem(try Fixture.stranger.pem)
            $0.verification = .required
        }
        for (ca, isWelcome) in [(try Fixture.ca, false), (try Fixture.stranger, true)] {
            let pair = try waiting(
                client: Fixture.client {
                    $0.maximumVersion = version
                    $0.identities = [try Fixture.clientIdentity(of: ca).identity]
                },
                server: Fixture.server { $0.verification = .required })
            pair.server.engine.choose(strange)
            pair.resumeServer()
            #expect(pair.server.isSecure == isWelcome)
            #expect(pair.serverError?.code == (isWelcome ? nil : .certificateRejected))
        }
    }

    @Test func chosenContextMayAskForLess() throws {
        let pair = try waiting(server: Fixture.server { $0.verification = .required })
        pair.server.engine.choose(try Fixture.server())
        pair.resumeServer()
        #expect(pair.isSecure)
        #expect(!pair.server.engine.report.isClientCertificateRequested)
        #expect(!pair.server.engine.report.isAuthorized)
    }

    @Test(arguments: testedVersions)
    func ticketsOfTheChosenContextApply(_ version: ProtocolVersion) throws {
        let silent = try Fixture.server { $0.sessions.isTicketsEnabled = false }
        func bytes(choosing chosen: SecureContext?) throws -> Int {
            let pair = try waiting(client: Fixture.client { $0.maximumVersion = version })
            pair.server.engine.choose(chosen)
            pair.resumeServer()
            #expect(pair.isSecure)
            return pair.bytesToClient
        }
        #expect(try bytes(choosing: silent) + 150 < bytes(choosing: nil))
    }

    @Test(arguments: testedVersions)
    func refusalSendsItsAlert(_ version: ProtocolVersion) throws {
        let pair = try waiting(client: Fixture.client { $0.maximumVersion = version }, name: "unknown.test")
        let reason = TLSError(.nameUnrecognized, "no context for unknown.test", role: .server)
        pair.server.engine.refuse(.unrecognizedName, because: reason)
        pair.resumeServer()
        #expect(pair.serverError?.code == .nameUnrecognized)
        #expect(pair.serverError?.detail == "no context for unknown.test")
        #expect(pair.clientError?.code == .nameUnrecognized)
        #expect(pair.clientError?.seenAlert == .received(112))
        #expect(pair.clientError?.faultID == .sniUnrecognized)
        #expect(pair.clientError?.nodeCode == "ERR_SSL_TLSV1_UNRECOGNIZED_NAME")
        // It stays refused.
        pair.server.engine.choose(nil)
        #expect(throws: reason) { try pair.server.engine.handshake() }
        #expect(!pair.isSecure)
    }

    @Test func bytesThatArriveWhileWaitingAreNotLost() throws {
        for chunkSize in [1, 7, 300] {
            let pair = try EnginePair(
                client: Fixture.client { $0.maximumVersion = .tls12 }, server: Fixture.server(), name: "localhost",
                isStoppingAtClientHello: true)
            pair.chunkSize = chunkSize
            // A client in a hurry: what follows the hello comes with it. Here it is an alert, which must be read after
            // the choice, not before and not never.
            pair.tamper = { direction, bytes in direction == .toServer ? bytes + [21, 3, 3, 0, 2, 2, 90] : bytes }
            pair.carry(.toServer)
            pair.tamper = nil
            #expect(pair.server.engine.isWaitingAtClientHello)
            #expect(pair.serverError == nil)
            pair.server.engine.choose(nil)
            pair.resumeServer()
            #expect(pair.serverError?.seenAlert == .received(90))
        }
    }

    @Test func handshakeGoesOnWithBytesOfTheWait() throws {
        // The rest of a flight that came in pieces during the wait is used afterwards.
        let pair = try waiting(client: Fixture.client { $0.groups = [.x25519] })
        pair.chunkSize = 1
        pair.server.engine.choose(nil)
        pair.resumeServer()
        #expect(pair.isSecure)
    }

    @Test func waitHasALimit() throws {
        let pair = try waiting()
        let flood = [UInt8](repeating: 0x17, count: 64 << 10)
        for _ in 0..<4 { pair.deliver(flood, .toServer) }
        #expect(pair.serverError == nil)
        pair.deliver([0], .toServer)
        #expect(pair.serverError?.code == .protocolViolation)
        #expect(pair.serverError?.blame == .peer)
        pair.server.engine.choose(nil)
        #expect(throws: TLSError.self) { try pair.server.engine.handshake() }
    }

    @Test func peerThatLeavesDuringTheWait() throws {
        let pair = try waiting()
        pair.cut(.toServer)
        #expect(pair.serverError?.code == .closedDuringHandshake)
    }

    private func waiting(
        client: SecureContext? = nil, server: SecureContext? = nil, name: String = "localhost"
    ) throws -> EnginePair {
        let pair = try EnginePair(
            client: client ?? Fixture.client(), server: server ?? Fixture.server(), name: name,
            isStoppingAtClientHello: true)
        pair.exchange()
        try #require(pair.server.engine.isWaitingAtClientHello)
        return pair
    }
}
