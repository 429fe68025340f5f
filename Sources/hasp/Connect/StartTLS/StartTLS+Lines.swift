//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS

/// Protocols that speak in lines of text.
extension StartTLS {
    /// RFC 3207.
    func smtp(_ server: PlainConversation) async throws {
        let greeting = try await reply(server)
        guard greeting.code == 220 else { throw isReply(greeting) ? refusal(greeting.text) : server.foreign(self) }
        try await server.send("EHLO localhost\r\n")
        let hello = try await reply(server)
        guard hello.code == 250 else { throw refusal(hello.text) }
        guard hello.lines.contains(where: { $0.dropFirst(4).uppercased() == "STARTTLS" }) else {
            throw StartTLSFailure.notOffered(self)
        }
        try await server.send("STARTTLS\r\n")
        let answer = try await reply(server)
        guard answer.code == 220 else { throw refusal(answer.text) }
    }

    /// RFC 4217, section 4.
    func ftp(_ server: PlainConversation) async throws {
        let greeting = try await reply(server)
        guard greeting.code == 220 else { throw isReply(greeting) ? refusal(greeting.text) : server.foreign(self) }
        try await server.send("AUTH TLS\r\n")
        let answer = try await reply(server)
        guard answer.code == 234 else { throw refusal(answer.text) }
    }

    /// RFC 9051, section 6.2.1.
    func imap(_ server: PlainConversation) async throws {
        let greeting = try await server.line()
        guard greeting.hasPrefix("* ") else { throw server.foreign(self) }
        // BYE turns the client away; after PREAUTH there is no changing over any more.
        guard greeting.uppercased().hasPrefix("* OK") else { throw refusal(greeting) }
        try await server.send("hasp1 STARTTLS\r\n")
        for _ in 0..<Self.maximumLines {
            let line = try await server.line()
            guard line.lowercased().hasPrefix("hasp1 ") else { continue }
            guard line.dropFirst(6).uppercased().hasPrefix("OK") else { throw refusal(line) }
            return
        }
        throw StartTLSFailure.tooMuch(PlainConversation.maximumTotal)
    }

    /// RFC 2595, section 4.
    func pop3(_ server: PlainConversation) async throws {
        let greeting = try await server.line()
        guard greeting.hasPrefix("+OK") else {
            throw greeting.hasPrefix("-ERR") ? refusal(greeting) : server.foreign(self)
        }
        try await server.send("STLS\r\n")
        let answer = try await server.line()
        guard answer.hasPrefix("+OK") else { throw refusal(answer) }
    }
}

extension StartTLS {
    /// Replies of real servers have a dozen lines.
    private static let maximumLines = 200

    private struct Reply {
        var code: Int?
        var lines: [String]

        /// The last line, which says what counts.
        var text: String { lines.last ?? "" }
    }

    private func refusal(_ text: String) -> StartTLSFailure { .refused(self, reply: text.escapingControls) }

    /// Whether a server of this protocol said something else than expected, and not a server of another one.
    private func isReply(_ reply: Reply) -> Bool { reply.code.map { (400..<600).contains($0) } ?? false }

    /// A reply of SMTP or FTP: lines that begin with three digits; a hyphen after them says that more follow. Lines
    /// between the first and the last of an FTP reply may begin with anything (RFC 959, section 4.2).
    private func reply(_ server: PlainConversation) async throws -> Reply {
        let first = try await server.line()
        guard let code = Self.code(of: first) else { return Reply(code: nil, lines: [first]) }
        var lines = [first]
        guard first.dropFirst(3).hasPrefix("-") else { return Reply(code: code, lines: lines) }
        while lines.count < Self.maximumLines {
            let line = try await server.line()
            lines.append(line)
            if Self.code(of: line) == code, !line.dropFirst(3).hasPrefix("-") { return Reply(code: code, lines: lines) }
        }
        throw StartTLSFailure.tooMuch(PlainConversation.maximumTotal)
    }

    private static func code(of line: String) -> Int? {
        let digits = line.utf8.prefix(3)
        guard digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        guard line.utf8.count == 3 || " -".contains(line.dropFirst(3).prefix(1)) else { return nil }
        return Int(line.prefix(3))
    }
}
