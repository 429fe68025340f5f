//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspWire
import Testing

@Suite struct ClientHelloTests {
    @Test(arguments: Captures.clientHellos)
    func aParsedHelloSerializesToTheSameBytes(capture: [UInt8]) throws {
        let body = try body(of: .clientHello, in: capture)
        let hello = try ClientHello(parsing: body)
        #expect(hello.serialized() == body)
        #expect(try ClientHello(parsing: body.span.bytes) == hello)
        #expect(hello.random.count == 32)
    }

    @Test func openSSLWithTLS13() throws {
        let hello = try clientHello(Captures.openSSL13)
        #expect(hello.legacyVersion == .tls12)
        #expect(hello.sessionID.count == 32)
        #expect(hello.cipherSuites.count == 31)
        #expect(hello.cipherSuites.prefix(3) == [.aes256GCM, .chaCha20Poly1305, .aes128GCM])
        #expect(hello.serverName == "example.com")
        #expect(hello.alpnProtocols == ["h2", "http/1.1"])
        #expect(hello.supportedVersions == [.tls13, .tls12, .tls11, .tls10])
        #expect(hello.supportedGroups.prefix(3) == [.x25519, .secp256r1, .x448])
        #expect(hello.keyShares.map(\.group) == [.x25519])
        #expect(hello.keyShares.first?.keyExchange.count == 32)
        #expect(hello.signatureSchemes.first == .ecdsaSecp256r1SHA256)
        #expect(hello.signatureSchemes.count == 20)
        #expect(hello.pskKeyExchangeModes == [.pskWithDHE])
        #expect(hello.statusRequest == .ocsp)
        #expect(hello.ecPointFormats == [0, 1, 2])
        #expect(hello.hasSessionTicket && hello.sessionTicket == [])
        #expect(hello.offersSecureRenegotiation && hello.offersExtendedMasterSecret)
        #expect(!hello.offersEarlyData && !hello.isFallback && !hello.hasEncryptedClientHello)
        #expect(hello.pskIdentities.isEmpty)
    }

    @Test func olderVersionsFallBackToTheLegacyField() throws {
        let tls12 = try clientHello(Captures.openSSL12)
        #expect(tls12.supportedVersions == [.tls12])
        #expect(tls12.keyShares.isEmpty && tls12.alpnProtocols.isEmpty)
        #expect(tls12.serverName == "example.com" && tls12.statusRequest == nil)

        let tls10 = try clientHello(Captures.openSSL10)
        #expect(tls10.supportedVersions == [.tls10])
        #expect(tls10.serverName == nil && tls10.signatureSchemes.isEmpty)
    }

    @Test func resumptionWithEarlyData() throws {
        let hello = try clientHello(Captures.openSSLResuming)
        #expect(hello.offersEarlyData)
        #expect(hello.pskIdentities.count == 1)
        #expect(hello.pskIdentities.first?.identity.count == 32)
        #expect(hello.pskIdentities.first?.obfuscatedTicketAge == 0x6569_C42F)
    }

    @Test func otherPrograms() throws {
        let node = try clientHello(Captures.node)
        #expect(node.serverName == "node.example" && node.alpnProtocols == ["h2"])
        #expect(node.supportedVersions == [.tls13, .tls12] && node.cipherSuites.count == 59)

        let go = try clientHello(Captures.go)
        #expect(go.serverName == "go.example" && go.supportedGroups == [.x25519, .secp256r1, .secp384r1, .secp521r1])
        #expect(go.extensions.contains { $0.type == .signedCertificateTimestamp })
    }

