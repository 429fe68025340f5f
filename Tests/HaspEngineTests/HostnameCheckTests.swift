//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspTesting
import Testing

@testable import HaspEngine

@Suite struct HostnameCheckTests {
    /// One row: a host, the names of a certificate, and whether it matches by each of the rules.
    struct Row: Sendable, CustomTestStringConvertible {
        var host: String
        var altNames: [SubjectAlternativeName] = []
        var commonNames: [String] = []
        var node: Bool
        var strict: Bool

        init(
            _ host: String, dns: [String] = [], ip: [String] = [], other: [SubjectAlternativeName] = [],
            cn: [String] = [], node: Bool, strict: Bool
        ) {
            self.host = host
            let addresses = ip.map { IPAddressText.parseIPv6($0) ?? IPAddressText.parseIPv4($0) ?? [] }
            altNames = dns.map { .dns($0) } + addresses.map { .ipAddress($0) } + other
            commonNames = cn
            self.node = node
            self.strict = strict
        }

        var testDescription: String { "\(host) in \(SubjectAlternativeName.text(of: altNames)) CN \(commonNames)" }
    }

    static let rows: [Row] = [
        // Plain names: letter case and a dot at the end do not count.
        Row("a.com", dns: ["a.com"], node: true, strict: true),
        Row("A.cOm", dns: ["a.Com"], node: true, strict: true),
        Row("a.com.", dns: ["a.com"], node: true, strict: true),
        Row("a.com", dns: ["a.com."], node: true, strict: true),
        Row("a.com", dns: ["b.com", "a.com"], node: true, strict: true),
        Row("a.com", dns: ["a.co"], node: false, strict: false),
        Row("xa.com", dns: ["a.com"], node: false, strict: false),
        Row("a.com", dns: ["x.a.com"], node: false, strict: false),
        Row("localhost", dns: ["localhost"], node: true, strict: true),
        Row("under_score.a.com", dns: ["under_score.a.com"], node: true, strict: true),
        // Wildcards.
        Row("b.a.com", dns: ["*.a.com"], node: true, strict: true),
        Row("a.com", dns: ["*.a.com"], node: false, strict: false),
        Row("c.b.a.com", dns: ["*.a.com"], node: false, strict: false),
        Row("a.co.uk", dns: ["*.co.uk"], node: true, strict: true),
        Row("a.com", dns: ["*.com"], node: false, strict: false),
        Row("com", dns: ["*"], node: false, strict: false),
        Row("a.com", dns: ["*.*"], node: false, strict: false),
        Row("c.b.a.com", dns: ["*.*.com"], node: false, strict: false),
        Row("c.b.a.com", dns: ["c.*.a.com"], node: false, strict: false),
        Row("foo.a.com", dns: ["f*.a.com"], node: true, strict: false),
        Row("f.a.com", dns: ["f*.a.com"], node: true, strict: false),
        Row("xb.a.com", dns: ["*b.a.com"], node: true, strict: false),
        Row("xyb.a.com", dns: ["x*b.a.com"], node: true, strict: false),
        Row("x.a.com", dns: ["x*x.a.com"], node: false, strict: false),
        Row("bab.a.com", dns: ["b**.a.com"], node: false, strict: false),
        Row("bab.a.com", dns: ["*b*.a.com"], node: false, strict: false),
        Row("xn--abc.example.com", dns: ["xn--*.example.com"], node: false, strict: false),
        Row("xn--bcher-kva.example.com", dns: ["*.example.com"], node: true, strict: true),
        Row("*.a.com", dns: ["*.a.com"], node: true, strict: true),
        // Names that cannot be names.
        Row("a.com", dns: ["a..com"], node: false, strict: false),
        Row("a.com", dns: [".com"], node: false, strict: false),
        Row("a.com", dns: [""], node: false, strict: false),
        Row("a.com", dns: ["a.com\0.evil.org"], node: false, strict: false),
        Row("a.com", dns: ["a.com "], node: false, strict: false),
        Row("b.a.com", dns: ["*.a.c\u{F6}m"], node: false, strict: false),
        Row("a.com", dns: ["b.com, DNS:a.com"], node: false, strict: false),
        // Common names: only in Node's rules, and only without a DNS name.
        Row("a.com", cn: ["a.com"], node: true, strict: false),
        Row("b.a.com", cn: ["*.a.com"], node: true, strict: false),
        Row("a.com", cn: ["b.com", "a.com"], node: true, strict: false),
        Row("a.com", cn: ["b.com"], node: false, strict: false),
        Row("a.com", dns: ["b.com"], cn: ["a.com"], node: false, strict: false),
        Row("a.com", ip: ["127.0.0.1"], cn: ["a.com"], node: true, strict: false),
        Row("a.com", other: [.uri("https://b.com/")], cn: ["a.com"], node: true, strict: false),
        Row("a.com", other: [.email("a@b.com")], cn: ["a.com"], node: true, strict: false),
        Row("a.com", other: [.uri("https://a.com/")], node: false, strict: false),
        Row("a.com", node: false, strict: false),
        // Addresses: only among the addresses.
        Row("8.8.8.8", ip: ["8.8.8.8"], node: true, strict: true),
        Row("8.8.8.8", ip: ["8.8.4.4", "8.8.8.8"], node: true, strict: true),
        Row("8.8.8.8", ip: ["8.8.4.4"], node: false, strict: false),
        Row("8.8.8.8", dns: ["8.8.8.8"], node: false, strict: false),
        Row("8.8.8.8", dns: ["*.8.8.8"], node: false, strict: false),
        Row("8.8.8.8", cn: ["8.8.8.8"], node: false, strict: false),
        Row("8.8.8.8", other: [.uri("http://8.8.8.8/")], node: false, strict: false),
        Row("8.8.8.8", ip: ["8.8.4.4"], cn: ["8.8.8.8"], node: false, strict: false),
        Row("::1", ip: ["::1"], node: true, strict: true),
        Row("0:0::0:1", ip: ["::1"], node: true, strict: true),
        Row("2001:DB8::A", ip: ["2001:db8:0::000a"], node: true, strict: true),
        Row("::ffff:192.0.2.1", ip: ["::ffff:c000:201"], node: true, strict: true),
        Row("::1", ip: ["::2", "127.0.0.1"], node: false, strict: false),
        Row("192.0.2.1", ip: ["::ffff:192.0.2.1"], node: false, strict: false),
        Row("::1", dns: ["::1"], node: false, strict: false),
        Row("a.com", ip: ["127.0.0.1"], node: false, strict: false),
    ]

