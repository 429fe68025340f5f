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

/// One handshake of the list in words: what `/handshakes.json` gives and the page draws.
struct HandshakeSummary: Encodable, Sendable {
    var number: Int
    /// ISO 8601, in UTC.
    var at: String
    var peer: String
    @OrNull var serverName: String?
    var ok: Bool
    /// What was agreed, or what is wrong, on one line.
    var title: String
    @OrNull var why: String?
    @OrNull var fix: String?
    /// For failures: the technical line, with the id of the catalogue.
    @OrNull var detail: String?
    @OrNull var fault: String?

    enum CodingKeys: String, CodingKey {
        case number, at, peer, ok, title, why, fix, detail, fault
        case serverName = "server_name"
    }

    init(_ entry: HandshakeEntry, _ words: Words) {
        number = entry.number
        at = entry.moment.formatted(.iso8601)
        peer = entry.peer
        serverName = entry.serverName
        ok = !entry.isFailure
        switch entry.outcome {
        case .completed(let agreement): title = Self.title(of: agreement, words)
        case .failed(let error):
            let fault = error.fault
            let values = error.values
            title = fault?.title.filled(words.language, values: values) ?? error.code.description
            why = fault?.why.filled(words.language, values: values)
            fix = fault?.fix.filled(words.language, values: values)
            detail = error.summary
            self.fault = error.faultID?.rawValue
        }
    }

    private static func title(of agreement: HandshakeEntry.Agreement, _ words: Words) -> String {
        var parts = [agreement.version, agreement.cipherSuite]
        if let group = agreement.group { parts.append(group) }
        if agreement.isSessionReused { parts.append(words("resumed", "再開")) }
        if let duration = agreement.duration { parts.append(words.duration(duration)) }
        if let client = agreement.client { parts.append(client) }
        return parts.joined(separator: " · ")
    }
}

/// The answer of `/handshakes.json`.
struct HandshakeList: Encodable, Sendable {
    /// Differs from run to run of the server.
    var run: String
    var completed: Int
    var failed: Int
    /// The newest first.
    var handshakes: [HandshakeSummary]

    /// - Parameter number: only later handshakes are listed.
    init(_ log: HandshakeLog, after number: Int, _ words: Words) {
        let snapshot = log.snapshot()
        run = log.run
        completed = snapshot.completed
        failed = snapshot.failed
        handshakes = snapshot.entries.filter { $0.number > number }.map { HandshakeSummary($0, words) }
    }
}

/// The list as it stands when the page is made. A script adds what comes later, from the template at its end.
struct HandshakeListSection {
    var list: HandshakeList
    var words: Words

    var html: HTML {
        """
        <section class="card wide"><h2>\(words("Latest handshakes of this server", "このサーバーの最近のハンドシェイク"))</h2>
        <p class="hint">\(words("completed", "成功")) <b id="completed">\(list.completed)</b> ·
        \(words("failed", "失敗")) <b id="failed">\(list.failed)</b>
        <span id="live" hidden>· \(words("live", "自動更新中"))</span>
        <span id="gone" hidden>· \(words("the server does not answer", "サーバーが応答しません"))</span></p>
        <ol class="list" id="list" data-run="\(list.run)" data-latest="\(list.completed + list.failed)"
        data-limit="\(HandshakeLog.capacity)" tabindex="0">\(items)</ol>
        <template id="done">\(frame(isFailure: false))</template>
        <template id="broken">\(frame(isFailure: true))</template>
        </section>
        """
    }

    /// The newest failure lies open: whoever comes here because something fails sees why at once.
    private var items: [HTML] {
        let newestFailure = list.handshakes.first { !$0.ok }?.number
        return list.handshakes.map { frame(isFailure: !$0.ok, $0, isOpen: $0.number == newestFailure) }
    }

    /// An entry; without a summary it is the mould for the script, which fills in the same places.
    private func frame(isFailure: Bool, _ summary: HandshakeSummary? = nil, isOpen: Bool = false) -> HTML {
        let (kind, sign, word) =
            isFailure ? ("poor", "✗", words("failed", "失敗")) : ("good", "✓", words("completed", "成功"))
        let mark: HTML = """
            <span class="mark \(kind)"><span aria-hidden="true">\(sign)</span><span class="sr">\(word)</span></span>
            """
        let place: HTML = """
            <span class="meta"><time data-f="at" datetime="\(summary?.at ?? "")">\(Self.clock(summary?.at))</time>
            <span data-f="peer">\(summary?.peer ?? "")</span>
            <span data-f="server_name">\(summary?.serverName ?? "")</span></span>
            """
        let title: HTML = "<span class=\"title\" data-f=\"title\">\(summary?.title ?? "")</span>"
        let open: HTML = isOpen ? " open" : .nothing
        guard isFailure else {
            return """
                <li class="done">\(mark)<div>\(title)
                \(place)</div></li>
                """
        }
        return """
            <li class="broken">\(mark)<div><details\(open)><summary>\(title)
            \(place)</summary><dl class="facts">
            <dt>\(words("why", "原因"))</dt><dd data-f="why">\(HTML.prose(summary?.why ?? ""))</dd>
            <dt>\(words("fix", "対処"))</dt><dd data-f="fix">\(HTML.prose(summary?.fix ?? ""))</dd>
            <dt>\(words("exactly", "詳細"))</dt><dd class="mono" data-f="detail">\(summary?.detail ?? "")</dd>
            </dl></details></div></li>
            """
    }

    /// `12:34:56 UTC`; the script puts the reader's own time in its place.
    private static func clock(_ at: String?) -> String {
        guard let at, let time = at.split(separator: "T").last else { return "" }
        return String(time).replacing("Z", with: " UTC")
    }
}
