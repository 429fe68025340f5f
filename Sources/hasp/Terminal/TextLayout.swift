//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// Columns and line breaks of text that is partly Japanese.
enum TextLayout {
    /// How many columns of a terminal the text takes: two for each wide character, none for combining marks.
    static func columns(_ text: String) -> Int { text.reduce(0) { $0 + columns($1) } }

    /// The text with blanks up to a number of columns.
    static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - columns(text)))
    }

    /// Breaks each line of the text into lines of at most `width` columns. Words stay whole where they fit on a line;
    /// between Japanese characters a line may break anywhere but before closing punctuation.
    static func wrapped(_ text: String, width: Int) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { wrappedLine($0, width: max(8, width)) }
    }

    private static func wrappedLine(_ line: Substring, width: Int) -> [String] {
        var lines: [String] = []
        var current = ""
        var used = 0
        for piece in pieces(of: line) {
            let size = columns(piece)
            if used + size > width, !current.isEmpty {
                lines.append(trimmingEnd(current))
                (current, used) = ("", 0)
            }
            if current.isEmpty, !lines.isEmpty, piece == " " { continue }
            current += piece
            used += size
        }
        lines.append(trimmingEnd(current))
        return lines
    }

    /// What a line may not be broken within.
    private static func pieces(of line: Substring) -> [String] {
        var pieces: [String] = []
        var isOpen = false
        for character in line {
            let isWide = columns(character) == 2
            if character == " " {
                pieces.append(" ")
                isOpen = false
            } else if let last = pieces.indices.last, isOpen, !isWide || isClosing(character) {
                pieces[last].append(character)
            } else if let last = pieces.indices.last, isClosing(character), pieces[last] != " " {
                pieces[last].append(character)
            } else {
                pieces.append(String(character))
                isOpen = !isWide
            }
        }
        return pieces
    }

    private static func isClosing(_ character: Character) -> Bool { "、。」』)】!?ー・,.:;".contains(character) }

    private static func trimmingEnd(_ text: String) -> String {
        var text = text
        while text.last == " " { text.removeLast() }
        return text
    }

    private static func columns(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        if scalar.properties.generalCategory == .nonspacingMark { return 0 }
        switch scalar.value {
        // East Asian Wide and Fullwidth of UAX #11, as far as texts of this program and names of peers use them.
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
