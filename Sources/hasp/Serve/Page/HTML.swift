//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS

/// Markup in which whatever is filled in was escaped, unless it is markup itself.
///
/// A peer's name can so neither become an element nor hide characters, and no place of the page can forget to see to
/// it.
struct HTML: ExpressibleByStringInterpolation, Sendable {
    private(set) var text: String

    init(stringLiteral value: String) { text = value }

    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    static let nothing: HTML = ""

    /// A text of the catalogue, in which code stands between backticks.
    static func prose(_ text: String) -> HTML {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false).map(String.init)
        // A backtick without its partner is one.
        guard parts.count % 2 == 1 else { return "\(text)" }
        let drawn = parts.enumerated().map { $0 % 2 == 0 ? "\($1)" as HTML : "<code>\($1)</code>" }
        return "\(drawn)"
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }

        mutating func appendInterpolation(_ value: String) { text += HTML.escaped(value.escapingControls) }

        mutating func appendInterpolation(_ value: Int) { text += String(value) }

        mutating func appendInterpolation(_ markup: HTML) { text += markup.text }

        mutating func appendInterpolation(_ parts: [HTML]) { for part in parts { text += part.text } }

        /// Text of this program that may have several lines.
        mutating func appendInterpolation(lines value: String) {
            text += value.split(separator: "\n", omittingEmptySubsequences: false)
                .map { HTML.escaped(String($0).escapingControls) }.joined(separator: "\n")
        }

        /// A style sheet or a script of this program, as it stands.
        mutating func appendInterpolation(verbatim value: StaticString) { text += "\(value)" }
    }

    fileprivate static func escaped(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
