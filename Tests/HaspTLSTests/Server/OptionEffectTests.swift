//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspHTTP
import HaspTLS
import HaspTesting
import NIOCore
import NIOPosix
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Each option has a test that sees its effect from outside, in whichever target. Those whose effect no other suite
/// sees have it here.
@Suite(.timeLimit(.minutes(1))) struct OptionEffectTests {
    /// Option by option, where its effect is seen. Whoever adds an option adds a test and a line.
    static let tests: [String: [String: String]] = [
        "ServerOptions": [
            "handshakeTimeout": "ServerHandshakeTests.aClientThatSaysNothingIsClosed",
            "maximumConnections": "ServerHandshakeTests.aConnectionTooManyIsClosedAndForgotten",
            "drainTimeout": "ServerLifecycleTests.whoDoesNotFinishInTimeIsClosed",
            "lingerTimeout": "OptionEffectTests.lingering",
            "isEncryptedFromStart": "UpgradeTests.bothSidesChangeOver",
            "backlog": "OptionEffectTests.backlog",
            "chooseContext": "ServerContextTests.theHookChoosesByWhatTheClientOffers",
            "logger": "ServerObservationTests.logLines",
        ],
        "ClientOptions": [
            "tls": "OptionEffectTests.aClientsTLSOptions",
            "serverName": "OptionEffectTests.names",
            "isServerNameSent": "OptionEffectTests.names",
            "peerName": "OptionEffectTests.names",
            "timeout": "ConnectFailureTests.aSilentPeerIsGivenUp",
        ],
        "TLSHandler.Configuration": [
            "handshakeTimeout": "TLSHandlerHandshakeTests.aHandshakeThatTakesTooLongIsClosed",
            "isHalfClosureAllowed": "TLSHandlerCloseTests.withoutHalfClosureAGoodbyeIsAnsweredAndClosed",
            "maximumEarlyBytes": "TLSHandlerWriteTests.tooMuchBeforeTheHandshakeFails",
        ],
        "TLSOptions": [
            "policy": "NegotiationTests.policyShowsInTheClientHello",
            "minimumVersion": "NegotiationTests.lowestVersionHoldsOnBothSides",
            "maximumVersion": "NegotiationTests.highestSharedVersionIsChosen",
            "ciphers": "NegotiationTests.suitesOfTLS13AreChosenByTheirNames",
            "groups": "NegotiationTests.groupIsTheOneThatIsNamed",
            "signatureAlgorithms": "NegotiationTests.signatureAlgorithmsOfTheServerHold",
            "isServerOrderDecisive": "NegotiationTests.orderOfTheServerDecidesIfItShall",
            "identities": "IdentityAndTrustTests.identityIsShownWhateverItsForm",
            "trust": "IdentityAndTrustTests.trustReplacesUnlessItAdds",
            "verification": "VerificationTests.reportOnlyGoesOnAndTellsWhy",
            "identityRules": "VerificationTests.rulesForNamesHaveAnEffect",
            "alpnProtocols": "ALPNTests.orderOfTheServerDecides",
            "sessions": "SessionTests.twoTicketsByDefaultAndNoneWhenOff",
        ],
        "SessionOptions": [
            "isTicketsEnabled": "SessionTests.twoTicketsByDefaultAndNoneWhenOff",
            "ticketsPerHandshake": "SessionTests.ticketsPerHandshake",
            "timeoutSeconds": "SessionTests.ticketOfTLS12NamesItsLifetime",
        ],
        "HTTPSOptions": [
            "handshakeTimeout": "HTTPRobustnessTests.silentPeerIsClosed",
            "requestHeadTimeout": "HTTPLimitTests.slowHeadIsCutOff",
            "stallTimeout": "HTTPRobustnessTests.stalledReaderIsClosed",
            "drainTimeout": "HTTPRobustnessTests.shutdownDoesNotWaitForAPeerThatDoesNotRead",
            "maximumConnections": "HTTPLimitTests.connectionAboveTheLimitIsTurnedAway",
            "chooseContext": "HTTPConnectionTests.contextIsChosenByHook",
            "onHandshake": "HTTPRobustnessTests.successesAreReportedOnce",
            "onHandshakeFailure": "HTTPRobustnessTests.failuresAreTyped",
        ],
        "TLSEngine.Options": [
            "serverName": "HandshakeFactsTests.bothEndsKnowTheSame",
            "peerName": "VerificationTests.withoutNameAnyTrustedCertificateWillDo",
            "isStoppingAtClientHello": "ClientHelloGateTests.handshakeWaitsForAChoice",
        ],
    ]

    @Test func everyOptionIsInTheTable() {
        let all: [Any] = [
            ServerOptions(), ClientOptions(), TLSHandler.Configuration(), TLSOptions(), SessionOptions(),
            HTTPSOptions(), TLSEngine.Options(),
        ]
        #expect(all.count == Self.tests.count)
        for options in all {
            let mirror = Mirror(reflecting: options)
            // Without the module: `Options` alone could be anybody's.
            let type = String(reflecting: mirror.subjectType).split(separator: ".").dropFirst().joined(separator: ".")
            let fields = Set(mirror.children.compactMap(\.label))
            let known = Set(Self.tests[type]?.keys.map { $0 } ?? [])
            #expect(fields.subtracting(known).isEmpty, "options of \(type) without a test")
            #expect(known.subtracting(fields).isEmpty, "tests of options that \(type) has no longer")
        }
    }

    /// A name in the table that nobody wrote would prove nothing.
    @Test func everyTestOfTheTableExists() throws {
        let files = try SourceText.ofAllTests()
        for (name, test) in Self.tests.values.joined() {
            let parts = test.split(separator: ".")
            let suite = try #require(parts.first)
            let function = try #require(parts.last)
            // Suites of two targets may have the same name.
            let isWritten = files.contains { $0.contains("struct \(suite) ") && $0.contains("func \(function)(") }
            #expect(isWritten, "\(name): \(test)")
        }
    }

    // MARK: Effects

    @Test func aServersTLSOptions() async throws {
        let tls = TLSOptions(maximumVersion: .tls12, alpnProtocols: ["from-options"])
        let identity = try TLSFixture.identity(["localhost", "by-options"])
        let server = try TLS.createServer(identity: identity.identity, tls: tls, handler: echo)
        try await server.listen(host: "127.0.0.1", port: 0)
        let client = try TLSFixture.client { $0.tls.alpnProtocols = ["other", "from-options"] }
        let socket = try await TLS.connect(
            host: "localhost", port: server.localAddress?.port ?? 0, options: client)
        #expect(socket.handshake.version == .tls12)
        #expect(socket.handshake.alpnProtocol == "from-options")
        #expect(socket.handshake.peer == identity.certificate)
        await server.close()
    }

    @Test func aClientsTLSOptions() async throws {
        try await withServer { _, port in
            let options = try TLSFixture.client {
                $0.tls.maximumVersion = .tls12
                $0.tls.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384"
            }
            let socket = try await TLS.connect(host: "localhost", port: port, options: options)
            #expect(socket.handshake.version == .tls12)
            #expect(socket.handshake.cipherSuite == .ecdheECDSAWithAES256GCM)
        }
    }

    struct Names: Sendable {
        var host: String
        var serverName: String?
        var isSent = true
        var peerName: String?
        var sent: String?
        /// The certificate is for `localhost`, `127.0.0.1` and `::1`.
        var isFine: Bool
    }

    @Test(arguments: [
        Names(host: "127.0.0.1", sent: nil, isFine: true),
        Names(host: "LOCALHOST", sent: "localhost", isFine: true),
        // A name given for SNI is the one that is checked as well.
        Names(host: "127.0.0.1", serverName: "localhost", sent: "localhost", isFine: true),
        Names(host: "127.0.0.1", serverName: "other.example", sent: "other.example", isFine: false),
        Names(
            host: "127.0.0.1", serverName: "other.example", peerName: "localhost", sent: "other.example", isFine: true),
        Names(host: "localhost", peerName: "127.0.0.1", sent: "localhost", isFine: true),
        Names(host: "localhost", peerName: "other.example", sent: "localhost", isFine: false),
        Names(host: "localhost", isSent: false, sent: nil, isFine: true),
        Names(host: "localhost", serverName: "other.example", isSent: false, sent: nil, isFine: false),
    ])
    func names(_ names: Names) async throws {
        let asked = Shared<[String?]>([])
        let serverOptions = TLSFixture.serverOptions {
            $0.chooseContext = { info in
                asked.append(info.serverName)
                return nil
            }
        }
        try await withServer(options: serverOptions) { _, port in
            let options = try TLSFixture.client {
                $0.serverName = names.serverName
                $0.isServerNameSent = names.isSent
                $0.peerName = names.peerName
            }
            let error: TLSError?
            do {
                _ = try await TLS.connect(host: names.host, port: port, options: options)
                error = nil
            } catch let caught as TLSError {
                error = caught
            }
            #expect(error?.code == (names.isFine ? nil : .nameMismatch))
            #expect(asked.value == [names.sent])
        }
    }

    @Test func lingering() async throws {
        for (limit, isPatient) in [(TimeAmount.milliseconds(100), false), (.seconds(30), true)] {
            let options = TLSFixture.serverOptions { $0.lingerTimeout = limit }
            try await serving(options: options) { _ in }.run { server, port in
                // The client hears the goodbye and does not answer it.
                let client = try await RawTLSClient.connect(port: port)
                try await eventually("the goodbye has come") { client.isInputEnded }
                if isPatient {
                    try await Task.sleep(for: .milliseconds(300))
                    #expect(server.connectionCount == 1)
                } else {
                    try await eventually("it is closed", within: 15) { server.connectionCount == 0 }
                }
                client.channel.close(promise: nil)
                try await eventually("it is gone") { server.connectionCount == 0 }
            }
        }
    }

    #if os(Linux)
    @Test(arguments: [7, 300]) func backlog(length: Int) async throws {
        let options = TLSFixture.serverOptions { $0.backlog = length }
        try await withServer(options: options) { _, port in
            let file = RawSocket.openFiles().first { RawSocket.isListening($0) && RawSocket.localPort($0) == port }
            let listener = try #require(file)
            #expect(RawSocket.backlog(listener) == length)
        }
    }
    #endif
}
