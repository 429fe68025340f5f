//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspWire
import Testing

@Suite struct CodePointTests {
    @Test func versionsHaveTheNamesOfNodeAndOpenSSL() {
        let names = [ProtocolVersion.ssl2, .ssl3, .tls10, .tls11, .tls12, .tls13].map(\.name)
        #expect(names == ["SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"])
        #expect(ProtocolVersion(rawValue: 0x0305).name == "0x0305")
        #expect("\(ProtocolVersion(rawValue: 0x7A7A))" == "GREASE(0x7A7A)")
    }

    @Test func versionsAreOrdered() {
        let shuffled: [ProtocolVersion] = [.tls12, .ssl2, .tls13, .tls10, .ssl3, .tls11]
        #expect(shuffled.sorted() == [.ssl2, .ssl3, .tls10, .tls11, .tls12, .tls13])
    }

    @Test func suitesAreFoundByNumberAndByEitherName() {
        let suite = CipherSuite(rawValue: 0xC02F)
        #expect(suite.name == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
        #expect(suite.openSSLName == "ECDHE-RSA-AES128-GCM-SHA256")
        #expect(CipherSuite(name: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256") == suite)
        #expect(CipherSuite(openSSLName: "ECDHE-RSA-AES128-GCM-SHA256") == suite)
        #expect(CipherSuite(openSSLName: "DES-CBC3-SHA")?.name == "TLS_RSA_WITH_3DES_EDE_CBC_SHA")
        #expect(CipherSuite(name: "TLS_NO_SUCH_SUITE") == nil)
        #expect(CipherSuite(openSSLName: "") == nil)
    }

    @Test func suitesPrintEvenWhenUnknown() {
        #expect("\(CipherSuite.aes128GCM)" == "TLS_AES_128_GCM_SHA256")
        #expect("\(CipherSuite(rawValue: 0x1234))" == "0x1234")
        #expect("\(CipherSuite(rawValue: 0x0A0A))" == "GREASE(0x0A0A)")
        #expect("\(CipherSuite(rawValue: 0x000F))" == "TLS_DH_RSA_WITH_DES_CBC_SHA")
        #expect(CipherSuite(rawValue: 0xFFFF).openSSLName == nil)
    }

    @Test func suitesOfTLS13AreTold() {
        let table = CipherSuite.registeredNames.filter { $0.key.isTLS13 }
        #expect(table.count == 7)
        #expect(table.values.allSatisfy { !$0.contains("_WITH_") })
        #expect(!CipherSuite.ecdheRSAWithAES128GCM.isTLS13)
        #expect(CipherSuite.fallback.isSignal && CipherSuite.emptyRenegotiationInfo.isSignal)
        #expect(!CipherSuite.aes128GCM.isSignal)
    }

    @Test func theSuiteTableIsWhole() {
        let names = CipherSuite.registeredNames
        #expect(names.count >= 359)
        #expect(Set(names.values).count == names.count)
        for (suite, name) in names {
            #expect(name.hasPrefix("TLS_"))
            #expect(CipherSuite(name: name) == suite)
            if let openSSLName = suite.openSSLName { #expect(CipherSuite(openSSLName: openSSLName) == suite) }
        }
    }

    @Test func exactlySixteenNumbersAreGREASE() {
        let grease = (0...UInt16.max).map(NamedGroup.init(rawValue:)).filter(\.isGREASE)
        #expect(grease.map(\.rawValue) == (0...15).map { 0x0A0A + $0 * 0x1010 })
        #expect(!AlertDescription(rawValue: 0x0A).isGREASE)
    }

    @Test(arguments: [
        (NamedGroup.x25519.name, "x25519"), (NamedGroup.secp256r1.name, "secp256r1"),
        (NamedGroup(rawValue: 0x11EC).name, "X25519MLKEM768"), (NamedGroup(rawValue: 0x1FFF).name, "0x1FFF"),
        (SignatureScheme(rawValue: 0x0403).name, "ecdsa_secp256r1_sha256"),
        (SignatureScheme(rawValue: 0x0804).name, "rsa_pss_rsae_sha256"),
        (SignatureScheme(rawValue: 0x0807).name, "ed25519"), (SignatureScheme(rawValue: 0x0904).name, "mldsa44"),
        (AlertDescription(rawValue: 40).name, "handshake_failure"), (AlertDescription(rawValue: 48).name, "unknown_ca"),
        (AlertDescription(rawValue: 116).name, "certificate_required"), (AlertDescription(rawValue: 7).name, "0x07"),
        (AlertLevel(rawValue: 2).name, "fatal"), (ContentType(rawValue: 22).name, "handshake"),
        (HandshakeType(rawValue: 1).name, "client_hello"), (HandshakeType(rawValue: 254).name, "message_hash"),
        (ExtensionType(rawValue: 16).name, "application_layer_protocol_negotiation"),
        (ExtensionType(rawValue: 51).name, "key_share"), (ExtensionType(rawValue: 65281).name, "renegotiation_info"),
        (ExtensionType(rawValue: 0xFE0D).name, "encrypted_client_hello"),
        (ExtensionType(rawValue: 0xDADA).name, "GREASE(0xDADA)"),
    ])
    func numbersHaveTheirRegisteredNames(name: String, expected: String) {
        #expect(name == expected)
    }

    @Test func numbersAreFoundByName() {
        #expect(NamedGroup(name: "X25519MLKEM768") == .x25519MLKEM768)
        #expect(SignatureScheme(name: "rsa_pss_pss_sha512") == .rsaPSSPSSSHA512)
        #expect(AlertDescription(name: "protocol_version") == .protocolVersion)
        #expect(NamedGroup(name: "x25518") == nil)
    }

    @Test func postQuantumGroupsAreTold() {
        #expect(NamedGroup.x25519MLKEM768.isPostQuantum && NamedGroup.mlkem1024.isPostQuantum)
        #expect(!NamedGroup.x25519.isPostQuantum && !NamedGroup.ffdhe8192.isPostQuantum)
    }
}
