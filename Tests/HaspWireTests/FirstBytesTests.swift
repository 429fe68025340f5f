//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspWire
import Testing

@Suite struct FirstBytesTests {
    /// What peers say first, and what it is. Greetings are the usual ones of well-known programs.
    static let samples: [(bytes: [UInt8], expected: FirstBytes)] = [
        (Captures.openSSL13, .tlsRecord),
        (Captures.chromium, .tlsRecord),
        (Captures.serverFlightTLS12, .tlsRecord),
        (Captures.handshakeFailureAlert, .tlsRecord),
        ([0x80, 0x2E, 0x01, 0x00, 0x02, 0x00, 0x15, 0x00, 0x00, 0x00, 0x10], .sslv2Hello),
        ([0x80, 0x2E, 0x01, 0x03, 0x01, 0x00, 0x15, 0x00, 0x00, 0x00, 0x10], .sslv2Hello),
        ([0x83, 0x10, 0x04, 0x00, 0x01, 0x00, 0x02, 0x02, 0xF0], .sslv2Hello),
        (text("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), .httpRequest(method: "GET")),
        (text("POST /form HTTP/1.0\r\n"), .httpRequest(method: "POST")),
        (text("OPTIONS * HTTP/1.1\r\n"), .httpRequest(method: "OPTIONS")),
        (text("CONNECT example.com:443 HTTP/1.1\r\n"), .httpRequest(method: "CONNECT")),
        (text("GET http://example.com/ HTTP/1.1\r\n"), .httpRequest(method: "GET")),
        (text("M-SEARCH * HTTP/1.1\r\n"), .httpRequest(method: "M-SEARCH")),
        (text("NOTIFY /x HTTP/1.1\r\n"), .httpRequest(method: "NOTIFY")),
        (text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), .httpRequest(method: "PRI")),
        (text("HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n"), .httpResponse(status: 400)),
        (text("HTTP/1.0 501 Not Implemented\r\n"), .httpResponse(status: 501)),
        (text("<html>\r\n<head><title>400 Bad Request</title></head>"), .htmlPage),
        (text("<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n"), .htmlPage),
        (text("220 mx1.example.com ESMTP Postfix (Debian/GNU)\r\n"), .smtp),
        (text("220-ftp.example.com ESMTP Exim 4.96\r\n220 no spam\r\n"), .smtp),
        (text("220 mail.example.com ready\r\n"), .smtp),
        (text("220 HOST.example.com Microsoft ESMTP MAIL Service ready\r\n"), .smtp),
        (text("554 mx.example.com No service for you\r\n"), .smtp),
        (text("EHLO client.example\r\n"), .smtp),
        (text("220 (vsFTPd 3.0.5)\r\n"), .ftp),
        (text("220 ProFTPD Server (Debian) [127.0.0.1]\r\n"), .ftp),
        (text("220---------- Welcome to Pure-FTPd [privsep] [TLS] ----------\r\n"), .ftp),
        (text("220-FileZilla Server 1.7.0\r\n"), .ftp),
        (text("220 Microsoft FTP Service\r\n"), .ftp),
        (text("220 ftp.example.com ready\r\n"), .ftp),
        (text("220-Welcome\r\n220-to\r\n220 the FTP server\r\n"), .ftp),
        (text("220 Welcome\r\n"), .smtpOrFTP),
        (text("220 SMTP and FTP live here\r\n"), .smtpOrFTP),
        (text("* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n"), .imap),
        (text("* PREAUTH ready\r\n"), .imap),
        (text("+OK Dovecot ready.\r\n"), .pop3),
        (text("-ERR [SYS/TEMP] try later\r\n"), .pop3),
        (text("SSH-2.0-OpenSSH_9.2p1\r\n"), .ssh),
        ([0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F], .postgreSQL),
        ([0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x30], .postgreSQL),
        ([0, 0, 0, 0x21, 0, 3, 0, 0] + text("user\0postgres\0"), .postgreSQL),
        ([0x45, 0, 0, 0, 0x8C] + text("SFATAL\0VFATAL\0C0A000\0"), .postgreSQL),
        (text("EFATAL:  unsupported frontend protocol\n\0"), .postgreSQL),
        ([0x4A, 0, 0, 0, 0x0A] + text("8.0.36\0"), .mySQL),
        ([0x6D, 0, 0, 0, 0x0A] + text("5.5.5-10.11.6-MariaDB\0"), .mySQL),
        ([0x45, 0, 0, 0, 0xFF, 0x6A, 0x04] + text("Host is not allowed to connect"), .mySQL),
        (text("PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\n"), .proxyV1),
        (text("PROXY UNKNOWN\r\n"), .proxyV1),
        ([0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 12], .proxyV2),
        (text("what is this?\r\n"), .unknown),
        ([0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0xFA], .unknown),
        ([22, 3, 1, 0xFF, 0xFF, 1], .unknown),
        (text("GETTING somewhere\r\n"), .unknown),
        (text("200 news.example NNTP ready\r\n"), .unknown),
    ]

    @Test(arguments: samples)
    func knowsTheProtocol(bytes: [UInt8], expected: FirstBytes) {
        #expect(FirstBytes.classify(bytes) == expected)
    }

    /// Whatever has been said with few bytes still holds with more.
    @Test(arguments: samples)
    func neverChangesItsMind(bytes: [UInt8], expected: FirstBytes) {
        for count in 0...bytes.count {
            let verdict = FirstBytes.classify(bytes.prefix(count))
            #expect(verdict == .needMoreData || verdict == expected, "after \(count) bytes")
            if count > 0 {
                #expect(FirstBytes.classify(bytes.prefix(count), isComplete: true) != .needMoreData)
            }
        }
    }

    @Test func oneByteOfPostgreSQLNeedsTheEnd() {
        for answer in ["S", "N"] {
            #expect(FirstBytes.classify(answer.utf8) == .needMoreData)
            #expect(FirstBytes.classify(answer.utf8, isComplete: true) == .postgreSQL)
        }
        #expect(FirstBytes.classify("X".utf8, isComplete: true) == .unknown)
    }

    @Test func nothingIsTooLittle() {
        #expect(FirstBytes.classify([]) == .needMoreData)
        #expect(FirstBytes.classify([], isComplete: true) == .needMoreData)
    }

    @Test func aGreetingWithoutEndIsDecidedAtTheLimit() {
        let endless = Self.text("220 " + String(repeating: "x", count: 2_000))
        #expect(FirstBytes.classify(endless.prefix(1_023)) == .needMoreData)
        #expect(FirstBytes.classify(endless) == .smtpOrFTP)
        let lines = Self.text(String(repeating: "220-welcome\r\n", count: 200))
        #expect(FirstBytes.classify(lines) == .smtpOrFTP)
    }

    @Test(arguments: samples)
    func hasWordsForPeople(bytes: [UInt8], expected: FirstBytes) {
        #expect(!expected.name.isEmpty)
        #expect(expected.isTLS == (expected == .tlsRecord))
    }

    @Test func namesAreForPeople() {
        #expect(FirstBytes.httpResponse(status: 400).name == "a plain HTTP response")
        #expect(FirstBytes.unknown.name == "bytes of an unknown protocol")
        #expect(Set(Self.samples.map(\.expected.name)).count == 16)
    }

    static func text(_ string: String) -> [UInt8] {
        Array(string.utf8)
    }
}
