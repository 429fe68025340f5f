//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// The first bytes of a connection, with one question for each protocol.
struct Opening {
    /// How well the bytes fit one protocol.
    enum Verdict {
        case match(FirstBytes)
        /// Nothing speaks against it, but it is not certain yet.
        case possible
        case no
    }

    let bytes: [UInt8]
    /// Whether no more bytes will come.
    let isComplete: Bool

    /// In order of precedence: where two protocols can begin alike, the one with the stricter form comes first.
    static let recognizers: [@Sendable (Opening) -> Verdict] = [
        { $0.tlsRecord() }, { $0.proxy() }, { $0.httpResponse() }, { $0.httpRequest() }, { $0.ssh() },
        { $0.mailOrFTPGreeting() }, { $0.imap() }, { $0.pop3() },
        { $0.postgreSQLClient() }, { $0.postgreSQLServer() }, { $0.mySQL() }, { $0.sslv2() },
    ]

    // MARK: Helpers

    /// The byte at an index; nil when it has not arrived.
    func byte(_ index: Int) -> UInt8? {
        index >= 0 && index < bytes.count ? bytes[index] : nil
    }

    /// Compares with a fixed beginning: a match once all of it is there.
    func begins(with expected: [UInt8], as result: FirstBytes) -> Verdict {
        let shared = min(bytes.count, expected.count)
        guard bytes.prefix(shared).elementsEqual(expected.prefix(shared)) else { return .no }
        return shared == expected.count ? .match(result) : .possible
    }

    /// Compares with fixed text.
    func begins(with text: StaticString, as result: FirstBytes) -> Verdict {
        begins(with: Array(text.description.utf8), as: result)
    }

    /// The best verdict among several.
    func any(_ verdicts: Verdict...) -> Verdict {
        var best = Verdict.no
        for verdict in verdicts {
            switch verdict {
            case .match: return verdict
            case .possible: best = .possible
            case .no: continue
            }
        }
        return best
    }

    /// Compares from an offset on, byte by byte, with tests; a byte that has not arrived passes as possible.
    func holds(_ tests: [(index: Int, test: (UInt8) -> Bool)], as result: FirstBytes) -> Verdict {
        var isCertain = true
        for (index, test) in tests {
            guard let byte = byte(index) else {
                isCertain = false
                continue
            }
            if !test(byte) { return .no }
        }
        return isCertain ? .match(result) : .possible
    }

    /// A big-endian number of two bytes; nil when it has not arrived.
    func number(at index: Int) -> Int? {
        guard let high = byte(index), let low = byte(index + 1) else { return nil }
        return Int(high) << 8 | Int(low)
    }
}

// MARK: - TLS and SSL

extension Opening {
    /// Five bytes of header: a known type, version 3.0 to 3.4, a length within the limit (RFC 8446 section 5.1).
    func tlsRecord() -> Verdict {
        let verdict = holds(
            [
                (0, { (20...24).contains($0) }), (1, { $0 == 3 }), (2, { $0 <= 4 }),
                (3, { $0 <= 0x48 }), (4, { _ in true }),
            ],
            as: .tlsRecord
        )
        guard let length = number(at: 3) else { return verdict }
        return (1...Record.maximumTLS12CiphertextSize).contains(length) ? verdict : .no
    }

    /// A header of two bytes with the high bit set, then CLIENT-HELLO (1) or SERVER-HELLO (4) and its version.
    func sslv2() -> Verdict {
        let isClient = holds(
            [
                (0, { $0 & 0x80 != 0 }), (2, { $0 == 1 }),
                (3, { $0 == 0 || $0 == 3 }), (4, { $0 <= 4 }),
            ],
            as: .sslv2Hello
        )
        // Session hit, certificate type, then the version.
        let isServer = holds(
            [
                (0, { $0 & 0x80 != 0 }), (2, { $0 == 4 }), (3, { $0 <= 1 }), (4, { $0 <= 1 }),
                (5, { $0 == 0 }), (6, { $0 == 2 }),
            ],
            as: .sslv2Hello
        )
        return any(isClient, isServer)
    }
}

// MARK: - HTTP, SSH, PROXY

