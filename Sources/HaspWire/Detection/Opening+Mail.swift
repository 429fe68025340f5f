//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// The protocols that greet with a line of text.
extension Opening {
    func imap() -> Verdict {
        any(
            begins(with: "* OK", as: .imap),
            begins(with: "* PREAUTH", as: .imap),
            begins(with: "* BYE", as: .imap),
            begins(with: "* BAD", as: .imap)
        )
    }

    func pop3() -> Verdict {
        any(begins(with: "+OK", as: .pop3), begins(with: "-ERR", as: .pop3))
    }

    /// SMTP and FTP both greet with 220, so the text must tell; 554 is how SMTP refuses (RFC 5321 section 3.1).
    func mailOrFTPGreeting() -> Verdict {
        let isClientOrRefusal = any(
            begins(with: "EHLO ", as: .smtp),
            begins(with: "HELO ", as: .smtp),
            begins(with: "554 ", as: .smtp),
            begins(with: "554-", as: .smtp)
        )
        let is220 = any(begins(with: "220 ", as: .smtpOrFTP), begins(with: "220-", as: .smtpOrFTP))
        guard case .match = is220 else { return any(isClientOrRefusal, is220) }
        return greetingOf220()
    }

    /// Waits for a whole line, so that the answer does not depend on where the network cut it.
    private func greetingOf220() -> Verdict {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let wholeLines = isComplete ? lines[...] : lines.dropLast()
        guard !wholeLines.isEmpty else { return .possible }

        let clue = GreetingClue(lines: wholeLines.map { String(decoding: $0.map(Self.lowercase), as: UTF8.self) })
        if let protocolSpoken = clue.protocolSpoken { return .match(protocolSpoken) }
        // A hyphen after the code says that more lines follow, which may tell more.
        let isOver = isComplete || wholeLines.contains { !$0.starts(with: "220-".utf8) }
        return isOver ? .match(.smtpOrFTP) : .possible
    }
}

/// Tells SMTP and FTP apart by the words of a greeting in lower case.
private struct GreetingClue {
    private var namesSMTP = false
    private var namesFTP = false
    private var looksLikeMailHost = false
    private var looksLikeFTPHost = false

    init(lines: [String]) {
        for line in lines {
            for word in line.dropFirst(4).split(whereSeparator: { " \t\r()[]<>,;:=\"'/".contains($0) }) {
                read(word)
            }
        }
    }

    /// What the words say first, and only if they say nothing, what the host's name says.
    var protocolSpoken: FirstBytes? {
        if namesSMTP != namesFTP { return namesSMTP ? .smtp : .ftp }
        if namesSMTP { return nil }
        if looksLikeMailHost != looksLikeFTPHost { return looksLikeMailHost ? .smtp : .ftp }
        return nil
    }

    private mutating func read(_ word: Substring) {
        if word.contains(".") {
            let first = word.prefix { $0 != "." && $0 != "-" && !("0"..."9").contains($0) }
            if ["mail", "smtp", "mx", "mta", "relay"].contains(first) { looksLikeMailHost = true }
            if first == "ftp" { looksLikeFTPHost = true }
        } else if Self.mailWords.contains(where: word.hasPrefix) {
            namesSMTP = true
        } else if word == "filezilla" || word.hasSuffix("ftp") || word.hasSuffix("ftpd") {
            namesFTP = true
        }
    }

    private static let mailWords = ["esmtp", "smtp", "lmtp", "mail", "postfix", "exim", "sendmail"]
}
