//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspExplain
import HaspTesting
import HaspWire
import Testing

/// Peers that speak no TLS, leave too early or send an alert of their own, and how that is printed.
@Suite struct HostilePeerTests {
    // MARK: No TLS

    @Test func clientIsToldWhatTheServerSpeaks() throws {
        let answers: [(String, FirstBytes?, FaultID)] = [
            ("HTTP/1.1 400 Bad Request\r\n\r\n", .httpResponse(status: 400), .plainHTTP),
            ("220 mail.test ESMTP Postfix\r\n", .smtp, .plainSTARTTLS),
            ("* OK IMAP4rev1 ready\r\n", .imap, .plainSTARTTLS),
            ("SSH-2.0-OpenSSH_9.2\r\n", .ssh, .plainSSHOrOther),
            ("\u{1}\u{2}rubbish rubbish", .unknown, .garbage),
        ]
        for (answer, kind, fault) in answers {
            for chunkSize in [nil, 1] {
                let pair = try Fixture.pair()
                pair.chunkSize = chunkSize
                pair.carry(.toServer)
                pair.deliver(Array(answer.utf8), .toClient)
                pair.cut(.toClient)
                let error = try #require(pair.clientError)
                #expect(error.code == .notTLS)
                // In pieces OpenSSL gives up before enough has come to tell what it is.
                if chunkSize == nil {
                    #expect(error.firstBytes == kind)
                    #expect(error.faultID == fault)
                }
                #expect(error.phase == .handshake)
                #expect(!error.description.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
            }
        }
    }

    @Test func serverIsToldWhatTheClientSpeaks() throws {
        let openings: [([UInt8], FirstBytes, FaultID, String?)] = [
            (
                Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8), .httpRequest(method: "GET"), .plainClientSpeaksHTTP,
                "ERR_SSL_HTTP_REQUEST"
            ),
            (Array("PROXY TCP4 192.0.2.1 192.0.2.2 1 443\r\n".utf8), .proxyV1, .proxyProtoUnexpected, nil),
            (
                [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 12], .proxyV2,
                .proxyProtoUnexpected, nil
            ),
            ([0xC7] + [UInt8](repeating: 0x99, count: 40), .unknown, .garbage, "ERR_SSL_WRONG_VERSION_NUMBER"),
        ]
        for (bytes, kind, fault, nodeCode) in openings {
            let pair = try Fixture.pair()
            pair.deliver(bytes, .toServer)
            let error = try #require(pair.serverError)
            #expect(error.code == .notTLS)
            #expect(error.firstBytes == kind)
            #expect(error.faultID == fault)
            #expect(error.blame == .peer)
            if let nodeCode { #expect(error.nodeCode == nodeCode) }
        }
    }

    @Test func helloOfSSL2IsRefused() throws {
        let pair = try Fixture.pair()
        let hello: [UInt8] = [0x80, 0x1C, 1, 3, 1, 0, 3, 0, 0, 0, 16, 0, 0, 10] + [UInt8](repeating: 7, count: 16)
        pair.deliver(hello, .toServer)
        pair.cut(.toServer)
        #expect(pair.serverError != nil)
        #expect(pair.serverError?.code != .notTLS)
        #expect(!pair.server.isSecure)
    }

    @Test func controlCharactersOfThePeerAreNotPrinted() throws {
        let pair = try Fixture.pair()
        pair.carry(.toServer)
        pair.deliver(Array("\u{1B}]0;owned\u{7}\u{1B}[31mHTTP\r\n".utf8), .toClient)
        let error = try #require(pair.clientError)
        for text in [error.description, error.summary, error.detail, error.explanation(in: .japanese) ?? ""] {
            #expect(!text.unicodeScalars.contains { ($0.value < 0x20 && $0 != "\n") || $0.value == 0x7F })
        }
        #expect(!error.summary.contains("\n"))
    }

    @Test func namesOfAHostileCertificateAreNotPrintedRaw() throws {
        let hostile = try Fixture.ca.issue(names: []) {
            $0.subject = [("CN", "evil\u{1B}[31m\nADMIN logged in")]
            $0.otherNames = [.dns("a\u{1B}[2J.test"), .uri("urn:\n\r\u{0}x")]
        }
        for name in ["localhost", "127.0.0.1"] {
            let error = try #require(Fixture.pair(server: Fixture.server(showing: hostile), name: name).failure())
            #expect(error.code == .nameMismatch)
            for text in [error.summary, error.detail, "\(error.verification)"] {
                #expect(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F })
            }
            #expect(!error.description.contains("\u{1B}") && !error.description.contains("\r"))
            #expect(!error.description.contains("\nADMIN"))
        }
    }

