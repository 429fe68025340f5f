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

/// What was agreed, who was verified and how long it took, as aligned lines for a terminal.
///
/// Every text of the peer comes through descriptions that have no control characters.
struct HandshakeFacts {
    var report: HandshakeReport
    /// Where the connection leads: the name that was asked for and the address that answered.
    var address: String
    /// Who the server was to prove to be.
    var peerName: String
    var terminal: Terminal
    var language: Language
    var moment = Date()

    func print() {
        let rows = rows
        let width = rows.map { TextLayout.columns($0.label) }.max() ?? 0
        let room = terminal.columns.map { $0 - width - 3 }
        for (label, texts) in rows + [(say("timing", "所要時間"), timing(width: room))] {
            for (index, text) in texts.enumerated() {
                let head = TextLayout.padded(index == 0 ? label : "", to: width + 2)
                terminal.print(terminal.styled(head, .dim) + text)
            }
        }
    }
}

// MARK: - Rows

extension HandshakeFacts {
    private typealias Row = (label: String, texts: [String])

    private var rows: [Row] {
        var rows: [Row] = [
            (say("address", "接続先"), [address]),
            (say("version", "バージョン"), [terminal.styled(report.version.name, .bold)]),
            (say("suite", "暗号スイート"), [suite]),
            (say("key exchange", "鍵交換"), [keyExchange]),
        ]
        if let scheme = report.signatureScheme { rows.append((say("signature", "署名"), [scheme.name])) }
        rows.append((say("ALPN", "ALPN"), [alpn]))
        rows.append((say("SNI", "SNI"), [report.serverName?.escapingControls ?? say("not sent", "送信なし")]))
        rows.append((say("verified", "検証"), verification))
        rows.append((say("chain", "証明書"), chain))
        if report.isClientCertificateRequested {
            rows.append((say("client cert", "クライアント証明書"), [clientCertificate]))
        }
        rows.append((say("session", "セッション"), [session]))
        return rows
    }

    private var suite: String {
        let iana = report.cipherSuite.name
        guard let openSSL = report.cipherSuite.openSSLName, openSSL != iana else { return iana }
        return "\(iana) (\(openSSL))"
    }

    private var keyExchange: String {
        guard let group = report.group else {
            return report.isSessionReused
                ? say("none, the session's secret was used again", "なし(セッションの秘密を再利用)")
                : say("without a group", "グループなし")
        }
        var text = group.name
        if group.isPostQuantum { text += say(" (post-quantum)", "(耐量子)") }
        if report.isHelloRetried {
            text += say(", after a HelloRetryRequest (one more round trip)", "(HelloRetryRequestにより1往復追加)")
        }
        return text
    }

    private var alpn: String {
        let offered = report.clientHello?.alpnProtocols ?? []
        if let chosen = report.alpnProtocol { return chosen.escapingControls }
        guard !offered.isEmpty else { return say("not offered", "提示なし") }
        let list = offered.joined(separator: ", ").escapingControls
        return terminal.styled(
            say("none chosen of \(list)", "合意なし(提示: \(list))"), .yellow)
    }

    private var session: String {
        report.isSessionReused ? say("resumed", "再開") : say("new", "新規")
    }

    private var clientCertificate: String {
        guard let own = report.local else {
            return terminal.styled(say("asked for, none sent", "要求されたが、未送信"), .yellow)
        }
        return say("asked for, sent \(own.subject)", "要求され、送信: \(own.subject)")
    }

    private func timing(width: Int?) -> [String] {
        let text = report.timeline.steps.filter { $0.step != .certificate }
            .map { "\(Self.name(of: $0.step, language)) \(Self.milliseconds($0.elapsed)) ms" }
            .joined(separator: " · ")
        return width.map { TextLayout.wrapped(text, width: $0) } ?? [text]
    }

    private static func name(of step: HandshakeTimeline.Step, _ language: Language) -> String {
        guard language == .japanese else { return step.name }
        return switch step {
        case .connected: "接続"
        case .helloSent: "Hello送信"
        case .firstByte: "最初のバイト"
        case .helloReceived: "Hello受信"
        case .certificate: "証明書"
        case .finished: "完了"
        }
    }

    /// One digit after the point: `12.3`.
    private static func milliseconds(_ duration: Duration) -> String {
        let tenths = duration.wholeMicroseconds / 100
        return "\(tenths / 10).\(tenths % 10)"
    }

    private func say(_ english: String, _ japanese: String) -> String { language == .japanese ? japanese : english }
}

// MARK: - Verification and chain

