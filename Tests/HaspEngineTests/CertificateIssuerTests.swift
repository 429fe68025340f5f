//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspEngine
import HaspTesting
import Testing

@Suite struct CertificateIssuerTests {
    static let kinds: [PrivateKey.Kind] = [.rsa(), .p256, .p384, .ed25519]

    @Test(arguments: kinds, kinds) func makesChainsThatVerify(ca: PrivateKey.Kind, leaf: PrivateKey.Kind) throws {
        let root = try TestCA(kind: ca, privateKey: TestKeys.shared(ca))
        let between = try root.intermediate(privateKey: TestKeys.shared(ca, slot: 1)) { $0.pathLength = 0 }
        let issued = try between.issue(names: ["localhost", "127.0.0.1"], privateKey: TestKeys.shared(leaf, slot: 2))
        #expect(issued.certificateChain.count == 2)
        #expect(between.certificate.isCA && between.certificate.pathLength == 0 && root.certificate.pathLength == nil)
        #expect(issued.certificate?.authorityKeyIdentifier == between.certificate.subjectKeyIdentifier)
        #expect(root.certificate.authorityKeyIdentifier == root.certificate.subjectKeyIdentifier)
        let result = try verify(issued, root: root, "-verify_hostname", "localhost", "-purpose", "sslserver")
        #expect(result.status == 0, "\(result.errors)")
        let strict = try verify(issued, root: root, "-x509_strict", "-verify_ip", "127.0.0.1")
        #expect(strict.status == 0, "\(strict.errors)")
        let other = try verify(issued, root: try TestCA())
        #expect(other.status != 0)
    }

    @Test func keepsValidity() throws {
        let ca = try TestCA()
        let late = try verify(try ca.issue(names: ["a"], validity: .expired), root: ca)
        #expect(late.status != 0 && late.errors.contains("certificate has expired"))
        let early = try verify(try ca.issue(names: ["a"], validity: .notYet), root: ca)
        #expect(early.status != 0 && early.errors.contains("certificate is not yet valid"))
    }

    @Test func keepsUsage() throws {
        let ca = try TestCA()
        let client = try ca.issue(names: ["a"], usages: ["clientAuth"])
        #expect(try verify(client, root: ca, "-purpose", "sslclient").status == 0)
        #expect(try verify(client, root: ca, "-purpose", "sslserver").status != 0)
        #expect(client.certificate?.extendedKeyUsage == ["1.3.6.1.5.5.7.3.2"])
        let free = try ca.issue(names: ["a"], usages: []) { $0.keyUsage = [] }
        #expect(free.certificate?.extendedKeyUsage == [] && free.certificate?.keyUsage == [])
        let odd = try ca.issue(names: ["a"], usages: ["1.2.3.4"]) { $0.keyUsage = ["keyAgreement", "decipherOnly"] }
        #expect(odd.certificate?.extendedKeyUsage == ["1.2.3.4"])
        #expect(odd.certificate?.keyUsage == ["keyAgreement", "decipherOnly"])
    }

