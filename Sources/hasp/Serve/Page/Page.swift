//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS

/// The page at `/`: the reader's own connection, and the latest of all others.
struct Page {
    var report: HandshakeReport
    var peer: String
    var list: HandshakeList
    var words: Words
    /// Where the reader reached the server: `localhost:8443`.
    var authority: String

    /// - Parameter nonce: allows this style and this script, and no other (CSP level 3).
    func html(nonce: String) -> String {
        let body: HTML = """
            <header class="top">\(PageParts.logo)<div><b>Hasp</b>
            <span>\(words("TLS that you can see through", "中身の見えるTLS"))</span></div></header>
            <main>\(hero)
            <div class="columns"><div><section class="card"><h2>\(words("The handshake", "ハンドシェイク"))</h2>
            \(LadderPicture(report, words).html)\(TimeBar(report, words)?.html ?? .nothing)</section>
            \(ChainSection(report, words).html)</div>\(OfferSection(report, words).html)</div>
            \(HandshakeListSection(list: list, words: words).html)\(trials)</main>
            \(PageParts.footer(words))
            """
        return PageParts.document(
            title: words("Your connection", "あなたの接続"), body: body, nonce: nonce, words, isLive: true)
    }

    private var hero: HTML {
        let facts = [
            report.version.name, report.cipherSuite.name, report.group?.name ?? "",
            report.timeline.handshakeDuration.map(words.duration) ?? "",
        ].filter { !$0.isEmpty }
        return """
            <section class="hero"><h1>\(words("Your connection is encrypted", "接続は暗号化されています"))</h1>
            <p class="facts-line">\(facts.map { "<span>\($0)</span>" as HTML })</p>
            <ul class="badges">\(badges)</ul></section>
            """
    }

    private var badges: [HTML] {
        var badges: [HTML] = []
        badges.append(
            report.isSessionReused
                ? "<li class=\"good\">\(words("session resumed", "セッション再開"))</li>"
                : "<li>\(words("new session", "新規セッション"))</li>")
        if report.group?.isPostQuantum == true {
            badges.append("<li class=\"good\">\(words("post-quantum key exchange", "耐量子鍵共有"))</li>")
        }
        if report.isAuthorized, let client = report.peer {
            let name = client.subject.commonName ?? client.subject.description
            badges.append("<li class=\"good\">\(words("you are ", "クライアント: "))\(name)</li>")
        }
        badges.append("<li>\(words("you come from ", "接続元: "))\(peer)</li>")
        return badges
    }

    /// Commands that fail on purpose, for the list above.
    private var trials: HTML {
        let port = authority.split(separator: ":").last.map(String.init) ?? "8443"
        let commands = [
            (words("plain HTTP on the TLS port", "TLSのポートへ平文HTTP"), "curl http://\(authority)/"),
            (
                words("a version that is too old", "古すぎるバージョン"),
                "openssl s_client -connect \(authority) -tls1_1 -cipher ALL:@SECLEVEL=0"
            ),
            (words("a client that trusts nobody", "サーバーを信頼しないクライアント"), "curl --capath /none https://\(authority)/"),
            (words("something that is no TLS", "TLSではないもの"), "echo hello | curl -m 2 telnet://localhost:\(port)"),
        ]
        let rows: [HTML] = commands.map { "<div><dt>\($0)</dt><dd><code>\($1)</code></dd></div>" }
        return """
            <section class="card wide"><h2>\(words("Make one fail", "わざと失敗させる"))</h2>
            <p class="hint">\(words(
                "Run one of these and watch the list above explain it.",
                "次のコマンドを実行すると、上の一覧に失敗の原因と対処が表示されます。"))</p><dl class="trials">\(rows)</dl></section>
            """
    }
}

/// The page for addresses that do not exist, and for requests that are not understood.
struct NoticePage {
    var title: String
    var text: String
    var words: Words

    func html(nonce: String) -> String {
        let body: HTML = """
            <header class="top">\(PageParts.logo)<div><b>Hasp</b></div></header>
            <main><section class="hero"><h1>\(title)</h1><p>\(text)</p>
            <p><a href="/">\(words("Show my connection", "接続の詳細を表示"))</a></p></section></main>
            """
        return PageParts.document(title: title, body: body, nonce: nonce, words, isLive: false)
    }
}

/// What all pages have.
enum PageParts {
    static func document(title: String, body: HTML, nonce: String, _ words: Words, isLive: Bool) -> String {
        let script: HTML = isLive ? "<script nonce=\"\(nonce)\">\(verbatim: pageScript)</script>" : .nothing
        let page: HTML = """
            <!doctype html>
            <html lang="\(words.language.rawValue)"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(title) – Hasp</title><link rel="icon" href="/icon.svg" type="image/svg+xml">
            <style nonce="\(nonce)">\(verbatim: pageStyle)</style></head>
            <body>\(body)\(script)</body></html>

            """
        return page.text
    }

    static func footer(_ words: Words) -> HTML {
        """
        <footer><a href="/connection">\(words("this connection as JSON", "この接続のJSON"))</a>
        <a href="/handshakes.json">\(words("the list as JSON", "一覧のJSON"))</a>
        <span>\(OpenSSLVersion.text)</span></footer>
        """
    }

    /// A hasp: a hinged plate over a staple, held by a pin.
    static let logo: HTML = "\(verbatim: iconMarkup)"

    static var icon: String { "\(iconMarkup)" }

    private static let iconMarkup: StaticString = """
        <svg xmlns="http://www.w3.org/2000/svg" class="logo" viewBox="0 0 48 48" width="40" height="40" \
        aria-hidden="true"><rect x="2" y="2" width="44" height="44" rx="12" fill="#0f766e"/>\
        <rect x="8" y="17" width="9" height="14" rx="2" fill="#99f6e4"/>\
        <path d="M16 19h20a5 5 0 0 1 0 10H16z" fill="#f0fdfa"/>\
        <rect x="27" y="12" width="7" height="24" rx="3.5" fill="none" stroke="#134e4a" stroke-width="3"/>\
        <circle cx="12.500" cy="24" r="1.800" fill="#0f766e"/></svg>
        """
}