    @Test(arguments: rows) func followsTheRules(row: Row) throws {
        let name = try #require(PeerName(row.host))
        func mismatch(_ rules: IdentityRules) -> HostnameCheck.Mismatch? {
            HostnameCheck.check(name: name, altNames: row.altNames, commonNames: row.commonNames, rules: rules)
        }
        #expect((mismatch(.node) == nil) == row.node)
        #expect((mismatch(.rfc9525) == nil) == row.strict)
    }

    /// The whole table put to Node's own function: the same verdicts, and the same words for each mismatch.
    @Test func agreesWithNode() throws {
        guard PeerProgram.isInstalled("node") else { return }
        let questions = Self.rows.map { row -> [String: Any] in
            var certificate: [String: Any] = ["subject": row.commonNames.isEmpty ? [:] : ["CN": row.commonNames]]
            if !row.altNames.isEmpty { certificate["subjectaltname"] = SubjectAlternativeName.text(of: row.altNames) }
            return ["host": row.host, "cert": certificate]
        }
        let script = """
            const rows = JSON.parse(require('fs').readFileSync(0, 'utf8'));
            const check = require('tls').checkServerIdentity;
            process.stdout.write(JSON.stringify(rows.map((row) => check(row.host, row.cert)?.reason ?? '')));
            """
        let json = String(decoding: try JSONSerialization.data(withJSONObject: questions), as: UTF8.self)
        let answer = try PeerProgram.node(script, input: json)
        let reasons = try JSONDecoder().decode([String].self, from: Data(answer.utf8))
        #expect(reasons.count == Self.rows.count)
        for (row, reason) in zip(Self.rows, reasons) {
            let name = try #require(PeerName(row.host))
            let mismatch = HostnameCheck.check(
                name: name, altNames: row.altNames, commonNames: row.commonNames, rules: .node
            )
            #expect(mismatch?.reason ?? "" == reason, "\(row.testDescription)")
        }
    }