    @Test func makesWrongCertificatesToo() throws {
        let ca = try TestCA()
        // A leaf that signs, and an extension in place of our own.
        let leaf = try ca.issue(names: ["a"])
        let issuer = try CertificateIssuer(certificate: try #require(leaf.certificate), key: leaf.privateKey)
        let below = try issuer.issue(CertificateTemplate(dnsNames: ["b"]), publicKeyOf: .generate(.p256))
        let chain = IssuedIdentity(certificateChain: [below] + leaf.certificateChain, privateKey: leaf.privateKey)
        let result = try verify(chain, root: ca)
        #expect(result.status != 0 && result.errors.contains("invalid CA certificate"))
        let replaced = try ca.issue(names: ["a"]) { template in
            template.keyUsage = ["keyCertSign"]
            template.extraExtensions = [("basicConstraints", "CA:TRUE,pathlen:3")]
        }
        #expect(replaced.certificate?.isCA == true && replaced.certificate?.pathLength == 3)
        let forbidden = try ca.issue(names: ["a"]) { $0.extraExtensions = [("basicConstraints", "CA:TRUE")] }
        #expect(forbidden.certificate?.isCA == false)
        let weak = try ca.issue(names: ["a"]) { $0.digest = .sha1 }
        #expect(weak.certificate?.signatureAlgorithm == "ecdsa-with-SHA1")
    }

    @Test func countsSerialNumbersAtRandom() throws {
        let ca = try TestCA()
        let numbers = try (0..<50).map { _ in try #require(try ca.issue(names: ["a"]).certificate).serialNumber }
        #expect(Set(numbers).count == 50)
        #expect(numbers.allSatisfy { $0.count == 32 })
    }

    /// No text of a template reaches OpenSSL's configuration syntax as more than the one thing that it is.
    @Test(arguments: [
        "a,DNS:evil.example", "a,IP:1.2.3.4", "a\nb", "a\0b", "", "a b", "ü",
    ]) func refusesNamesThatAreNone(name: String) throws {
        let key = try PrivateKey.generate(.p256)
        #expect(throws: TLSError(.optionInvalid)) {
            try CertificateIssuer.selfSigned(CertificateTemplate(dnsNames: [name]), key: key)
        }
    }

    @Test func cannotBeTalkedIntoOtherExtensions() throws {
        let key = try PrivateKey.generate(.p256)
        func make(_ template: CertificateTemplate) throws -> Certificate {
            try CertificateIssuer.selfSigned(template, key: key)
        }
        let name = try make(CertificateTemplate(dnsNames: ["dirName:section"]))
        #expect(name.subjectAlternativeNames == [.dns("dirName:section")])
        let uri = try make(CertificateTemplate(otherNames: [.uri("x:a,DNS:evil.example")]))
        #expect(uri.subjectAlternativeNames == [.uri("x:a,DNS:evil.example")])
        for bad in [
            CertificateTemplate(ipAddresses: ["localhost"]), CertificateTemplate(ipAddresses: ["1.2.3.4,DNS:a"]),
            CertificateTemplate(keyUsage: ["digitalSignature,keyCertSign"]),
            CertificateTemplate(keyUsage: ["nonsense"]),
            CertificateTemplate(extendedKeyUsage: ["serverAuth,clientAuth"]),
            CertificateTemplate(extendedKeyUsage: [""]),
            CertificateTemplate(subject: [("nonsense", "x")]), CertificateTemplate(subject: [("C", "too long")]),
            CertificateTemplate(subject: [("CN\0", "x")]), CertificateTemplate(otherNames: [.dns("留め金")]),
            CertificateTemplate(otherNames: [.registeredID("not an id")]),
            CertificateTemplate(otherNames: [.other(typeID: "1.2.3", text: "x")]),
            CertificateTemplate(extraExtensions: [("subjectAltName", "@section")]),
            CertificateTemplate(extraExtensions: [("nonsense", "x")]),
            CertificateTemplate(notAfter: .distantFuture.addingTimeInterval(1e15)),
            CertificateTemplate(notAfter: Date(timeIntervalSince1970: .infinity)),
            CertificateTemplate(isCA: true, pathLength: -1),
        ] {
            #expect(throws: TLSError(.optionInvalid), "\(bad)") { try make(bad) }
        }
    }

    @Test func keepsSubjects() throws {
        let key = try PrivateKey.generate(.ed25519)
        let subject = [("O", "留め金"), ("CN", "a, b + c = \"d\""), ("1.2.3.4", "x")]
        let certificate = try CertificateIssuer.selfSigned(CertificateTemplate(subject: subject), key: key)
        #expect(certificate.subject.attributes.map(\.name) == ["O", "CN", "1.2.3.4"])
        #expect(certificate.subject.attributes.map(\.value) == subject.map(\.1))
        #expect(certificate.isSelfIssued)
        let text = try PeerProgram.openssl(
            "x509", "-noout", "-subject", "-nameopt", "RFC2253,utf8,-esc_msb", input: certificate.pem
        )
        #expect(text.contains(#"CN=a\, b \+ c = \"d\",O=留め金"#), "\(text)")
    }

    @Test func marksNamesCriticalWithoutSubject() throws {
        let key = try PrivateKey.generate(.p256)
        let certificate = try CertificateIssuer.selfSigned(CertificateTemplate(dnsNames: ["a"]), key: key)
        let text = try PeerProgram.openssl("x509", "-noout", "-ext", "subjectAltName", input: certificate.pem)
        #expect(text.contains("critical"))
    }

    @Test func refusesAKeyOfAnother() throws {
        let ca = try TestCA()
        let other = try PrivateKey.generate(.p256)
        #expect(!other.matches(ca.certificate) && ca.issuer.key.matches(ca.certificate))
        #expect(throws: TLSError(.keyMismatch)) { try CertificateIssuer(certificate: ca.certificate, key: other) }
    }

    @Test func writesFiles() throws {
        let directory = try TemporaryDirectory()
        let ca = try TestCA()
        let issued = try ca.intermediate().issue(names: ["localhost"])
        for _ in 0..<2 {
            let files = try issued.write(to: directory.path, name: "a b")
            let written = try Data(contentsOf: URL(fileURLWithPath: files.certificateFile))
            let chain = try Certificate.all(inPEM: Array(written))
            #expect(chain == issued.certificateChain)
            let mode = try FileManager.default.attributesOfItem(atPath: files.keyFile)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let key = try PrivateKey(pem: String(contentsOfFile: files.keyFile, encoding: .utf8))
            #expect(key.publicKey == issued.privateKey.publicKey)
        }
        let root = try ca.write(to: directory.path)
        #expect(try String(contentsOfFile: root, encoding: .utf8) == ca.pem)
        #expect(throws: TLSError(.fileUnreadable)) { try issued.write(to: directory.path + "/missing") }
    }

    private func verify(_ issued: IssuedIdentity, root: TestCA, _ options: String...) throws -> PeerProgram.Output {
        let trusted = try TemporaryFile(root.pem)
        let chain = try TemporaryFile(issued.certificateChain.dropFirst().map(\.pem).joined())
        let leaf = try TemporaryFile(issued.certificate?.pem ?? "")
        let untrusted = issued.certificateChain.count > 1 ? ["-untrusted", chain.path] : []
        return try withExtendedLifetime((trusted, chain, leaf)) {
            try PeerProgram.run("openssl", ["verify", "-CAfile", trusted.path] + untrusted + options + [leaf.path])
        }
    }
}
