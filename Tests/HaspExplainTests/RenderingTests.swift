//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Testing

@testable import HaspExplain

/// What a person sees in a terminal, word for word.
@Suite struct RenderingTests {
    private static let shop = ["host": "shop.test", "port": "443", "name": "shop.test", "date": "2026-11-01 12:00 UTC"]

    @Test func expiredCertificateInEnglish() throws {
        let fault = try #require(FaultCatalogue.fault(.certExpired))
        let openssl = "openssl s_client -connect shop.test:443 -servername shop.test </dev/null"
        #expect(
            fault.rendered(language: .english, values: Self.shop).split(separator: "\n") == [
                "The server's certificate has expired  [cert.expired]",
                """
                  why      It was valid until 2026-11-01 12:00 UTC. It was not renewed, or it was renewed on disk and \
                the server still runs with the old one. If many sites look expired at once, the clock of the machine \
                that checks is wrong.
                """,
                """
                  fix      On the server, renew the certificate and reload. Compare the file with what is served \
                (commands below), and automate renewal together with the reload.
                """,
                "  avoid    `curl -k` or `rejectUnauthorized: false` hides the date and every attacker with it.",
                "  nginx    nginx -s reload",
                "  openssl  \(openssl) | openssl x509 -noout -dates",
                "           openssl x509 -noout -dates -in fullchain.pem",
                "  curl     curl -v https://shop.test:443/",
            ]
        )
    }

    @Test func expiredCertificateInJapanese() throws {
        let fault = try #require(FaultCatalogue.fault(.certExpired))
        let openssl = "openssl s_client -connect shop.test:443 -servername shop.test </dev/null"
        #expect(
            fault.rendered(language: .japanese, values: Self.shop).split(separator: "\n") == [
                "サーバー証明書の有効期限が切れています  [cert.expired]",
                """
                  原因     有効期限は2026-11-01 12:00 UTCでした。\
                更新されていないか、ファイルは更新済みでもサーバーが古い証明書を使い続けています。\
                多数のサイトが一斉に期限切れに見える場合は、検証する側のマシンの時計がずれています。
                """,
                """
                  対処     サーバーで証明書を更新し、再読み込みしてください。\
                下のコマンドでファイルと実際に配信されている証明書を比べ、更新と再読み込みを自動化してください。
                """,
                "  注意     `curl -k`や`rejectUnauthorized: false`は、期限切れだけでなく攻撃者も見えなくします。",
                "  nginx    nginx -s reload",
                "  openssl  \(openssl) | openssl x509 -noout -dates",
                "           openssl x509 -noout -dates -in fullchain.pem",
                "  curl     curl -v https://shop.test:443/",
            ]
        )
    }

    @Test func versionMismatchInEnglish() throws {
        let fault = try #require(FaultCatalogue.fault(.verServer13Only))
        #expect(
            fault.rendered(language: .english).split(separator: "\n") == [
                "The server accepts TLS 1.3 only, the client stops at TLS 1.2  [ver.server-13-only]",
                """
                  why      The server refuses with alert 70 (protocol_version). The client is old or its highest \
                version was lowered: nginx before 1.23.4 offers upstreams TLS 1.2 at most.
                """,
                """
                  fix      Let the client offer TLS 1.3: remove its upper limit or update it. If the client cannot, \
                allow TLS 1.2 on the server too.
                """,
                "  hasp     hasp connect HOST:PORT --max 1.3",
                "  nginx    proxy_ssl_protocols TLSv1.2 TLSv1.3;",
                "           ssl_protocols TLSv1.2 TLSv1.3;",
                "  node     tls.connect({ maxVersion: 'TLSv1.3' })",
                "  openssl  openssl s_client -connect HOST:PORT -tls1_3",
                "  curl     curl -v --tlsv1.3 https://HOST:PORT/",
            ]
        )
    }

    @Test func versionMismatchInJapanese() throws {
        let fault = try #require(FaultCatalogue.fault(.verServer13Only))
        #expect(
            fault.rendered(language: .japanese).split(separator: "\n").prefix(3) == [
                "サーバーはTLS 1.3のみ受け付けますが、クライアントはTLS 1.2までです  [ver.server-13-only]",
                """
                  原因     サーバーがアラート70(protocol_version)で拒否しています。\
                クライアントが古いか、上限のバージョンが下げられています。\
                1.23.4より前のnginxは、上流に対して既定でTLS 1.2までしか提示しません。
                """,
                """
                  対処     クライアントの上限設定を外すか、更新して、TLS 1.3を提示させてください。\
                クライアント側で対応できなければ、サーバーでTLS 1.2も許可してください。
                """,
            ]
        )
    }

    @Test func descriptionIsOneLineForLogs() throws {
        let fault = try #require(FaultCatalogue.fault(.sniUnrecognized))
        #expect("\(fault)" == "sni.unrecognized: The server does not know the requested name")
    }

    @Test(arguments: FaultCatalogue.all) func commandsAreTheSameInEachLanguage(_ fault: Fault) {
        let english = fault.rendered(language: .english).split(separator: "\n")
        let japanese = fault.rendered(language: .japanese).split(separator: "\n")
        let proseLines = fault.antiFix == nil ? 3 : 4
        #expect(english.count == japanese.count)
        #expect(english.dropFirst(proseLines) == japanese.dropFirst(proseLines))
        #expect(english.prefix(proseLines) != japanese.prefix(proseLines))
    }

    @Test func hostileValuesStayOutOfCommands() throws {
        let fault = try #require(FaultCatalogue.fault(.certHostname))
        let values = ["names": "$(reboot)\u{1B}[2J", "name": "$(reboot)", "host": "a.test", "port": "443"]
        let lines = fault.rendered(language: .english, values: values).split(separator: "\n")
        #expect(lines.first == "The certificate is for $(reboot)\u{FFFD}[2J, not for $(reboot)  [cert.hostname]")
        #expect(!lines.dropFirst(4).contains { $0.contains("reboot") })
        #expect(lines.dropFirst(4).contains("  hasp     hasp connect a.test:443 --servername NAME"))
    }
}
