//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS

/// An entry of the catalogue as lines for a terminal: wrapped to its width, the title in red.
struct FaultText {
    var terminal: Terminal

    func lines(for fault: Fault, _ language: Language, values: [String: String] = [:]) -> [String] {
        let all = fault.rendered(language: language, values: values).split(separator: "\n").map(String.init)
        guard let title = all.first else { return [] }
        return heading(title) + all.dropFirst().flatMap { wrapped($0) }
    }

    /// Title, what happened, and what to change: no reasons and no commands.
    func summary(
        for fault: Fault, detail: [String], _ language: Language, values: [String: String] = [:]
    ) -> [String] {
        let title = "\(fault.title.filled(language, values: values))  [\(fault.id)]"
        let fix = fault.fix.filled(language, values: values)
        return heading(title) + detail + row(language == .japanese ? "対処" : "fix", fix)
    }

    private func heading(_ title: String) -> [String] {
        // What is explained without an entry of the catalogue has no id to show.
        let title = title.hasSuffix("  []") ? String(title.dropLast(4)) : title
        let lines = terminal.columns.map { TextLayout.wrapped(title, width: $0 - 1) } ?? [title]
        return lines.map { terminal.styled($0, .boldRed) }
    }

    /// One more line in the same form.
    func row(_ label: String, _ text: String) -> [String] {
        wrapped("  " + TextLayout.padded(label, to: Self.labelColumns) + text)
    }

    /// As wide as the catalogue's own labels are.
    private static let labelColumns = 9

    /// Breaks a line that begins with a label or with blanks, and lets what follows stand under the text.
    private func wrapped(_ line: String) -> [String] {
        guard let columns = terminal.columns else { return [line] }
        let (head, text) = Self.splittingLabel(line)
        // A command is pasted as it is, so it stays on one line.
        guard isProse(head) else { return [terminal.styled(head, .dim) + text] }
        let indent = TextLayout.columns(head)
        let pieces = TextLayout.wrapped(text, width: columns - indent - 1)
        return pieces.enumerated().map { index, piece in
            index == 0
                ? terminal.styled(head, .dim) + piece : String(repeating: " ", count: indent) + piece
        }
    }

    private func isProse(_ head: String) -> Bool {
        let label = head.filter { $0 != " " }
        return !label.isEmpty && Fault.Dialect(rawValue: label) == nil
    }

    /// The indent, the label and the blanks after it; then the text.
    private static func splittingLabel(_ line: String) -> (head: String, text: String) {
        let afterIndent = line.firstIndex { $0 != " " } ?? line.endIndex
        // Continued lines are indented deeper than labels are.
        let depth = line.distance(from: line.startIndex, to: afterIndent)
        guard depth <= 2 else { return (String(line[..<afterIndent]), String(line[afterIndent...])) }
        let labelEnd = line[afterIndent...].firstIndex(of: " ") ?? line.endIndex
        let textStart = line[labelEnd...].firstIndex { $0 != " " } ?? line.endIndex
        return (String(line[..<textStart]), String(line[textStart...]))
    }
}