    /// OpenSSL's own check of real certificates, which has no common name when there is a DNS name and by default takes
    /// partial wildcards too.
    @Test func agreesWithOpenSSL() throws {
        let names = ["example.org", "*.example.com", "192.0.2.7", "2001:db8::7"]
        let certificate = try #require(try TestCA().issue(names: names).certificate)
        let hosts = [
            "example.org", "EXAMPLE.org", "a.example.com", "example.com", "a.b.example.com", "other.org", "192.0.2.7",
            "192.0.2.8", "2001:db8::7", "2001:db8::8",
        ]
        for host in hosts {
            let name = try #require(PeerName(host))
            let option = if case .ip = name { "-checkip" } else { "-checkhost" }
            let answer = try PeerProgram.openssl("x509", "-noout", option, host, input: certificate.pem)
            let matches = HostnameCheck.check(name: name, certificate: certificate, rules: .rfc9525) == nil
            #expect(answer.contains("does match") == matches, "\(host)")
        }
    }

    /// Node compares so from 24.17 on, which is why this is not in the table.
    @Test func takesNoPartOfAnEncodedLabel() {
        #expect(!HostnameCheck.matches("xn--abc.a.com", pattern: "x*.a.com", .node))
        #expect(!HostnameCheck.matches("xn--abc.a.com", pattern: "*c.a.com", .node))
        #expect(HostnameCheck.matches("xx--abc.a.com", pattern: "x*.a.com", .node))
        #expect(HostnameCheck.matches("xn--abc.a.com", pattern: "*.a.com", .node))
    }

    /// Also not when the caller made the name without ``PeerName/init(_:)`` and both are the same.
    @Test(arguments: ["", "a..com", ".a.com", "a b.com", "a\0.com", "\u{FC}.a.com", "\n"])
    func takesNoNameThatIsNone(text: String) {
        for rules in [IdentityRules.node, .rfc9525] {
            let altNames = [SubjectAlternativeName.dns(text)]
            #expect(HostnameCheck.check(name: .dns(text), altNames: altNames, commonNames: [], rules: rules) != nil)
        }
    }

    @Test func saysWhy() throws {
        func reason(
            _ host: String, _ altNames: [SubjectAlternativeName], _ commonNames: [String] = []
        ) throws -> String? {
            let name = try #require(PeerName(host))
            return HostnameCheck.check(name: name, altNames: altNames, commonNames: commonNames, rules: .node)?.reason
        }
        #expect(
            try reason("127.0.0.1", [.dns("a.com"), .ipAddress([8, 8, 8, 8]), .ipAddress([1, 1, 1, 1])])
                == "IP: 127.0.0.1 is not in the cert's list: 8.8.8.8, 1.1.1.1"
        )
        #expect(
            try reason("b.com.", [.dns("a.com"), .ipAddress([8, 8, 8, 8])])
                == "Host: b.com. is not in the cert's altnames: DNS:a.com, IP Address:8.8.8.8"
        )
        #expect(try reason("b.com", [], ["a.com", "c.com"]) == "Host: b.com. is not cert's CN: a.com,c.com")
        #expect(try reason("b.com", [.ipAddress([8, 8, 8, 8])]) == "Cert does not contain a DNS name")
        let mismatch = try #require(
            HostnameCheck.check(
                name: .dns("b.com"), altNames: [.dns("a.com"), .ipAddress([8, 8, 8, 8]), .uri("x:y")], commonNames: [],
                rules: .rfc9525
            )
        )
        #expect(mismatch.names == ["a.com", "8.8.8.8", "URI:x:y"])
        #expect(mismatch.description.hasPrefix("Hostname/IP does not match certificate's altnames: Host: b.com. is"))
    }

    @Test func printsNothingThatDrivesATerminal() throws {
        let hostile = "\u{1B}[2J\n\u{202E}"
        for names in [[SubjectAlternativeName.dns(hostile)], []] {
            let mismatch = try #require(
                HostnameCheck.check(name: .dns("a.com"), altNames: names, commonNames: [hostile], rules: .node)
            )
            for text in mismatch.names + [mismatch.reason] {
                #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{202E}" })
            }
        }
    }
}

