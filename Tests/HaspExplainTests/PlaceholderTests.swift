//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Testing

@testable import HaspExplain

@Suite struct PlaceholderTests {
    private let text = LocalizedText(en: "{host} says {name}", ja: "{host}は{name}")

    @Test func valuesAreFilledIn() {
        let values = ["host": "a.test", "name": "b.test"]
        #expect(text.filled(.english, values: values) == "a.test says b.test")
        #expect(text.filled(.japanese, values: values) == "a.testはb.test")
    }

    @Test func missingValuesBecomeNeutralWords() {
        #expect(text.filled(.english) == "The host says the requested name")
        #expect(text.filled(.japanese, values: ["name": "b.test"]) == "接続先ホストはb.test")
    }

    @Test func onlyANeutralWordIsCapitalised() {
        #expect(text.filled(.english, values: ["host": "a.test"]) == "a.test says the requested name")
        #expect(LocalizedText(en: "to {host}", ja: "").filled(.english) == "to the host")
    }

    /// "the name {name}" would read "the name the requested name".
    @Test(arguments: FaultCatalogue.all) func neutralWordsFitTheirSentences(_ fault: Fault) throws {
        for text in fault.texts {
            for noun in ["name", "file", "host", "address", "port", "a", "the"] {
                let doubled = try Regex("(?i)\\b\(noun) \\{")
                #expect(text.en.firstMatch(of: doubled) == nil, "\(text.en)")
            }
        }
    }

    @Test func aValueIsNotFilledAgain() {
        #expect(text.filled(.english, values: ["host": "{name}", "name": "x"]) == "{name} says x")
    }

    @Test func otherBracesStay() {
        let code = "f({ host: 1 }) {unknown} {} {Host} { {"
        #expect(LocalizedText(en: code, ja: "").filled(.english) == code)
    }

    @Test func valuesCannotControlTheTerminal() {
        let hostile = "a\u{1B}[2Jb\nc\u{202E}d\u{7F}\u{85}\u{2028}"
        #expect(
            LocalizedText(en: "{name}", ja: "").filled(.english, values: ["name": hostile])
                == "a\u{FFFD}[2Jb\u{FFFD}c\u{FFFD}d\u{FFFD}\u{FFFD}\u{FFFD}"
        )
    }

    @Test func longValuesAreShortened() {
        let long = String(repeating: "x", count: Placeholders.valueLimit)
        let title = LocalizedText(en: "{names}", ja: "")
        #expect(title.filled(.english, values: ["names": long]) == long)
        #expect(title.filled(.english, values: ["names": long + "x"]) == long + "…")
    }

    @Test(arguments: [
        ("example.com", "curl https://example.com/"),
        ("192.0.2.1", "curl https://192.0.2.1/"),
        ("2001:db8::1", "curl https://[2001:db8::1]/"),
        ("[::1]", "curl https://[::1]/"),
        ("x; rm -rf ~", "curl https://HOST/"),
        ("$(id)", "curl https://HOST/"),
        ("`id`", "curl https://HOST/"),
        ("a'b", "curl https://HOST/"),
        ("a\nb", "curl https://HOST/"),
        ("-o", "curl https://HOST/"),
        ("ホスト", "curl https://HOST/"),
        ("", "curl https://HOST/"),
    ])
    func commandsTakeOnlyHarmlessValues(_ host: String, _ expected: String) {
        #expect(Placeholders.fillCommand("curl https://{host}/", values: ["host": host]) == expected)
    }

    @Test func commandsWithoutValuesShowWordsInCapitals() {
        let line = "hasp connect {host}:{port} --servername {name}"
        #expect(Placeholders.fillCommand(line, values: [:]) == "hasp connect HOST:PORT --servername NAME")
    }

    /// The braces that remain after filling are those of JavaScript objects, which hold more than one word.
    @Test(arguments: FaultCatalogue.all, Language.allCases)
    func noEntryPrintsAPlaceholder(_ fault: Fault, _ language: Language) {
        #expect(fault.rendered(language: language).firstMatch(of: /\{[a-z]*\}/) == nil)
        for text in fault.texts {
            #expect(!fault.text(text, language: language).contains { $0 == "{" || $0 == "}" })
        }
    }
}
