//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Certificate chains as trees, from the root to the one that is shown.
struct ChainSection {
    private let report: HandshakeReport
    private let words: Words
    private let moment: Date

    init(_ report: HandshakeReport, _ words: Words, at moment: Date = Date()) {
        self.report = report
        self.words = words
        self.moment = moment
    }

    var html: HTML {
        """
        <section class="card"><h2>\(words("Certificates", "証明書"))</h2>
        <h3>\(words("This server showed", "サーバーが提示したもの"))</h3>
        \(report.localChain.isEmpty ? resumed : tree(report.localChain))
        \(client)</section>
        """
    }

    private var resumed: HTML {
        "<p>\(words("None: the session was resumed.", "なし(セッションが再開されました)。"))</p>"
    }

    private var client: HTML {
        guard report.isClientCertificateRequested || !report.peerChain.isEmpty else {
            return """
                <h3>\(words("You showed", "クライアントが提示したもの"))</h3>
                <p>\(words(
                    "None, and none was asked for.", "なし(サーバーは要求していません)。"))</p>
                """
        }
        let verdict: HTML =
            report.isAuthorized
            ? "<p class=\"good\">✓ \(words("verified by this server", "サーバーが検証しました"))</p>"
            : "<p class=\"poor\">✗ \(report.authorizationError?.description ?? words("not verified", "未検証"))</p>"
        return "<h3>\(words("You showed", "クライアントが提示したもの"))</h3>\(tree(report.peerChain))\(verdict)"
    }

    /// A chain longer than this was made to annoy.
    private static let maximumDepth = 10

    private func tree(_ chain: [Certificate]) -> HTML {
        guard let last = chain.last else { return .nothing }
        var inner: HTML = .nothing
        for certificate in chain.prefix(Self.maximumDepth) {
            inner = "<ul class=\"tree\"><li>\(card(certificate))\(inner)</li></ul>"
        }
        guard !last.isSelfIssued else { return inner }
        let note = words("not sent: the other side must know it", "送信されません(相手側が保持)")
        return """
            <ul class="tree"><li><div class="cert anchor"><b>\(last.issuer.commonName ?? last.issuer.description)</b>
            <small>\(note)</small></div>\(inner)</li></ul>
            """
    }

    private func card(_ certificate: Certificate) -> HTML {
        let days = certificate.daysLeft(at: moment)
        let state = days < 0 ? "poor" : days <= 14 ? "soon" : "good"
        let names = certificate.subjectAlternativeNames.prefix(20).map(\.description).joined(separator: ", ")
        let namesRow: HTML =
            names.isEmpty ? .nothing : "<dt>\(words("names", "名前"))</dt><dd>\(names)</dd>"
        return """
            <div class="cert"><b>\(certificate.subject.commonName ?? certificate.subject.description)</b>
            <span class="days \(state)">\(words.daysLeft(days))</span>
            <small>\(certificate.keyType) · \(certificate.signatureAlgorithm) · \(words(
                "until \(Self.day(certificate.notAfter))", "\(Self.day(certificate.notAfter))まで"))</small>
            <details><summary>\(words("more", "詳細"))</summary><dl class="facts">
            <dt>\(words("subject", "主体者"))</dt><dd>\(certificate.subject.description)</dd>
            <dt>\(words("issuer", "発行者"))</dt><dd>\(certificate.issuer.description)</dd>\(namesRow)
            <dt>\(words("serial", "シリアル番号"))</dt><dd class="mono">\(certificate.serialNumber)</dd>
            <dt>SHA-256</dt><dd class="mono">\(certificate.fingerprint256)</dd></dl></details></div>
            """
    }

    private static func day(_ date: Date) -> String {
        String(date.formatted(.iso8601).prefix(10))
    }
}