extension HandshakeFacts {
    private var verification: [String] {
        if report.isAuthorized {
            return [terminal.styled(say("yes, as \(peerName)", "成功(\(peerName))"), .green)]
        }
        let objections = report.verificationErrors.map { error in
            say(
                "\(error.code) (\(Self.place(error.depth, language)), \(error.subject))",
                "\(error.code)(\(Self.place(error.depth, language))、\(error.subject))")
        }
        return [terminal.styled(say("NO, not as \(peerName)", "失敗(\(peerName)として確認できません)"), .boldRed)]
            + objections.map { terminal.styled("- \($0)", .red) }
    }

    private static func place(_ depth: Int, _ language: Language) -> String {
        if language == .japanese { return depth == 0 ? "サーバー証明書" : "上位\(depth)番目" }
        return depth == 0 ? "server's certificate" : "level \(depth) above it"
    }

    /// The server's certificate, below it who issued it, and so on: as the server sent them.
    private var chain: [String] {
        guard let leaf = report.peerChain.first else { return [say("none", "なし")] }
        var lines: [String] = []
        for (depth, certificate) in report.peerChain.prefix(Self.maximumShown).enumerated() {
            lines.append(Self.branch(depth) + describe(certificate))
            if depth == 0 { lines.append(indent(certificate: depth) + names(of: leaf)) }
        }
        let hidden = report.peerChain.count - Self.maximumShown
        if hidden > 0 { lines.append(say("… and \(hidden) more", "… 他\(hidden)件")) }
        if hidden <= 0, let top = report.peerChain.last, !top.isSelfIssued {
            let depth = report.peerChain.count
            let note = say("not sent by the server", "サーバーからの送信なし")
            lines.append(Self.branch(depth) + terminal.styled("\(shortened("\(top.issuer)")) · \(note)", .dim))
        }
        return lines
    }

    /// A chain that is longer is a mistake or an attack; a few of it show which.
    private static let maximumShown = 8

    /// A certificate may be for thousands of names.
    private static let maximumNames = 6

    private static func branch(_ depth: Int) -> String {
        depth == 0 ? "" : String(repeating: " ", count: (depth - 1) * 3) + "└─ "
    }

    private func indent(certificate depth: Int) -> String {
        let isLast = report.peerChain.count == 1 && report.peerChain.first?.isSelfIssued == true
        return terminal.styled(isLast ? "   " : "│  ", .dim)
    }

    private func describe(_ certificate: Certificate) -> String {
        "\(shortened("\(certificate.subject)")) · \(key(of: certificate)) · \(validity(of: certificate))"
    }

    private func key(of certificate: Certificate) -> String {
        if let curve = certificate.nistCurve ?? certificate.asn1Curve { return curve }
        let isSized = certificate.keyType.uppercased().hasPrefix("RSA") || certificate.keyType.uppercased() == "DSA"
        return isSized ? "\(certificate.keyType) \(certificate.keyBits)" : certificate.keyType
    }

    private func validity(of certificate: Certificate) -> String {
        let days = certificate.daysLeft(at: moment)
        let end = Self.day(certificate.notAfter)
        guard certificate.notBefore <= moment else {
            let start = Self.day(certificate.notBefore)
            return terminal.styled(say("not valid before \(start)", "\(start)から有効"), .red)
        }
        guard days >= 0 else {
            return terminal.styled(say("expired on \(end)", "\(end)に失効"), .red)
        }
        let text = say(
            days == 1 ? "1 day left (until \(end))" : "\(days) days left (until \(end))", "残り\(days)日(\(end)まで)")
        return terminal.styled(text, days < Self.soon ? .yellow : .green)
    }

    /// Renewal is usually due a month before the end; what is closer than this has been missed.
    private static let soon = 14

    private func names(of certificate: Certificate) -> String {
        let all = certificate.subjectAlternativeNames
        guard !all.isEmpty else { return terminal.styled(say("for no name at all", "対象の名前なし"), .yellow) }
        let shown = all.prefix(Self.maximumNames).map { shortened(Self.plain($0)) }.joined(separator: ", ")
        let more = all.count - Self.maximumNames
        return say("for ", "対象: ") + shown + (more > 0 ? say(" and \(more) more", " 他\(more)件") : "")
    }

    /// Without the kind of the name, where anybody sees it.
    private static func plain(_ name: SubjectAlternativeName) -> String {
        switch name {
        case .dns: String(name.description.dropFirst("DNS:".count))
        case .ipAddress(let bytes): PeerName.ip(bytes).description
        default: name.description
        }
    }

    private func shortened(_ text: String) -> String {
        text.count > 120 ? text.prefix(119) + "…" : text
    }

    private static func day(_ date: Date) -> String { String(date.formatted(.iso8601).prefix(10)) }
}
