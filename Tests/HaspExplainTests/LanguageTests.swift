//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Testing

@testable import HaspExplain

@Suite struct LanguageTests {
    @Test(arguments: [
        ("en", Language.english),
        ("ja", .japanese),
        ("ja-JP", .japanese),
        ("JA-jp", .japanese),
        ("ja,en-US;q=0.7,en;q=0.3", .japanese),
        ("en-US,en;q=0.9,ja;q=0.8", .english),
        ("fr-FR, fr;q=0.9, ja;q=0.5, en;q=0.4", .japanese),
        ("en;q=0.5, ja;q=0.500", .english),
        ("en;q=0.5, ja;q=0.501", .japanese),
        ("ja;q=0.2, en;q=0.1, *;q=0.9", .japanese),
        ("*", .english),
        ("en;q=0, *", .japanese),
        ("ja;q=0.4, *;q=0.5", .english),
        ("fr, *;q=0.1", .english),
        (" ja ;q=1.0 ", .japanese),
        ("ja ; Q = 0.9, en;q=0.1", .japanese),
        (",,ja,", .japanese),
    ])
    func acceptLanguage(_ header: String, _ expected: Language) {
        #expect(Language(acceptLanguage: header) == expected)
    }

    @Test(arguments: ["", "fr", "ja;q=0", "en;q=0,ja;q=0.000", "*;q=0", ";q=1", "japanese", "j", ",", "zh-Hant-ja"])
    func acceptLanguageWithoutAMatch(_ header: String) {
        #expect(Language(acceptLanguage: header) == nil)
    }

    @Test(arguments: [
        "q=2", "q=1.5", "q=1.001", "q=0.1234", "q=-1", "q=", "q", "q=a", "q=0.a", "x=1", "q=1;q=1", "q=.5",
    ])
    func malformedWeightsSkipTheRange(_ parameter: String) {
        #expect(Language(acceptLanguage: "ja;\(parameter), en;q=0.1") == .english)
    }

    @Test func onlyTheFirstRangesAreRead() {
        let filler = String(repeating: "fr,", count: Language.acceptLanguageRangeLimit - 1)
        #expect(Language(acceptLanguage: filler + "ja") == .japanese)
        #expect(Language(acceptLanguage: filler + "fr,ja") == nil)
    }

    @Test(arguments: [
        ([:], Language.english),
        (["LANG": "ja_JP.UTF-8"], .japanese),
        (["LANG": "ja_JP.utf8"], .japanese),
        (["LANG": "ja"], .japanese),
        (["LANG": "ja_JP@calendar=japanese"], .japanese),
        (["LANG": "ja_JP.eucJP"], .english),
        (["LANG": "en_US.UTF-8"], .english),
        (["LANG": "C"], .english),
        (["LANG": "."], .english),
        (["LANG": "ja_JP.UTF-8", "LC_MESSAGES": "C"], .english),
        (["LANG": "C", "LC_MESSAGES": "ja_JP.UTF-8"], .japanese),
        (["LANG": "C", "LC_MESSAGES": "C", "LC_ALL": "ja_JP.UTF-8"], .japanese),
        (["LANG": "ja_JP.UTF-8", "LC_ALL": ""], .japanese),
        (["LC_CTYPE": "ja_JP.UTF-8"], .english),
    ])
    func environment(_ environment: [String: String], _ expected: Language) {
        #expect(Language.fromEnvironment(environment) == expected)
    }
}
