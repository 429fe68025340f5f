//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspTLS
import NIOCore
import Testing

@testable import hasp

/// The parts of the page, without a server.
@Suite struct ServePartsTests {
    @Test func interpolationIsEscaped() {
        let name = "<b>\"'&\u{7}\u{2028}</b>"
        let html: HTML = "<p title=\"\(name)\">\(3)\("x" as HTML)\([HTML.nothing, "y"])</p>"
        let escaped = "&lt;b&gt;&quot;&#39;&amp;\\u{7}\\u{2028}&lt;/b&gt;"
        #expect(html.text == "<p title=\"\(escaped)\">3xy</p>")
    }

    @Test func proseHasCode() {
        #expect(HTML.prose("use `a<b` now").text == "use <code>a&lt;b</code> now")
        #expect(HTML.prose("one ` alone").text == "one ` alone")
    }

    @Test(arguments: [
        (0, "0 µs"), (999, "999 µs"), (1_000, "1.00 ms"), (40_156, "40.15 ms"), (1_234_567, "1.23 s"),
    ])
    func durations(microseconds: Int, text: String) {
        #expect(Words(.english).duration(.microseconds(microseconds)) == text)
    }

    @Test func daysLeft() {
        #expect([-1, 0, 1, 2].map(Words(.english).daysLeft) == ["expired", "ends today", "1 day left", "2 days left"])
        #expect([-1, 0, 1, 2].map(Words(.japanese).daysLeft) == ["期限切れ", "今日まで", "残り1日", "残り2日"])
    }

    @Test func listIsBounded() {
        let log = HandshakeLog()
        for _ in 0..<(HandshakeLog.capacity + 7) {
            log.failed(TLSError(.notTLS), report: HandshakeReport(role: .server), peer: "192.0.2.1:1")
        }
        let snapshot = log.snapshot()
        #expect(snapshot.entries.count == HandshakeLog.capacity)
        #expect(snapshot.failed == HandshakeLog.capacity + 7)
        #expect(snapshot.entries.first?.number == HandshakeLog.capacity + 7)
        let news = HandshakeList(log, after: HandshakeLog.capacity + 5, Words(.english))
        #expect(news.handshakes.map(\.number) == [57, 56])
    }

    @Test func jsonIsSafeToPrint() throws {
        struct Value: Encodable {
            var text: String
            @OrNull var nothing: String?
        }
        let text = "a\u{1B}\u{9B}\u{202E}\u{E0041}é日\n"
        let json = try SafeJSON.text(Value(text: text, nothing: nil), isIndented: false)
        #expect(json.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        #expect(!json.unicodeScalars.contains("\u{202E}"))
        #expect(json.contains("é日") && json.contains("\"nothing\":null"))
        let back = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(back["text"] as? String == text)
    }

    @Test func shellWords() {
        #expect(Shell.word("/a/b-c.pem") == "/a/b-c.pem")
        #expect(Shell.word("/a b/it's") == #"'/a b/it'\''s'"#)
        #expect(Shell.word("-x") == "'-x'")
    }

    // MARK: Listening

    /// The web server throws what NIO does, the echo server the library's error.
    @Test(arguments: [
        IOError(errnoCode: EAFNOSUPPORT, reason: "socket") as any Error,
        IOError(errnoCode: EADDRNOTAVAIL, reason: "bind"), TLSError(.addressNotAvailable),
    ])
    func withoutIPv6ThereIsIPv4(failure: any Error) async throws {
        var tried: [String] = []
        try await Listening(host: "::", port: 8443).attempt { host in
            tried.append(host)
            if host == "::" { throw failure }
        }
        #expect(tried == ["::", "0.0.0.0"])
    }

    @Test func onlyTheDefaultHasAnotherAddress() async throws {
        for (host, code) in [("::1", TLSError.Code.addressNotAvailable), ("::", .addressInUse)] {
            var tried: [String] = []
            let error = await #expect(throws: TLSError.self) {
                try await Listening(host: host, port: 8443).attempt { host in
                    tried.append(host)
                    throw TLSError(code)
                }
            }
            #expect(tried == [host])
            #expect(error?.code == code)
            #expect(error?.phase == .configuration)
            #expect(error?.detail.hasPrefix("cannot listen on [\(host)]:8443: ") == true)
        }
    }

    @Test func otherRefusalsHaveARemedyToo() async throws {
        let text = String(cString: strerror(ENOBUFS))
        let sentence = "cannot listen on 192.0.2.1:1: \(text)"
        for failure in [IOError(errnoCode: ENOBUFS, reason: "bind") as any Error, TLSError(.networkFailure, sentence)] {
            let error = await #expect(throws: TLSError.self) {
                try await Listening(host: "192.0.2.1", port: 1).attempt { _ in throw failure }
            }
            #expect(error?.detail == sentence + ": try another --host or --port")
        }
    }
}
