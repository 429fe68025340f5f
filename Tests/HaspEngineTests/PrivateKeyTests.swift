//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspEngine
import HaspTesting
import Testing

@Suite struct PrivateKeyTests {
    static let kinds: [PrivateKey.Kind] = [.rsa(), .p256, .p384, .ed25519]

    @Test(arguments: kinds) func isReadByOpenSSL(kind: PrivateKey.Kind) throws {
        let key = try TestKeys.shared(kind)
        #expect(try PeerProgram.openssl("pkey", input: key.pem()) == key.pem())
        let encrypted = try key.pem(passphrase: "留め金 secret")
        #expect(encrypted.contains("BEGIN ENCRYPTED PRIVATE KEY"))
        #expect(try PeerProgram.openssl("pkey", "-passin", "pass:留め金 secret", input: encrypted) == key.pem())
        let cipher = try PeerProgram.openssl("asn1parse", input: encrypted)
        #expect(cipher.contains("aes-256-cbc") && cipher.contains("PBKDF2"))
    }

    /// Every form in which OpenSSL writes keys.
    @Test(arguments: kinds) func readsWhatOpenSSLWrites(kind: PrivateKey.Kind) throws {
        let key = try TestKeys.shared(kind)
        let plain = try key.pem()
        var forms = [plain, try PeerProgram.openssl("pkcs8", "-topk8", "-nocrypt", input: plain)]
        var encrypted = [
            try PeerProgram.openssl("pkcs8", "-topk8", "-v2", "aes-128-cbc", "-passout", "pass:abc", input: plain),
            try PeerProgram.openssl("pkcs8", "-topk8", "-scrypt", "-passout", "pass:abc", input: plain),
        ]
        if kind != .ed25519 {
            forms.append(try PeerProgram.openssl("pkey", "-traditional", input: plain))
            encrypted.append(
                try PeerProgram.openssl("pkey", "-traditional", "-aes256", "-passout", "pass:abc", input: plain)
            )
        }
        for pem in forms {
            #expect(try PrivateKey(pem: pem).publicKey == key.publicKey)
            // A passphrase that is not needed does no harm.
            #expect(try PrivateKey(pem: pem, passphrase: "unused").publicKey == key.publicKey)
            #expect(try PrivateKey(der: der(pem)).publicKey == key.publicKey)
        }
        for (index, pem) in encrypted.enumerated() {
            #expect(try PrivateKey(pem: pem, passphrase: "abc").publicKey == key.publicKey)
            #expect(throws: TLSError(.passphraseWrong)) { try PrivateKey(pem: pem) }
            for wrong in ["", "abd", "ABC", String(repeating: "a", count: 2_000)] {
                #expect(throws: TLSError(.passphraseWrong), "\(index)") { try PrivateKey(pem: pem, passphrase: wrong) }
            }
        }
        for pem in encrypted.prefix(2) {
            #expect(try PrivateKey(der: der(pem), passphrase: "abc").publicKey == key.publicKey)
            #expect(throws: TLSError(.passphraseWrong)) { try PrivateKey(der: der(pem)) }
            #expect(throws: TLSError(.passphraseWrong)) { try PrivateKey(der: der(pem), passphrase: "abd") }
        }
    }

    @Test func readsAKeyBesideCertificates() throws {
        let issued = try TestCA().issue(names: ["localhost"])
        let parameters = try PeerProgram.openssl("ecparam", "-name", "prime256v1")
        for pem in [
            issued.certificatePEM + issued.keyPEM, issued.keyPEM + issued.certificatePEM, "text\n" + issued.keyPEM,
            parameters + issued.keyPEM, issued.keyPEM.replacingOccurrences(of: "\n", with: "\r\n"),
        ] {
            #expect(try PrivateKey(pem: pem).publicKey == issued.privateKey.publicKey)
        }
    }

    @Test func refusesWhatIsNoKey() throws {
        let issued = try TestCA().issue(names: ["localhost"])
        let lines = issued.keyPEM.split(separator: "\n")
        let publicKey = try PeerProgram.openssl("pkey", "-pubout", input: issued.keyPEM)
        for bad in [
            "", "hello", issued.certificatePEM, publicKey, lines.dropLast().joined(separator: "\n"),
            (lines.prefix(2) + lines.suffix(1)).joined(separator: "\n"),
        ] {
            #expect(throws: TLSError(.privateKeyUnreadable), "\(bad)") { try PrivateKey(pem: bad) }
            #expect(throws: TLSError(.privateKeyUnreadable), "\(bad)") { try PrivateKey(pem: bad, passphrase: "x") }
            #expect(throws: TLSError(.privateKeyUnreadable), "\(bad)") { try PrivateKey(der: Array(bad.utf8)) }
        }
    }

    @Test func refusesWhatItCannotMakeOrWrite() throws {
        for bits in [-1, 0, 511, 16_385, .max, .min] {
            #expect(throws: TLSError(.optionInvalid)) { try PrivateKey.generate(.rsa(bits: bits)) }
        }
        let key = try PrivateKey.generate(.p256)
        for passphrase in ["", String(repeating: "a", count: 1_025)] {
            #expect(throws: TLSError(.optionInvalid)) { try key.pem(passphrase: passphrase) }
        }
        let longest = String(repeating: "a", count: 1_024)
        #expect(try PrivateKey(pem: key.pem(passphrase: longest), passphrase: longest).publicKey == key.publicKey)
    }

    @Test func saysWhatItIsAndNoMore() throws {
        let key = try PrivateKey.generate(.p256)
        #expect(key.keyType == "EC P-256" && key.keyBits == 256)
        #expect("\(key)" == "private key (EC P-256, 256 bits)")
        #expect(String(reflecting: key) == "private key (EC P-256, 256 bits)")
        #expect(try PrivateKey.generate(.rsa(bits: 1_024)).keyBits == 1_024)
        #expect(try PrivateKey.generate(.ed25519).keyType == "Ed25519")
    }

    @Test func sharesKeysOfTheProcess() throws {
        #expect(try TestKeys.shared(.p256).publicKey == TestKeys.shared(.p256).publicKey)
        #expect(try TestKeys.shared(.p256).publicKey != TestKeys.shared(.p256, slot: 1).publicKey)
        #expect(throws: TLSError(.optionInvalid)) { try TestKeys.shared(.rsa(bits: 1)) }
    }

    private func der(_ pem: String) -> [UInt8] {
        let lines = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }
        return Data(base64Encoded: lines.joined()).map { Array($0) } ?? []
    }
}
