//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL
import Foundation
import HaspTesting
import Testing

@testable import HaspEngine

@Suite struct CertificateTests {
    static let kinds: [PrivateKey.Kind] = [.rsa(), .p256, .p384, .ed25519]

    /// A leaf with one of everything.
    static func rich(_ kind: PrivateKey.Kind) throws -> Certificate {
        let ca = try TestCA(kind: kind, name: "Root, of \"trust\"", privateKey: TestKeys.shared(kind))
        let leaf = try ca.issue(
            names: ["localhost", "*.example.org", "127.0.0.1", "2001:db8::1:0:0:1"],
            privateKey: TestKeys.shared(kind, slot: 1)
        ) { template in
            template.subject = [
                ("C", "JP"), ("O", "留め金, 株式会社"), ("OU", "one"), ("OU", "two"), ("CN", "localhost"),
                ("emailAddress", "a@example.org"), ("1.2.3.4.5", "odd"),
            ]
            template.otherNames = [
                .uri("spiffe://example.org/a,b"), .email("a@example.org"), .registeredID("1.2.3.4"),
                .directoryName(
                    DistinguishedName(attributes: [.init(name: "C", value: "DE"), .init(name: "CN", value: "ä")])
                ),
            ]
            template.extraExtensions = [
                ("authorityInfoAccess", "OCSP;URI:http://ocsp.example/,caIssuers;URI:http://ca.example/ca.der"),
                ("tlsfeature", "status_request"), ("1.2.3.4.5.6", "critical,DER:0500"),
            ]
        }
        return try #require(leaf.certificate)
    }

