//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspTLS
import HaspTesting
import Testing

/// `hasp serve` as a person meets it.
@Suite(.timeLimit(.minutes(3)))
struct ServeSiteTests {
    @Test func printedLineWorks() async throws {
        let site = try await ServedSite.start()
        let lines = String(decoding: site.program.outputSoFar, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.last == "listening on https://localhost:\(site.port)")
        let command = try #require(lines.first { $0.contains("curl --cacert") })
        let result = try await RunningProgram.program("sh", ["-c", "\(command) -sS"]).end()
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text.contains("\"is_encrypted\" : true"))
        let end = try await site.stop()
        #expect(end.status == 0)
        #expect(end.errors.contains("made a development CA and a certificate for localhost, 127.0.0.1, ::1"))
    }

    @Test func otherProgramsVerifyIt() async throws {
        let site = try await ServedSite.start()
        let clients: [(String, [String])] = [
            (
                "openssl",
                [
                    "s_client", "-connect", "localhost:\(site.port)", "-CAfile", site.caFile, "-verify_return_error",
                    "-verify_hostname", "localhost",
                ]
            ),
            (
                "node",
                [
                    "-e",
                    """
                    require('https').get({host: 'localhost', port: \(site.port), path: '/health', \
                    ca: require('fs').readFileSync('\(site.caFile)')}, r => r.pipe(process.stdout))
                    """,
                ]
            ),
            (
                "python3",
                [
                    "-c",
                    """
                    import ssl, urllib.request as u
                    c = ssl.create_default_context(cafile='\(site.caFile)')
                    print(u.urlopen('https://localhost:\(site.port)/health', context=c).read().decode())
                    """,
                ]
            ),
        ]
        for (program, arguments) in clients where Peer.isInstalled(program) {
            let result = try await RunningProgram.program(program, arguments).end()
            #expect(result.status == 0, "\(program): \(result.errors)")
            let answer = program == "openssl" ? "Verify return code: 0 (ok)" : #"{"status":"ok"}"#
            #expect(result.text.contains(answer), "\(program): \(result.text)")
        }
        #expect(try await site.stop().status == 0)
    }

    @Test func connectionAsJSON() async throws {
        let site = try await ServedSite.start()
        let document = try await site.json("/connection", "--tls-max", "1.2", "--http1.1")
        let keys = [
            "role", "peer_address", "local_address", "is_encrypted", "is_authorized", "authorization_errors", "version",
            "cipher_suite", "group", "signature_scheme", "client_signature_scheme", "alpn", "server_name",
            "session_reused", "hello_retried", "client_certificate_requested", "timeline", "offered", "peer_chain",
            "local_chain",
        ]
        #expect(Set(document.keys) == Set(keys))
        #expect(document["role"] as? String == "server")
        #expect(document["version"] as? String == "TLSv1.2")
        #expect(document["alpn"] as? String == "http/1.1")
        #expect(document["server_name"] as? String == "localhost")
        #expect(document["client_signature_scheme"] is NSNull)
        let suite = try #require(document["cipher_suite"] as? [String: Any])
        #expect((suite["iana"] as? String)?.hasPrefix("TLS_ECDHE_ECDSA_WITH_") == true)
        #expect((suite["openssl"] as? String)?.hasPrefix("ECDHE-ECDSA-") == true)
        let chain = try #require(document["local_chain"] as? [[String: Any]])
        #expect(chain.first?["days_left"] as? Int == 89)
        let steps = try #require(document["timeline"] as? [[String: Any]]).compactMap { $0["step"] as? String }
        #expect(steps.first == "connected")
        #expect(steps.last == "finished")
        // What is documented is what there is.
        let text = try String(contentsOfFile: Self.documentation, encoding: .utf8)
        for key in keys { #expect(text.contains("`\(key)`"), "\(key) is not documented") }
        _ = try await site.stop()
    }

    private static let documentation = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("docs/connection-json.md").path

    @Test func pagesAndTheirHeaders() async throws {
        let site = try await ServedSite.start()
        let page = try await site.get("/", "-i")
        let head = try #require(page.range(of: "\r\n\r\n").map { String(page[..<$0.lowerBound]) })
        #expect(head.hasPrefix("HTTP/1.1 200"))
        for header in [
            "Content-Type: text/html; charset=utf-8", "Cache-Control: no-store", "X-Content-Type-Options: nosniff",
            "Referrer-Policy: no-referrer", "Strict-Transport-Security: max-age=", "Vary: Accept-Language",
        ] { #expect(head.contains(header), "\(header)") }
        let policy = try #require(head.split(separator: "\r\n").first { $0.hasPrefix("Content-Security-Policy: ") })
        #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe"))
        // One style and one script, both with the nonce of this answer; nothing else that a policy would stop.
        let nonce = try #require(policy.split(separator: "'nonce-").dropFirst().first?.prefix { $0 != "'" })
        #expect(nonce.count == 32)
        #expect(page.contains("<style nonce=\"\(nonce)\">"))
        #expect(page.contains("<script nonce=\"\(nonce)\">"))
        #expect(page.components(separatedBy: "<script").count == 2)
        #expect(!page.contains(" style=\"") && !page.contains(" onclick=") && !page.contains("src=\"http"))
        #expect(!(try await site.get("/", "-i").contains(nonce)))
        #expect(try await site.get("/nope", "-i").hasPrefix("HTTP/1.1 404"))
        #expect(try await site.get("/", "-i", "-X", "POST").hasPrefix("HTTP/1.1 405"))
        #expect(try await site.get("/health") == "{\"status\":\"ok\"}\n")
        let withoutBody = try await site.get("/health", "--head")
        #expect(withoutBody.hasPrefix("HTTP/1.1 200") && withoutBody.contains("Content-Length: 16"))
        _ = try await site.stop()
    }

    @Test func languageFollowsTheReader() async throws {
        let site = try await ServedSite.start()
        let japanese = try await site.get("/", "-H", "Accept-Language: ja,en;q=0.5")
        #expect(japanese.contains("<html lang=\"ja\">") && japanese.contains("接続は暗号化されています"))
        #expect(!japanese.contains("Your connection"))
        let english = try await site.get("/", "-H", "Accept-Language: en")
        #expect(english.contains("<html lang=\"en\">") && english.contains("Your connection is encrypted"))
        #expect(!english.unicodeScalars.contains { (0x3040...0x9FFF).contains($0.value) })
        #expect(try await site.get("/nope", "-H", "Accept-Language: ja").contains("ページがありません"))
        _ = try await site.stop()
    }

    @Test func failuresAreListedAndExplained() async throws {
        let site = try await ServedSite.start()
        let address = "localhost:\(site.port)"
        _ = try await RunningProgram.program("curl", ["-s", "http://\(address)/"]).end()
        _ = try await RunningProgram.program("curl", ["-s", "--capath", "/nowhere", "https://\(address)/"]).end()
        _ = try await RunningProgram.program(
            "openssl", ["s_client", "-connect", address, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]
        ).end()
        let list = try await site.handshakes()
        let faults = list.compactMap { $0["fault"] as? String }
        #expect(faults == ["ver.client-legacy", "peer.rejected-our-certificate", "plain.client-speaks-http"])
        #expect(list.first?["ok"] as? Bool == true)
        for entry in list.dropFirst() {
            #expect((entry["why"] as? String)?.isEmpty == false)
            #expect((entry["fix"] as? String)?.isEmpty == false)
            #expect((entry["peer"] as? String)?.hasPrefix("127.0.0.1:") == true)
        }
        let page = try await site.get("/")
        #expect(page.contains("A client sent plain HTTP to the TLS port"))
        #expect(page.contains("<b id=\"failed\">3</b>"))
        let end = try await site.stop()
        #expect(end.status == 0)
        #expect(end.errors.contains("[plain.client-speaks-http]"))
        #expect(!hasControls(end.errors))
    }

    @Test func whatAPeerSendsCannotBecomeMarkup() async throws {
        let site = try await ServedSite.start()
        let name = "<img src=x onerror=alert(1)>\u{1B}[31m\u{202E}\"'&"
        let client = try await RunningProgram.program(
            "openssl",
            ["s_client", "-connect", "localhost:\(site.port)", "-servername", name, "-alpn", "http/1.1,<b>x</b>"]
        ).end()
        #expect(client.text.contains("CONNECTED"))
        let list = try await site.get("/handshakes.json")
        #expect(list.contains("<img src=x onerror=alert(1)>"))
        #expect(!hasControls(list) && !list.unicodeScalars.contains("\u{202E}"))
        let page = try await site.get("/")
        #expect(page.contains("&lt;img src=x onerror=alert(1)&gt;\\u{1b}[31m\\u{202e}&quot;&#39;&amp;"))
        #expect(!page.contains("<img"))
        #expect(!hasControls(page))
        _ = try await site.stop()
    }

    @Test func clientCertificatesAreRequired() async throws {
        let folder = try CertificateFolder()
        let alice = try folder.client("alice <b>")
        let site = try await ServedSite.start(["--client-ca", folder.caFile])
        let refused = try await RunningProgram.program(
            "curl", ["-sS", "--cacert", site.caFile, "https://localhost:\(site.port)/"]
        ).end()
        #expect(refused.status != 0)
        let document = try await site.json("/connection", "--cert", alice.certificateFile, "--key", alice.keyFile)
        #expect(document["is_authorized"] as? Bool == true)
        let page = try await site.get("/", "--cert", alice.certificateFile, "--key", alice.keyFile)
        #expect(page.contains("you are alice &lt;b&gt;"))
        #expect(page.contains("verified by this server"))
        _ = try await site.stop()
    }

    @Test func echoGreetsAndEchoes() async throws {
        let site = try await ServedSite.start(["--echo"], scheme: "tls")
        let result = try await RunningProgram.hasp(
            "connect", "localhost:\(site.port)", "--ca", site.caFile, input: Data("hello\n".utf8))
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "welcome!\nhello\n")
        #expect(try await site.stop().status == 0)
    }

    @Test func stalledPeersDoNotKeepItFromItsEnd() async throws {
        let site = try await ServedSite.start()
        let silent = try await FaultyClient.connect(port: site.port, .stalledHello)
        // The second connection is served, so the first has been accepted.
        _ = try await site.get("/health")
        let start = ContinuousClock.now
        let end = try await site.stop()
        #expect(end.status == 0)
        #expect(ContinuousClock.now - start < .seconds(20))
        _ = try await silent.ended()
    }

    @Test func interruptEndsItWell() async throws {
        let site = try await ServedSite.start()
        site.program.kill(SIGINT)
        #expect(try await site.program.waitForEnd().status == 0)
    }
}
