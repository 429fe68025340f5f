//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// A text in every language of the catalogue.
///
/// It may hold placeholders such as `{host}`; the same ones in each language. ``filled(_:values:)`` replaces them.
public struct LocalizedText: Hashable, Sendable, Codable {
    /// The English text.
    public var en: String

    /// The Japanese text.
    public var ja: String

    /// Joins the two texts; nothing is checked here.
    public init(en: String, ja: String) {
        self.en = en
        self.ja = ja
    }

    /// The text as written, placeholders included.
    public subscript(language: Language) -> String {
        switch language {
        case .english: en
        case .japanese: ja
        }
    }

    /// The text with its placeholders replaced.
    ///
    /// - Parameters:
    ///   - language: The language of the text.
    ///   - values: Values by placeholder name, such as `["host": "example.com"]`. Control characters in them are
    ///     replaced and long ones shortened, because values often come from the peer. A placeholder without a value
    ///     becomes a neutral word ("the host"), so braces are never printed. Default: none.
    public func filled(_ language: Language, values: [String: String] = [:]) -> String {
        Placeholders.fillProse(self[language], language: language, values: values)
    }
}
