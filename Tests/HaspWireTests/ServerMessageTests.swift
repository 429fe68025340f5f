//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspWire
import Testing

@Suite struct ServerMessageTests {
    @Test func serverHelloOfTLS13() throws {
        let hello = try serverHello(Captures.serverHelloTLS13)
        #expect(hello.selectedVersion == .tls13 && hello.legacyVersion == .tls12)
        #expect(hello.cipherSuite == .aes256GCM)
        #expect(hello.selectedGroup == .x25519 && hello.keyShare?.keyExchange.count == 32)
        #expect(!hello.isHelloRetryRequest && hello.selectedALPN == nil && !hello.hasDowngradeSignal)
        #expect(hello.selectedPSKIdentity == nil && hello.cookie == nil)
    }

    @Test func helloRetryRequest() throws {
        let hellos = try messages(in: Captures.helloRetryServer).map { try ServerHello(parsing: $0.body) }
        #expect(hellos.map(\.isHelloRetryRequest) == [true, false])
        #expect(hellos.map(\.selectedGroup) == [.secp384r1, .secp384r1])
        #expect(hellos.map { $0.keyShare?.keyExchange.count } == [nil, 97])
        #expect(hellos.map(\.selectedVersion) == [.tls13, .tls13])
    }

    @Test func serverHelloOfTLS12() throws {
        let hello = try serverHello(Captures.serverFlightTLS12)
        #expect(hello.selectedVersion == .tls12 && hello.cipherSuite == .ecdheECDSAWithAES256GCM)
        #expect(hello.selectedALPN == "http/1.1" && hello.selectedGroup == nil)
        #expect(hello.hasExtendedMasterSecret && hello.hasSecureRenegotiation && !hello.hasDowngradeSignal)
    }

    @Test func aServerThatCouldDoBetterSaysSo() throws {
        let hello = try serverHello(Captures.serverHelloDowngraded)
        #expect(hello.selectedVersion == .tls12)
        #expect(hello.hasDowngradeSignal)
    }

    @Test(arguments: [
        Captures.serverHelloTLS13, Captures.helloRetryServer, Captures.serverFlightTLS12,
        Captures.serverHelloDowngraded,
    ])
    func serverHellosSerializeToTheSameBytes(capture: [UInt8]) throws {
        let body = try body(of: .serverHello, in: capture)
        let hello = try ServerHello(parsing: body)
        #expect(hello.serialized() == body)
        #expect(try ServerHello(parsing: body.span.bytes) == hello)
        #expect(throws: WireError.self) { try ServerHello(parsing: body + [0]) }
    }

    @Test func cookieAndChosenKeyAreRead() {
        let hello = ServerHello(
            random: ServerHello.helloRetryRequestRandom,
            cipherSuite: .aes128GCM,
            extensions: [
                Extension(type: .cookie, data: [0, 2, 0xAA, 0xBB]), Extension(type: .preSharedKey, data: [0, 3]),
            ]
        )
        #expect(hello.cookie == [0xAA, 0xBB] && hello.selectedPSKIdentity == 3)
        #expect(hello.isHelloRetryRequest && hello.selectedGroup == nil)
    }

    @Test func theFlightOfTLS12HoldsItsMessages() throws {
        let types = try messages(in: Captures.serverFlightTLS12).map(\.type)
        #expect(types == [.serverHello, .certificate, .serverKeyExchange, .serverHelloDone])
    }

    @Test func certificatesOfTLS12() throws {
        let body = try body(of: .certificate, in: Captures.serverFlightTLS12)
        let message = try CertificateMessage(parsing: body)
        #expect(message.certificates.count == 1)
        #expect(message.certificates.first?.first == 0x30)
        #expect(message.certificates.first?.count == body.count - 6)
        #expect(message.serialized() == body)
        #expect(try CertificateMessage(parsing: body.span.bytes) == message)

        let two = CertificateMessage(certificates: [[1, 2, 3], []])
        #expect(try CertificateMessage(parsing: two.serialized()) == two)
        #expect(try CertificateMessage(parsing: [0, 0, 0]).certificates.isEmpty)
        #expect(throws: WireError(.trailingBytes, in: "certificate message", at: 3)) {
            try CertificateMessage(parsing: [0, 0, 0, 0])
        }
        #expect(throws: WireError.self) { try CertificateMessage(parsing: [0, 0, 4, 0, 0, 2, 1]) }
    }
}
