//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS

/// What the client offered, in its order, with what was agreed on standing out.
struct OfferSection {
    private let report: HandshakeReport
    private let words: Words

    init(_ report: HandshakeReport, _ words: Words) {
        self.report = report
        self.words = words
    }

    var html: HTML {
        guard let hello = report.clientHello else { return .nothing }
        let shares = Set(hello.keyShares.map(\.group))
        let rows: [HTML] = [
            row(words("Version", "バージョン"), agreed: report.version.name, hello.supportedVersions.map(chip)),
            row(
                words("Cipher suite", "暗号スイート"), agreed: report.cipherSuite.name, hello.cipherSuites.map(chip)),
            row(
                words("Key exchange", "鍵共有"), agreed: report.group?.name,
                hello.supportedGroups.map { group in
                    var chip = chip(group)
                    if shares.contains(group), !group.isGREASE { chip.note = words("key sent", "鍵送信済み") }
                    return chip
                }),
            row(
                words("Signature", "署名方式"), agreed: report.signatureScheme?.name,
                hello.signatureSchemes.map(chip),
                otherwise: report.isSessionReused
                    ? words("none needed: the session was resumed", "不要(セッション再開)") : nil),
            row(
                words("Application protocol (ALPN)", "アプリケーションプロトコル(ALPN)"),
                agreed: report.alpnProtocol, hello.alpnProtocols.map { Chip(text: $0) }),
            row(
                words("Server name (SNI)", "サーバー名(SNI)"), agreed: hello.serverName,
                hello.serverName.map { [Chip(text: $0)] } ?? []),
        ]
        return """
            <section class="card"><h2>\(words("Offered and agreed", "提示と合意"))</h2>
            <p class="hint">\(words(
                "Everything that your client offered, in its order. What both sides agreed on is marked.",
                "クライアントが提示した内容を、提示された順に示します。合意したものには印が付いています。"))</p>
            <dl class="offers">\(rows)</dl></section>
            """
    }

    private struct Chip {
        var text: String
        var note: String?
        var isNoise = false
    }

    /// Clients offer thirty suites at most; a longer list is somebody's experiment.
    private static let maximumChips = 64
    private static let openChips = 12

    private func chip(_ value: some CodePoint) -> Chip {
        value.isGREASE ? Chip(text: "GREASE", isNoise: true) : Chip(text: value.name)
    }

    private func row(_ label: String, agreed: String?, _ chips: [Chip], otherwise: String? = nil) -> HTML {
        let none = chips.isEmpty ? words("not offered", "提示なし") : words("none agreed", "合意なし")
        let result: HTML =
            agreed.map { "<strong class=\"agreed\">\($0)</strong>" }
            ?? "<span class=\"none\">\(otherwise ?? none)</span>"
        return "<div class=\"offer\"><dt>\(label)</dt><dd>\(result)\(list(chips, agreed))</dd></div>"
    }

    private func list(_ chips: [Chip], _ agreed: String?) -> HTML {
        guard chips.count > 1 || chips.first?.text != agreed else { return .nothing }
        guard !chips.isEmpty else { return .nothing }
        let shown = chips.prefix(Self.maximumChips)
        let drawn = shown.map { draw($0, isAgreed: $0.text == agreed) }
        let more: HTML = chips.count > shown.count ? "<li>+\(chips.count - shown.count)</li>" : .nothing
        let all: HTML = "<ul class=\"chips\">\(drawn)\(more)</ul>"
        guard chips.count > Self.openChips else { return all }
        let label = words("all \(chips.count) offered", "提示された\(chips.count)件")
        return "<details><summary>\(label)</summary>\(all)</details>"
    }

    private func draw(_ chip: Chip, isAgreed: Bool) -> HTML {
        let note: HTML = chip.note.map { " <small>\($0)</small>" } ?? .nothing
        if isAgreed {
            let mark = words("agreed", "合意")
            return """
                <li class="on"><span aria-hidden="true">✓ </span>\(chip.text)\(note)
                <span class="sr">(\(mark))</span></li>
                """
        }
        return "<li\(chip.isNoise ? " class=\"noise\"" as HTML : .nothing)>\(chip.text)\(note)</li>"
    }
}
