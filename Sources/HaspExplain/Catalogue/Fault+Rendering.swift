//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

extension Fault: CustomStringConvertible {
    /// The id and the English title in one line, for logs; ``rendered(language:values:)`` is the whole entry.
    public var description: String { "\(id): \(title.filled(.english))" }

    /// The entry as lines for a terminal: title with id, why, fix, what to avoid, commands.
    ///
    /// No line is wrapped, none is coloured, and the text does not end with a line break.
    ///
    /// - Parameters:
    ///   - language: The language of the prose; commands are the same in each.
    ///   - values: Values for the placeholders, see ``LocalizedText/filled(_:values:)``. Default: none.
    public func rendered(language: Language, values: [String: String] = [:]) -> String {
        let labels = Labels.of(language)
        var lines = ["\(title.filled(language, values: values))  [\(id)]"]
        lines.append(Self.row(labels.why, why.filled(language, values: values)))
        lines.append(Self.row(labels.fix, fix.filled(language, values: values)))
        if let antiFix {
            lines.append(Self.row(labels.avoid, antiFix.filled(language, values: values)))
        }
        for dialect in Dialect.allCases {
            guard let command = command(dialect, values: values) else { continue }
            lines.append(Self.row((dialect.rawValue, dialect.rawValue.count), command))
        }
        return lines.joined(separator: "\n")
    }

    /// A label with the number of terminal columns it takes.
    private typealias Label = (text: String, columns: Int)

    private struct Labels {
        var why: Label
        var fix: Label
        var avoid: Label

        static func of(_ language: Language) -> Labels {
            switch language {
            case .english: Labels(why: ("why", 3), fix: ("fix", 3), avoid: ("avoid", 5))
            // A kanji is two columns wide.
            case .japanese: Labels(why: ("原因", 4), fix: ("対処", 4), avoid: ("注意", 4))
            }
        }
    }

    /// Columns between the indent and the text: the longest label and two spaces.
    private static let labelColumns = 9

    private static func row(_ label: Label, _ text: String) -> String {
        let indent = "  "
        let padding = String(repeating: " ", count: max(1, labelColumns - label.columns))
        let continuation = "\n" + indent + String(repeating: " ", count: labelColumns)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return indent + label.text + padding + lines.joined(separator: continuation)
    }
}
