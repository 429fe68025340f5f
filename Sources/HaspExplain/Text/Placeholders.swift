//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// Replaces `{name}` in the texts and commands of the catalogue.
///
/// A placeholder is a known word in lower-case letters between braces. Other braces, such as those of a JavaScript
/// object, are left alone.
enum Placeholders {
    /// Longest value that is printed, in characters: a certificate may name thousands of hosts.
    static let valueLimit = 200

    /// What stands for a placeholder when no value is known.
    struct Neutral {
        var prose: LocalizedText
        var command: String
    }

    /// Every placeholder of the catalogue.
    static let known: [String: Neutral] = [
        "address": Neutral(prose: LocalizedText(en: "the address", ja: "接続先アドレス"), command: "ADDRESS"),
        "alert": Neutral(prose: LocalizedText(en: "a TLS alert", ja: "TLSアラート"), command: "ALERT"),
        "ciphers": Neutral(prose: LocalizedText(en: "the cipher string", ja: "暗号スイートの指定"), command: "CIPHERS"),
        "date": Neutral(prose: LocalizedText(en: "the date it shows", ja: "証明書に記載の日時"), command: "DATE"),
        "file": Neutral(prose: LocalizedText(en: "the file", ja: "指定されたファイル"), command: "FILE"),
        "host": Neutral(prose: LocalizedText(en: "the host", ja: "接続先ホスト"), command: "HOST"),
        "issuer": Neutral(prose: LocalizedText(en: "its issuer", ja: "発行者"), command: "ISSUER"),
        "name": Neutral(prose: LocalizedText(en: "the requested name", ja: "要求された名前"), command: "NAME"),
        "names": Neutral(prose: LocalizedText(en: "other names", ja: "別の名前"), command: "NAMES"),
        "port": Neutral(prose: LocalizedText(en: "the port", ja: "そのポート"), command: "PORT"),
        "protocol": Neutral(prose: LocalizedText(en: "another protocol", ja: "別のプロトコル"), command: "PROTOCOL"),
        "reason": Neutral(prose: LocalizedText(en: "an unnamed reason", ja: "不明な理由"), command: "REASON"),
    ]

    static func fillProse(_ template: String, language: Language, values: [String: String]) -> String {
        var startsWithNeutralWord = false
        let text = fill(template) { name in
            if let value = values[name] { return printable(value) }
            startsWithNeutralWord = startsWithNeutralWord || template.hasPrefix("{\(name)}")
            return known[name]?.prose[language]
        }
        return startsWithNeutralWord ? text.prefix(1).uppercased() + text.dropFirst() : text
    }

    static func fillCommand(_ template: String, values: [String: String]) -> String {
        fill(template) { name in
            guard let neutral = known[name]?.command else { return nil }
            guard let value = values[name], isShellSafe(value) else { return neutral }
            return name == "host" && value.contains(":") && !value.hasPrefix("[") ? "[\(value)]" : value
        }
    }

    /// The placeholder names of a text, in order of appearance, known or not.
    static func names(in template: String) -> [String] {
        var found: [String] = []
        _ = fill(template) { name in
            found.append(name)
            return nil
        }
        return found
    }

    /// Copies the template and asks for each `{lower-case letters}`; what is not replaced stays as it is.
    private static func fill(_ template: String, replacement: (String) -> String?) -> String {
        var result = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            let inner = rest[rest.index(after: open)...]
            let name = inner.prefix { $0.isASCII && $0.isLowercase }
            let isClosed = inner[name.endIndex...].first == "}"
            if !name.isEmpty, isClosed, let value = replacement(String(name)) {
                result += value
                rest = inner[name.endIndex...].dropFirst()
            } else {
                result += "{"
                rest = inner
            }
        }
        return result + rest
    }

    /// Values may come from the peer: no control or formatting character of theirs may reach a terminal, where it
    /// could recolour, overwrite or reorder what is read.
    private static func printable(_ value: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in value.unicodeScalars.prefix(valueLimit) {
            scalars.append(isInvisible(scalar) ? "\u{FFFD}" : scalar)
        }
        let isShortened = value.unicodeScalars.dropFirst(valueLimit).first != nil
        return String(scalars) + (isShortened ? "…" : "")
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: true
        default: false
        }
    }

    private static func isShellSafe(_ value: String) -> Bool {
        guard let first = value.utf8.first, first != UInt8(ascii: "-"), value.utf8.count <= valueLimit else {
            return false
        }
        return value.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default:
                ".-_:/@+=,%[]".utf8.contains(byte)
            }
        }
    }
}