    @Test(arguments: kinds) func saysWhatOpenSSLSays(kind: PrivateKey.Kind) throws {
        let certificate = try Self.rich(kind)
        func x509(_ option: String...) throws -> String {
            let output = try PeerProgram.run("openssl", ["x509", "-noout"] + option, input: certificate.pem)
            #expect(output.status == 0, "\(output.errors)")
            return output.text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        #expect(try x509("-serial") == "serial=\(certificate.serialNumber)")
        #expect(try x509("-fingerprint", "-sha1").hasSuffix("=\(certificate.fingerprint)"))
        #expect(try x509("-fingerprint", "-sha256").hasSuffix("=\(certificate.fingerprint256)"))
        #expect(try x509("-fingerprint", "-sha512").hasSuffix("=\(certificate.fingerprint512)"))
        #expect(try x509("-startdate", "-dateopt", "iso_8601") == "notBefore=\(iso(certificate.notBefore))")
        #expect(try x509("-enddate", "-dateopt", "iso_8601") == "notAfter=\(iso(certificate.notAfter))")
        let text = try x509("-text", "-certopt", "ext_dump")
        #expect(text.contains("Signature Algorithm: \(certificate.signatureAlgorithm)\n"))
        if kind != .ed25519 { #expect(text.contains("Public-Key: (\(certificate.keyBits) bit)")) }
        let key = try PeerProgram.openssl("x509", "-noout", "-pubkey", input: certificate.pem)
        #expect(der(key) == certificate.publicKey)
        if let modulus = certificate.rsaModulus { #expect(try x509("-modulus") == "Modulus=\(modulus)") }
        #expect(try PeerProgram.openssl("x509", input: certificate.pem) == certificate.pem)
        let identifier = try #require(certificate.subjectKeyIdentifier).map { hex($0) }.joined(separator: ":")
        #expect(try x509("-ext", "subjectKeyIdentifier").hasSuffix(identifier))
    }

    @Test(arguments: kinds) func saysWhatNodeSays(kind: PrivateKey.Kind) throws {
        guard PeerProgram.isInstalled("node") else { return }
        let certificate = try Self.rich(kind)
        let node = try NodeCertificate(certificate)
        #expect(node.text("subjectaltname") == certificate.subjectAltNameText)
        #expect(node.text("serialNumber") == certificate.serialNumber)
        #expect(node.text("fingerprint") == certificate.fingerprint)
        #expect(node.text("fingerprint256") == certificate.fingerprint256)
        #expect(node.text("fingerprint512") == certificate.fingerprint512)
        #expect(node.values["ca"] as? Bool == certificate.isCA)
        #expect(node.text("modulus") == certificate.rsaModulus)
        #expect(node.text("exponent") == certificate.rsaExponent)
        #expect(node.text("asn1Curve") == certificate.asn1Curve)
        #expect(node.text("nistCurve") == certificate.nistCurve)
        if kind != .ed25519 { #expect(node.values["bits"] as? Int == certificate.keyBits) }
        #expect(node.values["ext_key_usage"] as? [String] == certificate.extendedKeyUsage)
        #expect(node.values["infoAccess"] as? [String: [String]] == certificate.infoAccess)
        let subject = try #require(node.values["subject"] as? [String: Any])
        #expect(subject["OU"] as? [String] == certificate.subject["OU"])
        for name in ["C", "O", "CN", "emailAddress"] {
            #expect([subject[name] as? String] == certificate.subject[name].map(Optional.some))
        }
    }

    @Test func namesItsKey() throws {
        let rsa = try Self.rich(.rsa())
        #expect(rsa.keyType == "RSA" && rsa.keyBits == 2048 && rsa.rsaExponent == "0x10001" && rsa.asn1Curve == nil)
        #expect(rsa.signatureAlgorithm == "sha256WithRSAEncryption")
        #expect(rsa.keyUsage == ["digitalSignature", "keyEncipherment"])
        let p256 = try Self.rich(.p256)
        #expect(p256.keyType == "EC P-256" && p256.asn1Curve == "prime256v1" && p256.nistCurve == "P-256")
        #expect(p256.rsaModulus == nil && p256.keyUsage == ["digitalSignature"])
        #expect(try Self.rich(.p384).keyType == "EC P-384")
        let edwards = try Self.rich(.ed25519)
        #expect(edwards.keyType == "Ed25519" && edwards.asn1Curve == nil && edwards.signatureAlgorithm == "ED25519")
    }

    @Test func keepsNamesExact() throws {
        let certificate = try Self.rich(.p256)
        #expect(certificate.subject["O"] == ["留め金, 株式会社"])
        #expect(certificate.subject["OU"] == ["one", "two"])
        #expect(certificate.subject.commonName == "localhost")
        #expect(certificate.subject["1.2.3.4.5"] == ["odd"])
        let subject = certificate.subject.description
        #expect(subject.hasPrefix("C=JP, O=留め金\\, 株式会社, OU=one, OU=two, CN=localhost, emailAddress=a@example.org"))
        #expect(certificate.issuer.description == "CN=Root\\, of \\\"trust\\\"")
        #expect(
            certificate.subjectAlternativeNames.prefix(4) == [
                .dns("localhost"), .dns("*.example.org"), .ipAddress([127, 0, 0, 1]),
                .ipAddress([0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]),
            ])
        #expect(certificate.extendedKeyUsage == ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"])
        #expect(!certificate.isCA && !certificate.isSelfIssued)
    }

    @Test func doesNotCutAtNUL() throws {
        let ca = try TestCA()
        let leaf = try ca.issue(names: []) { template in
            template.subject = [("CN", "good.example.org\0.evil.example.com\u{1B}[31m")]
            template.otherNames = [
                .dns("good.example.org\0.evil.example.com"), .dns("a,DNS:b\"'\\"), .dns("b\u{FC}cher"), .uri("\r\n"),
            ]
        }
        let certificate = try #require(leaf.certificate)
        #expect(certificate.subject.commonName == "good.example.org\0.evil.example.com\u{1B}[31m")
        #expect(certificate.subject.description == "CN=good.example.org\\u{0}.evil.example.com\\u{1b}[31m")
        #expect(certificate.subjectAlternativeNames.first == .dns("good.example.org\0.evil.example.com"))
        let text = try #require(certificate.subjectAltNameText)
        #expect(text.hasPrefix(#"DNS:"good.example.org\u0000.evil.example.com", DNS:"a\u002cDNS:b\"'\\", "#))
        #expect(text.hasSuffix(#"DNS:"b\u00fccher", URI:"\u000d\u000a""#))
        if PeerProgram.isInstalled("node") { #expect(try NodeCertificate(certificate).text("subjectaltname") == text) }
        #expect(HostnameCheck.check(name: .dns("good.example.org"), certificate: certificate, rules: .node) != nil)
    }

    /// Made by `openssl req`, so that reader and writer are not the same code.
    @Test func readsOddNamesOfOpenSSL() throws {
        let configuration = try TemporaryFile(
            """
            [req]
            distinguished_name = dn
            string_mask = nombstr
            prompt = no
            [dn]
            CN = Bücher
            [ext]
            subjectAltName = @names
            [names]
            otherName.1 = 1.3.6.1.5.5.7.8.9;FORMAT:UTF8,UTF8:péter@example.org
            otherName.2 = 1.3.6.1.5.5.7.8.7;IA5:_ldap.example.org
            otherName.3 = 1.3.6.1.4.1.311.20.2.3;UTF8:user@example.org, DNS:evil
            otherName.4 = 1.2.3.4;UTF8:unknown
            otherName.5 = 1.3.6.1.5.5.7.8.5;IA5:wrong
            dirName.1 = directory
            RID.1 = 1.3.6.1.4.1.311.20.2.3
            IP.1 = ::ffff:192.0.2.1
            [directory]
            O = a\\, b + c
            CN = x
            """
        )
        let pem = try Self.request(configuration, "-utf8", "-extensions", "ext")
        let certificate = try Certificate(pem: pem)
        #expect(certificate.subject.commonName == "Bücher")
        #expect(certificate.isSelfIssued)
        let names = certificate.subjectAlternativeNames
        #expect(names.contains(.other(typeID: "1.3.6.1.5.5.7.8.9", text: "péter@example.org")))
        #expect(names.contains(.other(typeID: "1.3.6.1.5.5.7.8.5", text: nil)))
        #expect(names.contains(.other(typeID: "1.2.3.4", text: "unknown")))
        #expect(names.contains(.registeredID("1.3.6.1.4.1.311.20.2.3")))
        let text = try #require(certificate.subjectAltNameText)
        #expect(text.contains("othername:SmtpUTF8Mailbox:péter@example.org"))
        #expect(text.contains("othername:SRVName:_ldap.example.org"))
        #expect(text.contains(#"othername:"UPN:user@example.org\u002c DNS:evil""#))
        if PeerProgram.isInstalled("node") { #expect(try NodeCertificate(certificate).text("subjectaltname") == text) }
    }

    @Test func showsBytesThatAreNoText() throws {
        let leaf = try #require(try TestCA().issue(names: []) { $0.subject = [("O", "plainname")] }.certificate)
        var bytes = leaf.der
        let place = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("plainname".utf8)) })
        // A BIT STRING in place of the text, as x500UniqueIdentifier has it: first the count of unused bits.
        bytes[place - 2] = 0x03
        bytes[place] = 0x00
        let certificate = try Certificate(der: bytes)
        #expect(certificate.subject["O"] == ["#6C61696E6E616D65"])
        #expect(certificate.subject.commonName == nil)
        #expect(certificate != leaf)
    }

    /// Reading facts in the middle of a handshake must not change what OpenSSL reports of the handshake.
    @Test func leavesTheErrorQueueAlone() throws {
        let leaf = try TestCA().issue(names: []) { $0.extraExtensions = [("subjectAltName", "DER:30:0B:82:7F:61")] }
        let certificate = try #require(leaf.certificate)
        func fail() {
            ErrorQueue.clear()
            BIO_free(BIO_new_file("/nonexistent/hasp", "r"))
        }
        fail()
        let expected = ErrorQueue.drain()
        fail()
        #expect(certificate.hasUnreadableAltNames && certificate.infoAccess.isEmpty && certificate.rsaModulus == nil)
        #expect(certificate.subjectAltNameText == nil && !certificate.isCA && !certificate.pem.isEmpty)
        #expect(!expected.isEmpty && ErrorQueue.drain() == expected)
    }

    @Test(arguments: [
        // GeneralNames whose length runs past its end; an empty OCTET STRING's worth; an address of five bytes.
        "DER:30:0B:82:7F:61", "DER:04:00", "DER:31:03:82:01:61",
    ]) func admitsThatAltNamesCannotBeRead(value: String) throws {
        let leaf = try TestCA().issue(names: []) { template in
            template.subject = [("CN", "localhost")]
            template.extraExtensions = [("subjectAltName", value)]
        }
        let certificate = try #require(leaf.certificate)
        #expect(certificate.hasUnreadableAltNames && certificate.subjectAlternativeNames.isEmpty)
        let mismatch = HostnameCheck.check(name: .dns("localhost"), certificate: certificate, rules: .node)
        #expect(mismatch?.reason == "The certificate's subjectAltName cannot be read")
    }

    @Test func admitsTwoAltNameExtensions() throws {
        let leaf = try TestCA().issue(names: []) { template in
            template.subject = [("CN", "localhost")]
            template.extraExtensions = [("subjectAltName", "DNS:localhost"), ("subjectAltName", "DNS:other")]
        }
        let certificate = try #require(leaf.certificate)
        #expect(certificate.hasUnreadableAltNames)
        #expect(HostnameCheck.check(name: .dns("localhost"), certificate: certificate, rules: .rfc9525) != nil)
    }

    @Test func listsAddressesOfWrongLength() throws {
        let leaf = try TestCA().issue(names: []) { $0.otherNames = [.ipAddress([1, 2, 3, 4, 5]), .ipAddress([])] }
        let certificate = try #require(leaf.certificate)
        #expect(certificate.subjectAlternativeNames == [.ipAddress([1, 2, 3, 4, 5]), .ipAddress([])])
        if PeerProgram.isInstalled("node") {
            #expect(try NodeCertificate(certificate).text("subjectaltname") == certificate.subjectAltNameText)
        }
    }

    @Test func countsDays() throws {
        let ca = try TestCA()
        let now = Date()
        func days(_ validity: TestValidity) throws -> Int {
            try #require(try ca.issue(names: ["a"], validity: validity).certificate).daysLeft(at: now)
        }
        #expect(try days(.days(from: -1, to: 30.5)) == 30)
        #expect(try days(.days(from: -1, to: 0.5)) == 0)
        #expect(try days(.days(from: -30, to: -0.5)) == -1)
        #expect(try days(.days(from: -30, to: -10.5)) == -11)
        let early = try #require(try ca.issue(names: ["a"], validity: .notYet).certificate)
        #expect(!early.isValid(at: now) && early.isValid(at: now + 2 * 86_400))
        let late = try #require(try ca.issue(names: ["a"], validity: .expired).certificate)
        #expect(!late.isValid(at: now) && late.isValid(at: now - 2 * 86_400))
        #expect(late.daysLeft(at: .distantPast) > 0 && late.daysLeft(at: .distantFuture) < 0)
        #expect(late.daysLeft(at: Date(timeIntervalSince1970: .infinity)) == .min)
        #expect(late.daysLeft(at: Date(timeIntervalSince1970: -.infinity)) == .max)
    }

    @Test func reachesBeyond2050() throws {
        // From 2050 on a date is a GeneralizedTime (RFC 5280, section 4.1.2.5).
        let end = Date(timeIntervalSince1970: 253_402_300_799)
        let leaf = try TestCA().issue(names: ["a"]) { $0.notAfter = end }
        let certificate = try #require(leaf.certificate)
        #expect(certificate.notAfter == end)
        let text = try PeerProgram.openssl("x509", "-noout", "-enddate", input: certificate.pem)
        #expect(text == "notAfter=Dec 31 23:59:59 9999 GMT\n")
    }

    @Test func readsBundles() throws {
        let root = try TestCA(name: "root")
        let leaf = try root.intermediate().issue(names: ["localhost"])
        let described = try PeerProgram.openssl("x509", "-text", input: leaf.certificatePEM)
        let trusted = try PeerProgram.openssl("x509", "-trustout", "-addtrust", "serverAuth", input: root.pem)
        let old = root.pem.replacingOccurrences(of: "CERTIFICATE", with: "X509 CERTIFICATE")
        let bundle = "# 留め金\r\n" + leaf.keyPEM + described + trusted + old + "the end"
        let all = try Certificate.all(inPEM: Array(bundle.utf8))
        #expect(trusted.contains("BEGIN TRUSTED CERTIFICATE"))
        #expect(all == [leaf.certificateChain[0], root.certificate, root.certificate])
        #expect(Set(all).count == 2)
        let lines = leaf.certificatePEM.replacingOccurrences(of: "\n", with: "\r\n")
        #expect(try Certificate.all(inPEM: Array(lines.utf8)) == leaf.certificateChain)
    }

    @Test func refusesWhatIsNoCertificate() throws {
        let leaf = try TestCA().issue(names: ["localhost"])
        let certificate = try #require(leaf.certificate)
        let whole = certificate.der
        #expect(try Certificate(der: whole) == certificate)
        for bad in [[], [0x30], Array(whole.dropLast()), whole + [0], Array(leaf.keyPEM.utf8)] {
            #expect(throws: TLSError(.certificateUnreadable)) { try Certificate(der: bad) }
        }
        let lines = certificate.pem.split(separator: "\n")
        let cut = (lines.prefix(3) + lines.suffix(1)).joined(separator: "\n") + "\n"
        let open = lines.prefix(3).joined(separator: "\n")
        let junk = certificate.pem.replacingOccurrences(of: "MII", with: "!!!")
        for bad in ["", "hello", leaf.keyPEM, cut, open, junk, certificate.pem + cut, certificate.pem + junk] {
            #expect(throws: TLSError(.certificateUnreadable), "\(bad)") {
                try Certificate.all(inPEM: Array(bad.utf8))
            }
        }
    }

    /// Whatever a peer sends is either refused or can be asked everything.
    @Test func survivesDamage() throws {
        let whole = try Self.rich(.p256).der
        var random = SystemRandomNumberGenerator()
        var readable = 0
        for _ in 0..<4_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let certificate = try? Certificate(der: bytes) else { continue }
            readable += 1
            let everything: [Any?] = [
                certificate.description, certificate.subjectAltNameText, certificate.infoAccess, certificate.keyType,
                certificate.keyBits, certificate.rsaModulus, certificate.nistCurve, certificate.keyUsage,
                certificate.extendedKeyUsage, certificate.isCA, certificate.pathLength, certificate.serialNumber,
                certificate.signatureAlgorithm, certificate.publicKey, certificate.daysLeft(), certificate.pem,
                certificate.fingerprint256, certificate.authorityKeyIdentifier, certificate.subjectKeyIdentifier,
            ]
            #expect(!everything.isEmpty)
        }
        #expect(readable > 100)
    }

    // MARK: Helpers

    static func request(_ configuration: TemporaryFile, _ arguments: String...) throws -> String {
        let output = try PeerProgram.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                "/dev/null", "-config", configuration.path,
            ] + arguments
        )
        guard output.status == 0 else { throw PeerProgram.Failed(description: output.errors) }
        return output.text
    }

    private func iso(_ date: Date) -> String {
        date.formatted(.iso8601).replacingOccurrences(of: "T", with: " ")
    }

    private func der(_ pem: String) -> [UInt8] {
        let lines = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }
        return Data(base64Encoded: lines.joined()).map { Array($0) } ?? []
    }

    private func hex(_ byte: UInt8) -> String { String(format: "%02X", byte) }
}

/// What Node's `getPeerCertificate()` would say of a certificate.
struct NodeCertificate {
    let values: [String: Any]

    init(_ certificate: Certificate) throws {
        let script = """
            const text = require('fs').readFileSync(0, 'utf8');
            const certificate = new (require('crypto').X509Certificate)(text).toLegacyObject();
            process.stdout.write(JSON.stringify(certificate));
            """
        let json = try PeerProgram.node(script, input: certificate.pem)
        values = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    }

    func text(_ name: String) -> String? { values[name] as? String }
}