extension Opening {
    func httpResponse() -> Verdict {
        switch begins(with: "HTTP/", as: .unknown) {
        case .no: return htmlPage()
        case .possible: return .possible
        case .match: break
        }
        // The version ends at the first space, the status is the three digits after it.
        guard let space = bytes.firstIndex(of: UInt8(ascii: " ")) else { return bytes.count > 16 ? .no : .possible }
        let digits = bytes.dropFirst(space + 1).prefix(3)
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return .no }
        guard digits.count == 3 else { return .possible }
        return .match(.httpResponse(status: digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }))
    }

    private func htmlPage() -> Verdict {
        let lowercased = Opening(bytes: bytes.prefix(16).map(Self.lowercase), isComplete: isComplete)
        return any(
            lowercased.begins(with: "<html", as: .htmlPage),
            lowercased.begins(with: "<!doctype html", as: .htmlPage)
        )
    }

    /// A method in capitals, a space, and what a target begins with (RFC 9112 section 3.2): a path, `*` or `http`.
    /// CONNECT is followed by a host name instead.
    func httpRequest() -> Verdict {
        let method = bytes.prefix { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == UInt8(ascii: "-") }
        guard let first = method.first, first != UInt8(ascii: "-"), method.count <= Self.maximumMethodLength else {
            return .no
        }
        guard let space = byte(method.count) else { return .possible }
        guard space == UInt8(ascii: " ") else { return .no }
        let name = String(decoding: method, as: UTF8.self)
        let result = FirstBytes.httpRequest(method: name)
        let target = Opening(bytes: Array(bytes.dropFirst(method.count + 1)), isComplete: isComplete)
        if name == "CONNECT" { return target.bytes.isEmpty ? .possible : .match(result) }
        return any(
            target.begins(with: "/", as: result),
            target.begins(with: "*", as: result),
            target.begins(with: "http", as: result)
        )
    }

    /// The longest registered method, UPDATEREDIRECTREF, has 17 letters.
    private static let maximumMethodLength = 20

    func ssh() -> Verdict {
        begins(with: "SSH-", as: .ssh)
    }

    func proxy() -> Verdict {
        any(
            begins(with: "PROXY TCP4 ", as: .proxyV1),
            begins(with: "PROXY TCP6 ", as: .proxyV1),
            begins(with: "PROXY UNKNOWN", as: .proxyV1),
            begins(with: [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A], as: .proxyV2)
        )
    }

    static func lowercase(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}

// MARK: - Databases

extension Opening {
    /// A length of four bytes, then the request: TLS, GSS encryption, cancel, or a startup packet of protocol 3.
    func postgreSQLClient() -> Verdict {
        any(
            begins(with: [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F], as: .postgreSQL),
            begins(with: [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x30], as: .postgreSQL),
            begins(with: [0, 0, 0, 16, 0x04, 0xD2, 0x16, 0x2E], as: .postgreSQL),
            // A startup packet is at most 10,000 bytes long; 0x0003 is the major version.
            holds(
                [
                    (0, { $0 == 0 }), (1, { $0 == 0 }), (2, { $0 <= 0x27 }), (3, { _ in true }),
                    (4, { $0 == 0 }), (5, { $0 == 3 }), (6, { $0 == 0 }),
                ],
                as: .postgreSQL
            )
        )
    }

    /// `S` or `N` alone after a request for TLS, or an error: `E`, a length, then the severity field, or in the
    /// oldest protocol the text at once.
    func postgreSQLServer() -> Verdict {
        if let first = byte(0), bytes.count == 1, first == UInt8(ascii: "S") || first == UInt8(ascii: "N") {
            return isComplete ? .match(.postgreSQL) : .possible
        }
        return any(
            holds(
                [
                    (0, { $0 == UInt8(ascii: "E") }), (1, { $0 == 0 }), (2, { $0 == 0 }),
                    (5, { $0 == UInt8(ascii: "S") }),
                ],
                as: .postgreSQL
            ),
            begins(with: "EFATAL:", as: .postgreSQL)
        )
    }

    /// A packet of less than 64 KiB with number 0: protocol 10 with the version's first digit, or an error.
    func mySQL() -> Verdict {
        any(
            holds(
                [
                    (2, { $0 == 0 }), (3, { $0 == 0 }), (4, { $0 == 10 }),
                    (5, { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                ],
                as: .mySQL
            ),
            // Error numbers sent in place of a greeting lie between 1000 and 2000: 0x03E8 to 0x07D0.
            holds(
                [(2, { $0 == 0 }), (3, { $0 == 0 }), (4, { $0 == 0xFF }), (6, { (3...7).contains($0) })],
                as: .mySQL
            )
        )
    }
}
