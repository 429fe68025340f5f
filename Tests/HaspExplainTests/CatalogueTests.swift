//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import Testing

@testable import HaspExplain

/// Rules that every entry of the catalogue keeps.
@Suite struct CatalogueTests {
    @Test func dataFileDecodes() throws {
        let decoded = try FaultCatalogue.decode(faultCatalogueJSON)
        #expect(decoded.count >= 30)
        #expect(decoded == FaultCatalogue.all)
    }

    @Test func brokenDataGivesAnEmptyCatalogueInsteadOfATrap() {
        #expect(FaultCatalogue.decodeOrEmpty("[{").isEmpty)
    }

    @Test func lookUpFindsEveryEntryAndNothingElse() {
        for fault in FaultCatalogue.all {
            #expect(FaultCatalogue.fault(fault.id) == fault)
        }
        #expect(FaultCatalogue.fault(FaultID(rawValue: "no.such.fault")) == nil)
    }

    @Test func idsAreUniqueAndPlain() {
        let ids = FaultCatalogue.all.map(\.id.rawValue)
        #expect(Set(ids).count == ids.count)
        for id in ids {
            #expect(id.wholeMatch(of: /[a-z0-9]+(?:[.-][a-z0-9]+)*/) != nil, "\(id)")
        }
    }

    /// Reads the declarations from the source, so that neither a new constant nor a new entry can be forgotten.
    @Test func idsAreExactlyTheDeclaredConstants() throws {
        let source = try String(contentsOf: Self.sourceFile("FaultID.swift"), encoding: .utf8)
        let declared = source.matches(of: /static let \w+ = FaultID\(rawValue: "([^"]+)"\)/).map { String($0.output.1) }
        #expect(declared.count == source.split(separator: "static let ").count - 1)
        #expect(declared.sorted() == FaultCatalogue.all.map(\.id.rawValue).sorted())
    }

    @Test(arguments: FaultCatalogue.all) func noFieldIsEmpty(_ fault: Fault) {
        for text in fault.texts {
            for language in Language.allCases {
                let trimmed = text[language].trimmingCharacters(in: .whitespacesAndNewlines)
                #expect(!trimmed.isEmpty)
                #expect(trimmed == text[language], "stray blanks")
            }
        }
        #expect(!fault.commands.isEmpty)
        for (_, command) in fault.commands {
            #expect(!command.split(separator: "\n", omittingEmptySubsequences: false).contains { $0.isEmpty })
        }
    }

    @Test(arguments: FaultCatalogue.all) func titlesAreClausesAndProseIsSentences(_ fault: Fault) {
        #expect(fault.title.en.last != "." && fault.title.ja.last != "。")
        for text in fault.texts.dropFirst() {
            #expect(text.en.last == ".", "\(text.en)")
            #expect(text.ja.last == "。", "\(text.ja)")
            #expect(!text.en.contains("  "), "\(text.en)")
            #expect(!text.ja.contains(" 。") && !text.ja.contains("。 "), "\(text.ja)")
        }
    }

    @Test(arguments: FaultCatalogue.all) func englishIsEnglishAndJapaneseIsJapanese(_ fault: Fault) {
        for text in fault.texts {
            #expect(text.en.allSatisfy { $0.isASCII }, "\(text.en)")
            #expect(text.ja.unicodeScalars.contains { (0x3040...0x30FF).contains($0.value) }, "\(text.ja)")
        }
    }

    @Test(arguments: FaultCatalogue.all) func codesAreEqualInBothLanguages(_ fault: Fault) {
        for text in fault.texts {
            #expect(Self.codes(text.en) == Self.codes(text.ja), "\(fault.id)")
            #expect(text.en.count { $0 == "`" }.isMultiple(of: 2), "\(text.en)")
        }
    }

    @Test(arguments: FaultCatalogue.all) func numbersAreEqualInBothLanguages(_ fault: Fault) {
        for text in fault.texts {
            #expect(Self.numbers(text.en) == Self.numbers(text.ja), "\(fault.id)")
        }
    }

    @Test(arguments: FaultCatalogue.all) func placeholdersAreEqualAndKnown(_ fault: Fault) {
        for text in fault.texts {
            #expect(Placeholders.names(in: text.en).sorted() == Placeholders.names(in: text.ja).sorted())
            for name in Placeholders.names(in: text.en) {
                #expect(Placeholders.known[name] != nil, "\(name)")
            }
        }
        for (_, command) in fault.commands {
            for name in Placeholders.names(in: command) {
                #expect(Placeholders.known[name] != nil, "\(name)")
            }
        }
    }

    @Test func everyKnownPlaceholderIsUsed() {
        let used = FaultCatalogue.all.flatMap { fault in
            fault.texts.flatMap { Placeholders.names(in: $0.en) } + fault.commands.values.flatMap(Placeholders.names)
        }
        #expect(Set(used) == Set(Placeholders.known.keys))
    }

    @Test(arguments: FaultCatalogue.all) func commandsSpeakTheirDialect(_ fault: Fault) {
        for line in (fault.commands[.hasp] ?? "").split(separator: "\n") {
            #expect(line.hasPrefix("hasp "), "\(line)")
        }
        for line in (fault.commands[.curl] ?? "").split(separator: "\n") {
            #expect(line.hasPrefix("curl "), "\(line)")
        }
        for line in (fault.commands[.openssl] ?? "").split(separator: "\n") {
            #expect(line.hasPrefix("openssl "), "\(line)")
        }
        for line in (fault.commands[.nginx] ?? "").split(separator: "\n") {
            #expect(line.hasSuffix(";") || line.hasPrefix("nginx "), "\(line)")
        }
    }

    @Test(arguments: FaultCatalogue.all) func entriesSurviveCoding(_ fault: Fault) throws {
        let data = try JSONEncoder().encode(fault)
        #expect(try JSONDecoder().decode(Fault.self, from: data) == fault)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["id"] as? String == fault.id.rawValue)
        #expect(object["commands"] is [String: String])
    }

    private static func sourceFile(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/HaspExplain/\(name)")
    }

    /// What stands between backticks, sorted.
    private static func codes(_ text: String) -> [String] {
        text.matches(of: /`([^`]*)`/).map { String($0.output.1) }.sorted()
    }

    /// Numbers such as 40, 1.2 and 0A00006C.
    private static func numbers(_ text: String) -> Set<String> {
        Set(text.matches(of: /[0-9][0-9A-F]*(?:\.[0-9]+)*/).map { String($0.output) })
    }
}

extension Fault {
    /// Every text of the entry, the title first.
    var texts: [LocalizedText] { [title, why, fix] + (antiFix.map { [$0] } ?? []) }
}
