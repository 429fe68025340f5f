//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Every fault that Hasp can explain.
///
/// The entries live in one data file, `FaultCatalogue.json.swift`, and are decoded at the first use.
public enum FaultCatalogue {
    /// All entries, in the order of the data file (network first, local configuration last).
    public static let all: [Fault] = decodeOrEmpty(faultCatalogueJSON)

    /// The entry with this id, or `nil` for an id that this version does not know.
    public static func fault(_ id: FaultID) -> Fault? {
        byID[id]
    }

    private static let byID: [FaultID: Fault] = Dictionary(all.map { ($0.id, $0) }) { first, _ in first }

    /// An empty catalogue costs explanations; a trap would cost the process. That the shipped data decodes is tested.
    static func decodeOrEmpty(_ json: String) -> [Fault] {
        (try? decode(json)) ?? []
    }

    static func decode(_ json: String) throws -> [Fault] {
        try JSONDecoder().decode([CatalogueEntry].self, from: Data(json.utf8)).map(\.fault)
    }
}

/// An entry as the data file writes it: prose as a list of sentences and commands as a list of lines, so that no
/// line of the file is long and a changed sentence is one changed line.
private struct CatalogueEntry: Decodable {
    var id: FaultID
    var blame: Fault.Blame
    var title: LocalizedText
    var why: Sentences
    var fix: Sentences
    var commands: [Fault.Dialect: [String]]?
    var antiFix: Sentences?

    struct Sentences: Decodable {
        var en: [String]
        var ja: [String]

        /// English sentences are joined by a space, Japanese ones by nothing.
        var text: LocalizedText { LocalizedText(en: en.joined(separator: " "), ja: ja.joined()) }
    }

    var fault: Fault {
        Fault(
            id: id,
            blame: blame,
            title: title,
            why: why.text,
            fix: fix.text,
            commands: (commands ?? [:]).mapValues { $0.joined(separator: "\n") },
            antiFix: antiFix?.text
        )
    }
}
