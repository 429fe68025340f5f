//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// A language in which faults are explained.
public enum Language: String, Hashable, Sendable, Codable, CaseIterable {
    /// English, the default wherever nothing else is asked for.
    case english = "en"

    /// Japanese.
    case japanese = "ja"
}

extension Language {
    /// Most ranges of an `Accept-Language` header that are read. Browsers send fewer than ten; the rest of a longer
    /// header is ignored so that a client cannot buy much work with one request.
    static let acceptLanguageRangeLimit = 32

    /// The language that an HTTP `Accept-Language` header prefers (RFC 9110, section 12.5.4).
    ///
    /// Region and script are ignored (`ja-JP` is Japanese), the highest `q` wins, at equal `q` the earlier range.
    /// `*` stands for any language which the header does not name, English first. Malformed ranges are skipped.
    ///
    /// - Parameter acceptLanguage: The value of the header.
    /// - Returns: `nil` when the header accepts neither language.
    public init?(acceptLanguage: String) {
        var named: [Language: Int] = [:]
        var order: [Language] = []
        var wildcard: Int?
        let ranges = acceptLanguage.split(separator: ",", maxSplits: Self.acceptLanguageRangeLimit)
        for range in ranges.prefix(Self.acceptLanguageRangeLimit) {
            guard let (tag, weight) = Self.parseRange(range) else { continue }
            if tag == "*" {
                wildcard = max(wildcard ?? 0, weight)
            } else if let language = Language(tag: tag) {
                if named[language] == nil { order.append(language) }
                named[language] = max(named[language] ?? 0, weight)
            }
        }
        if let wildcard {
            for language in Self.allCases where named[language] == nil {
                named[language] = wildcard
                order.append(language)
            }
        }
        var best: (language: Language, weight: Int)?
        for language in order {
            let weight = named[language] ?? 0
            if weight > best?.weight ?? 0 { best = (language, weight) }
        }
        guard let best else { return nil }
        self = best.language
    }

    /// The language of a process' user, from the first non-empty of `LC_ALL`, `LC_MESSAGES` and `LANG`.
    ///
    /// English unless the value names Japanese. A Japanese locale whose character set is not UTF-8 also gives
    /// English, because the explanations are printed as UTF-8 and would be unreadable there.
    ///
    /// - Parameter env: The environment, usually that of the process.
    public static func fromEnvironment(_ env: [String: String]) -> Language {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { env[$0] }.first { !$0.isEmpty }
        guard let locale else { return .english }
        let withoutModifier = locale.split(separator: "@", maxSplits: 1).first ?? ""
        let parts = withoutModifier.split(separator: ".", maxSplits: 1)
        guard let name = parts.first, let language = Language(tag: name) else { return .english }
        if parts.count > 1, let characterSet = parts.last {
            let plain = characterSet.lowercased().filter { $0 != "-" }
            guard plain == "utf8" else { return .english }
        }
        return language
    }

    /// Reads the primary subtag of `ja`, `ja-JP`, `ja_JP` in any case.
    private init?(tag: some StringProtocol) {
        let primary = tag.split(maxSplits: 1) { $0 == "-" || $0 == "_" }.first ?? ""
        self.init(rawValue: primary.lowercased())
    }

    /// Reads `tag[;q=weight]`; the weight comes back in thousandths.
    private static func parseRange(_ range: Substring) -> (tag: Substring, weight: Int)? {
        let parts = range.split(separator: ";", omittingEmptySubsequences: false).map(trimmed)
        guard let tag = parts.first, !tag.isEmpty else { return nil }
        guard parts.count > 1 else { return (tag, 1000) }
        guard parts.count == 2, let weight = parseWeight(parts[1]) else { return nil }
        return (tag, weight)
    }

    /// Reads `q=0.8` (RFC 9110, section 12.4.2: at most three digits, at most 1).
    private static func parseWeight(_ parameter: Substring) -> Int? {
        let pair = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(trimmed)
        guard pair.count == 2, pair[0].lowercased() == "q" else { return nil }
        let digits = pair[1].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = digits.first, whole == "0" || whole == "1" else { return nil }
        let fraction = digits.count > 1 ? digits[1] : ""
        guard fraction.utf8.count <= 3, fraction.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let padded = fraction + String(repeating: "0", count: 3 - fraction.utf8.count)
        let thousandths = (whole == "1" ? 1000 : 0) + (Int(padded) ?? 0)
        return thousandths <= 1000 ? thousandths : nil
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let start = text.firstIndex(where: { !isBlank($0) }) else { return text.prefix(0) }
        guard let end = text.lastIndex(where: { !isBlank($0) }) else { return text.prefix(0) }
        return text[start...end]
    }
}