    // MARK: Leaving early

    @Test func peerThatSaysNothingAndCloses() throws {
        for role in [TLSRole.client, .server] {
            let pair = try Fixture.pair()
            pair.cut(role == .client ? .toClient : .toServer)
            let error = try #require(pair.firstError)
            #expect(error.role == role)
            #expect(error.code == .closedDuringHandshake)
            #expect(error.nodeCode == "ECONNRESET")
            #expect(error.faultID == .tlsCloseOnHello)
            #expect(error.explanation() != nil)
        }
    }

    @Test(arguments: testedVersions)
    func cutAtAnyByteOfAFlight(_ version: ProtocolVersion) throws {
        for count in [1, 4, 5, 6, 60, 200, 500] {
            let pair = try Fixture.pair(client: Fixture.client { $0.maximumVersion = version })
            pair.carry(.toServer)
            pair.tamper = { _, bytes in Array(bytes.prefix(count)) }
            pair.carry(.toClient)
            pair.cut(.toClient)
            let error = try #require(pair.clientError)
            #expect(error.code == .closedDuringHandshake)
            #expect(error.detail.contains("\(count) bytes"))
            #expect(error.faultID == .tlsCutMidHandshake)
        }
    }

    @Test func orderlyGoodbyeInsideTheHandshakeIsNoSuccess() throws {
        let pair = try Fixture.pair()
        pair.carry(.toServer)
        let goodbye = Alert(level: .warning, description: .closeNotify).record().serialized()
        pair.deliver(goodbye, .toClient)
        pair.cut(.toClient)
        #expect(pair.clientError != nil)
        #expect(pair.clientError?.phase == .handshake)
        #expect(!pair.client.isSecure)
    }

    // MARK: Alerts

    static let alerts = AlertDescription.registeredNames.keys.map(\.rawValue).filter { $0 != 0 }.sorted() + [200]

    @Test(arguments: alerts)
    func alertIsKeptAsItCame(_ number: UInt8) throws {
        let pair = try Fixture.pair()
        pair.carry(.toServer)
        let alert = Alert(level: .fatal, description: AlertDescription(rawValue: number))
        pair.deliver(alert.record().serialized(), .toClient)
        let error = try #require(pair.clientError)
        #expect(error.seenAlert == .received(number))
        let expected: TLSError.Code =
            switch number {
            case 70: .versionMismatch
            case 112: .nameUnrecognized
            case 120: .noApplicationProtocol
            default: .rejectedByPeer
            }
        #expect(error.code == expected)
        #expect(error.summary.contains("alert \(number)"))
        #expect(error.nodeCode.hasPrefix("ERR_SSL_"))
    }

    // MARK: Garbage

    @Test func garbageNeverTrapsAndNeverSucceeds() throws {
        let client = try Fixture.client()
        let server = try Fixture.server()
        var state: UInt64 = 42
        func random() -> UInt8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        for round in 0..<300 {
            let pair = try Fixture.pair(client: client, server: server)
            var bytes = (0..<(1 + Int(random()))).map { _ in random() }
            // Most of it begins like TLS, so that it comes further than the first byte.
            if round % 4 != 0 {
                bytes.replaceSubrange(
                    0..<min(bytes.count, 6), with: [22, 3, 3, 0, UInt8(min(bytes.count, 200)), random() & 15])
            }
            pair.chunkSize = round % 3 == 0 ? 1 : nil
            pair.carry(.toServer)
            pair.server.encrypted.read().isEmpty ? () : pair.deliver(bytes, .toClient)
            let fresh = try Fixture.pair(client: client, server: server)
            fresh.deliver(bytes, .toServer)
            for tried in [pair, fresh] {
                tried.cut(.toServer)
                tried.cut(.toClient)
                #expect(!tried.isSecure)
                #expect(tried.firstError != nil)
                #expect(tried.firstError?.description.isEmpty == false)
            }
        }
    }
}