@Suite struct PeerNameTests {
    @Test(arguments: [
        ("example.org", "example.org"), ("Example.ORG.", "example.org"), ("localhost", "localhost"),
        ("b\u{FC}cher.example", "xn--bcher-kva.example"), ("B\u{DC}CHER.example", "xn--bcher-kva.example"),
        ("\u{65E5}\u{672C}\u{8A9E}\u{3002}jp", "xn--wgv71a119e.jp"), ("m\u{FC}nchen.de", "xn--mnchen-3ya.de"),
        ("\u{4ED6}\u{4EEC}\u{4E3A}\u{4EC0}\u{4E48}\u{4E0D}\u{8BF4}\u{4E2D}\u{6587}", "xn--ihqwcrb4cv8a8dqg056pqjye"),
        ("3a.b", "3a.b"), ("1.2.3.x4", "1.2.3.x4"), ("_sip._tcp.example", "_sip._tcp.example"),
    ]) func readsNames(text: String, expected: String) {
        #expect(PeerName(text) == .dns(expected))
        #expect(PeerName(text)?.serverName == expected)
    }

    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("127.0.0.1.", "127.0.0.1"), ("127.1", "127.0.0.1"), ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"), ("2130706433", "127.0.0.1"), ("0", "0.0.0.0"),
        ("255.255.255.255", "255.255.255.255"), ("1.65535", "1.0.255.255"), ("::", "::"), ("::1", "::1"),
        ("[::1]", "::1"), ("[fe80::1%eth0]", "fe80::1"),
        ("fe80::1%1", "fe80::1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1::8", "1::8"),
        ("1:0:0:4:0:0:0:8", "1:0:0:4::8"),
        ("::ffff:1.2.3.4", "::ffff:1.2.3.4"), ("64:ff9b::1.2.3.4", "64:ff9b::102:304"), ("ABCD::", "abcd::"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
    ]) func readsAddresses(text: String, expected: String) throws {
        let name = try #require(PeerName(text))
        #expect(name.description == expected)
        #expect(name.serverName == nil)
        #expect(PeerName(expected) == name)
    }

    @Test(arguments: [
        "", ".", "..", "a..b", ".a", "a b", "a\0b", "a\nb", "a/b", "user@a", "a:443", "[::1", "::1]", "[a]",
        "1.2.3.4.5",
        "256.1.1.1", "1.2.3.256", "08.1.1.1", "4294967296", "foo.1", "0xg.1.1.0x", ":::", "1::2::3", "12345::", "::g",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1.2.3", "::01.2.3.4", "1.2.3.4::", "fe80::1%",
        "::1%a b",
        "a\u{200B}b.com", "\u{202E}.com", String(repeating: "a", count: 64), String(repeating: "a.", count: 127) + "a",
        String(repeating: "\u{65E5}", count: 10_000), "xn--\u{FC}\0", "a%2e.com",
    ]) func refuses(text: String) {
        #expect(PeerName(text) == nil)
    }

    @Test func takesTheLongestName() {
        let label = String(repeating: "a", count: 63)
        let name = [label, label, label, String(label.prefix(61))].joined(separator: ".")
        #expect(name.utf8.count == 253)
        #expect(PeerName(name) == .dns(name))
        #expect(PeerName(name + "a") == nil)
    }

    /// Every IPv6 text that the C library writes is read, and its bytes are written the same way again.
    @Test func agreesWithTheCLibrary() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            // Many zeros, so that every place of `::` occurs. The first group is not zero: the C library writes what
            // looks like an IPv4-compatible address with dots, which RFC 5952 does not ask for.
            var bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) & 0x0F }
            for group in 1..<8 where Bool.random(using: &random) { (bytes[2 * group], bytes[2 * group + 1]) = (0, 0) }
            bytes[0] = 0x20
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            #expect(inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count)) != nil)
            let expected = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            #expect(IPAddressText.canonical(bytes) == expected)
            #expect(IPAddressText.parseIPv6(expected) == bytes)
        }
    }
}