    @Test func chromiumWithGREASE() throws {
        let hello = try clientHello(Captures.chromium)
        #expect(hello.serverName == "chromium.example")
        #expect(hello.cipherSuites.first?.isGREASE == true)
        #expect(hello.cipherSuites.filter(\.isGREASE).count == 1)
        #expect(hello.supportedVersions.map(\.name) == ["GREASE(0xFAFA)", "TLSv1.3", "TLSv1.2"])
        #expect(
            hello.supportedGroups.map(\.name) == [
                "GREASE(0x7A7A)", "X25519MLKEM768", "x25519", "secp256r1", "secp384r1",
            ]
        )
        #expect(hello.keyShares.map(\.keyExchange.count) == [1, 1216, 32])
        #expect(hello.certificateCompressionAlgorithms == [.brotli])
        #expect(hello.hasEncryptedClientHello)
        #expect(hello.extensions.filter(\.type.isGREASE).count == 2)
    }

    @Test func theSecondHelloAnswersTheRetry() throws {
        let hellos = try messages(in: Captures.helloRetryClient).map { try ClientHello(parsing: $0.body) }
        #expect(hellos.map { $0.keyShares.map(\.group) } == [[.x25519], [.secp384r1]])
        #expect(hellos.first?.random == hellos.last?.random)
    }

    @Test func namesAreNeitherCutNorFatal() throws {
        let withNUL = Array("good.example\0.evil".utf8)
        let hello = self.hello(serverName: withNUL)
        #expect(hello.serverNameBytes == withNUL)
        #expect(hello.serverName == "good.example\0.evil")
        #expect(hello.serverName != "good.example")

        let notUTF8: [UInt8] = [0x61, 0xFF, 0xC3, 0x28, 0x80]
        #expect(self.hello(serverName: notUTF8).serverNameBytes == notUTF8)
        #expect(self.hello(serverName: notUTF8).serverName?.contains("\u{FFFD}") == true)
        #expect(self.hello(serverName: Array("日本.example".utf8)).serverName == "日本.example")
        #expect(self.hello(serverName: []).serverName == "")
    }

    @Test func brokenExtensionsAreEmptyNotFatal() throws {
        let types: [ExtensionType] = [
            .serverName, .alpn, .supportedVersions, .supportedGroups, .keyShare, .signatureAlgorithms, .preSharedKey,
            .pskKeyExchangeModes, .statusRequest, .ecPointFormats, .compressCertificate, .recordSizeLimit, .cookie,
            .signatureAlgorithmsCert,
        ]
        for data in [[], [0xFF], [0xFF, 0xFF], [0x00, 0x01, 0x00, 0x99]] as [[UInt8]] {
            let hello = ClientHello(
                random: Array(repeating: 0, count: 32),
                cipherSuites: [.aes128GCM],
                extensions: types.map { Extension(type: $0, data: data) }
            )
            let parsed = try ClientHello(parsing: hello.serialized())
            #expect(parsed == hello)
            #expect(parsed.serverName == nil && parsed.alpnProtocols.isEmpty && parsed.keyShares.isEmpty)
            #expect(parsed.supportedVersions.isEmpty && parsed.pskIdentities.isEmpty && parsed.cookie == nil)
            #expect(parsed.supportedGroups.isEmpty && parsed.signatureSchemes.isEmpty)
        }
    }

    @Test func anEmptyBlockOfExtensionsIsNotTheSameAsNone() throws {
        var hello = ClientHello(random: Array(repeating: 7, count: 32), cipherSuites: [.aes128GCM])
        let without = hello.serialized()
        hello.hasEmptyExtensionBlock = true
        #expect(hello.serialized() == without + [0, 0])
        #expect(try ClientHello(parsing: hello.serialized()) == hello)
        #expect(try !ClientHello(parsing: without).hasEmptyExtensionBlock)
    }

    @Test func errorsSayWhatAndWhere() throws {
        let good = try body(of: .clientHello, in: Captures.openSSL12)
        #expect(throws: WireError(.trailingBytes, in: "client hello", at: good.count)) {
            try ClientHello(parsing: good + [0])
        }
        #expect(throws: WireError(.truncated, in: "client random", at: 2)) {
            try ClientHello(parsing: Array(good.prefix(33)))
        }
        #expect(throws: WireError(.invalidLength, in: "session id", at: 34)) {
            try ClientHello(parsing: Array(good.prefix(34)) + [33] + Array(repeating: 0, count: 64))
        }
        #expect(throws: WireError(.truncated, in: "cipher suites", at: 35)) {
            try ClientHello(parsing: Array(good.prefix(34)) + [0, 0, 9, 1])
        }
        #expect(throws: WireError(.invalidLength, in: "cipher suites", at: 37)) {
            try ClientHello(parsing: Array(good.prefix(34)) + [0, 0, 3, 1, 2, 3, 1, 0])
        }
        #expect(
            "\(WireError(.truncated, in: "cipher suites", at: 37))"
                == "cipher suites at byte 37: the bytes end too early"
        )
    }

    @Test func oversizedPartsDoNotTrap() {
        let hello = ClientHello(
            random: [],
            sessionID: Array(repeating: 1, count: 300),
            cipherSuites: Array(repeating: .aes128GCM, count: 40_000),
            extensions: [Extension(type: .padding, data: Array(repeating: 0, count: 70_000))]
        )
        #expect(hello.serialized().count > 150_000)
        #expect(throws: WireError.self) { try ClientHello(parsing: hello.serialized()) }
    }

    private func hello(serverName name: [UInt8]) -> ClientHello {
        let size = UInt8(name.count)
        return ClientHello(
            random: Array(repeating: 0, count: 32),
            cipherSuites: [.aes128GCM],
            extensions: [Extension(type: .serverName, data: [0, size + 3, 0, 0, size] + name)]
        )
    }
}
