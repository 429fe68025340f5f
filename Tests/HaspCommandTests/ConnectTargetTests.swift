//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import NIOCore
import Testing

@testable import hasp

@Suite struct ConnectTargetTests {
    @Test(arguments: [
        ("example.com:8443", "example.com", 8443), ("example.com", "example.com", 443),
        ("Example.COM.", "example.com", 443), ("127.0.0.1:1", "127.0.0.1", 1), ("::1", "::1", 443),
        ("[::1]:65535", "::1", 65535), ("[fe80::1%eth0]", "fe80::1%eth0", 443),
        ("https://example.com", "example.com", 443), ("HTTPS://user:pass@example.com:444/p?q#f", "example.com", 444),
        ("https://[2001:db8::1]/", "2001:db8::1", 443), ("wss://example.com/chat", "example.com", 443),
        ("bücher.example", "xn--bcher-kva.example", 443),
    ])
    func isRead(text: String, host: String, port: Int) throws {
        let target = try ConnectTarget(text, defaultPort: 443)
        #expect(target.host == host)
        #expect(target.port == port)
    }

    @Test(arguments: [
        "", ":443", "example.com:", "example.com:+1", "example.com:0", "example.com:65536",
        "example.com:99999999999999999999", "http://example.com", "ftp://example.com", "[::1", "[::1]443", "a/b", "a b",
        "exa\u{0}mple", "1.2.3.4.5",
    ])
    func isRefused(text: String) {
        #expect(throws: ConnectTarget.Invalid.self) { try ConnectTarget(text, defaultPort: 443) }
    }

    @Test func refusalsAreSafeToPrint() {
        do {
            _ = try ConnectTarget("\u{1B}[31m", defaultPort: 443)
            Issue.record("must be refused")
        } catch {
            #expect(!hasControls(error.description))
        }
    }

    @Test func addressesHaveBrackets() throws {
        #expect(try ConnectTarget("::1", defaultPort: 25).address == "[::1]:25")
        #expect(try ConnectTarget("localhost:7", defaultPort: 25).address == "localhost:7")
    }

    @Test(arguments: [("30", 30_000), ("2.5", 2500), ("1s", 1000), ("0.0001", 1)])
    func timeLimits(text: String, milliseconds: Int64) {
        #expect(TimeAmountSeconds(argument: text)?.amount == .milliseconds(milliseconds))
    }

    @Test(arguments: ["0", "-1", "nan", "inf", "1e9", "", "s", "five"])
    func noTimeLimits(text: String) {
        #expect(TimeAmountSeconds(argument: text) == nil)
    }
}

@Suite struct TextLayoutTests {
    @Test(arguments: [("abc", 3), ("日本語", 6), ("e\u{301}", 1), ("a─b", 3), ("", 0)])
    func columns(text: String, count: Int) { #expect(TextLayout.columns(text) == count) }

    @Test func wordsStayWhole() {
        #expect(TextLayout.wrapped("one two three", width: 8) == ["one two", "three"])
        #expect(TextLayout.wrapped("unbreakable word", width: 8) == ["unbreakable", "word"])
        #expect(TextLayout.wrapped("", width: 8) == [""])
    }

    @Test func japaneseBreaksAnywhereButBeforePunctuation() {
        #expect(TextLayout.wrapped("証明書が失効。", width: 12) == ["証明書が失", "効。"])
        #expect(TextLayout.wrapped("証明書が失効した", width: 12) == ["証明書が失効", "した"])
    }

    @Test func nothingIsLost() {
        let text = "`curl -k`、`x off`では、誰でも通信に割り込める ようになります。 and more words follow here"
        let joined = TextLayout.wrapped(text, width: 20).joined().filter { $0 != " " }
        #expect(joined == text.filter { $0 != " " })
    }
}
