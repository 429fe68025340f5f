//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS

/// The handshake as a picture: who said what to whom, and when.
///
/// A picture of text and lines, sized so that it can be read on a phone; colours come from the page's style sheet.
struct LadderPicture {
    private let report: HandshakeReport
    private let words: Words

    init(_ report: HandshakeReport, _ words: Words) {
        self.report = report
        self.words = words
    }

    var html: HTML {
        let rows = rows
        let height = Self.top + rows.count * Self.rowHeight + 14
        let drawn = rows.enumerated().map { draw($1, y: Self.top + 26 + $0 * Self.rowHeight) }
        let title = words("The handshake, step by step", "ハンドシェイクの流れ")
        return """
            <svg class="ladder" viewBox="0 0 \(Self.width) \(height)" role="img" aria-labelledby="ladder-t ladder-d">
            <title id="ladder-t">\(title)</title><desc id="ladder-d">\(summary(rows))</desc>
            \(head(words("you", "あなた"), Self.left, "client"))\(head(words("server", "サーバー"), Self.right, "server"))
            <line class="life" x1="\(Self.left)" y1="\(Self.top)" x2="\(Self.left)" y2="\(height)"/>
            <line class="life" x1="\(Self.right)" y1="\(Self.top)" x2="\(Self.right)" y2="\(height)"/>
            \(drawn)
            </svg>
            """
    }

    // The picture is as wide as a small phone, so that its letters keep their size there.
    private static let width = 400
    private static let left = 44
    private static let right = 292
    private static let top = 34
    private static let rowHeight = 44

    private enum Direction {
        case toServer, toClient, both
    }

    private struct Row {
        var direction: Direction
        var title: String
        var detail: String
        var time: Duration?
    }

    private func head(_ text: String, _ x: Int, _ kind: String) -> HTML {
        """
        <rect class="head \(kind)" x="\(x - 42)" y="4" width="84" height="28" rx="8"/>
        <text class="headtext" x="\(x)" y="23" text-anchor="middle">\(text)</text>
        """
    }

    private func draw(_ row: Row, y: Int) -> HTML {
        let (from, to) = row.direction == .toClient ? (Self.right, Self.left) : (Self.left, Self.right)
        let tip = to > from ? to - 2 : to + 2
        let back = to > from ? tip - 8 : tip + 8
        let kind =
            switch row.direction {
            case .toServer: "client"
            case .toClient: "server"
            case .both: "both"
            }
        let arrow: HTML =
            row.direction == .both
            ? "<line class=\"arrow both\" x1=\"\(from)\" y1=\"\(y)\" x2=\"\(to)\" y2=\"\(y)\"/>"
            : """
            <line class="arrow \(kind)" x1="\(from)" y1="\(y)" x2="\(back)" y2="\(y)"/>
            <path class="tip \(kind)" d="M\(tip) \(y)L\(back) \(y - 5)L\(back) \(y + 5)Z"/>
            """
        let middle = (Self.left + Self.right) / 2
        let time: HTML =
            row.time.map {
                """
                <text class="time" x="\(Self.width - 2)" y="\(y + 4)" text-anchor="end">\(words.duration($0))</text>
                """
            } ?? .nothing
        return """
            \(arrow)<text class="say" x="\(middle)" y="\(y - 6)" text-anchor="middle">\(row.title)</text>
            <text class="detail" x="\(middle)" y="\(y + 14)" text-anchor="middle">\(row.detail)</text>\(time)
            """
    }

    private var rows: [Row] {
        var rows = [Row(direction: .both, title: words("connected", "接続"), detail: "TCP", time: elapsed(.connected))]
        rows.append(
            Row(
                direction: .toServer, title: "ClientHello", detail: helloDetail, time: elapsed(.helloReceived)))
        if report.isHelloRetried {
            rows.append(
                Row(
                    direction: .toClient, title: "HelloRetryRequest",
                    detail: words("another group, please", "別の鍵共有グループを要求")))
            rows.append(Row(direction: .toServer, title: "ClientHello", detail: report.group?.name ?? ""))
        }
        rows.append(
            Row(
                direction: .toClient, title: "ServerHello",
                detail: [report.version.name, report.group?.name].compactMap(\.self).joined(separator: " · "),
                time: elapsed(.helloSent)))
        if let certificate = elapsed(.certificate) {
            rows.append(
                Row(
                    direction: .toClient, title: "Certificate",
                    detail: report.signatureScheme.map { words("signed: ", "署名: ") + $0.name } ?? "",
                    time: certificate))
        }
        rows.append(
            Row(
                direction: .toServer,
                title: report.peer == nil ? "Finished" : "Certificate, Finished",
                detail: words("encrypted from here on", "ここから暗号化"), time: elapsed(.finished)))
        return rows
    }

    private var helloDetail: String {
        let name = report.serverName.map { $0.count > 28 ? String($0.prefix(27)) + "…" : $0 }
        return name.map { "SNI \($0)" } ?? words("no server name (SNI)", "サーバー名(SNI)なし")
    }

    private func elapsed(_ step: HandshakeTimeline.Step) -> Duration? { report.timeline.elapsed(until: step) }

    private func summary(_ rows: [Row]) -> String {
        rows.map { row in
            let time = row.time.map { " (\(words.duration($0)))" } ?? ""
            return "\(row.title)\(time)"
        }.joined(separator: ", ")
    }
}

/// Where the time of the handshake went, as one bar.
struct TimeBar {
    private let waiting: Duration
    private let working: Duration
    private let segments: [(isWaiting: Bool, duration: Duration)]
    private let words: Words

    init?(_ report: HandshakeReport, _ words: Words) {
        let steps = report.timeline.steps
        guard steps.count > 1, report.timeline.handshakeDuration != nil else { return nil }
        self.words = words
        segments = zip(steps, steps.dropFirst()).map { earlier, later in
            // What ends with words of the server is the server's work; all else is waiting for the client.
            (later.step != .helloSent && later.step != .certificate, later.elapsed - earlier.elapsed)
        }
        waiting = segments.filter(\.isWaiting).reduce(.zero) { $0 + $1.duration }
        working = segments.filter { !$0.isWaiting }.reduce(.zero) { $0 + $1.duration }
    }

    var html: HTML {
        let total = max(1, (waiting + working).wholeMicroseconds)
        var start = 0
        let bars: [HTML] = segments.map { segment in
            let width = segment.duration.wholeMicroseconds * 1_000 / total
            defer { start += width }
            let kind = segment.isWaiting ? "wait" : "work"
            return "<rect class=\"\(kind)\" x=\"\(start)\" y=\"0\" width=\"\(width)\" height=\"10\"/>"
        }
        let waits = words("waiting for you", "あなたを待った時間")
        let works = words("server at work", "サーバーの処理時間")
        return """
            <svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">\(bars)</svg>
            <p class="legend"><span class="key wait">\(waits) \(words.duration(waiting))</span>
            <span class="key work">\(works) \(words.duration(working))</span></p>
            """
    }
}
