//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import NIOCore

/// The servers' side of the protocols that change over to TLS, as little of each as a client needs to get there.
enum StartTLSPeer: String, CaseIterable, Sendable {
    case smtp, imap, pop3, ftp, ldap, postgres, mysql

    /// How a server deviates from what is right.
    enum Fault: CaseIterable, Sendable {
        /// Answers no.
        case refusing
        /// Sends one byte in the clear behind its consent.
        case injecting
        /// Closes in place of its consent.
        case closing
    }

    /// Speaks up to the point where the client sends its ClientHello.
    func agree(_ socket: TLSSocket, _ fault: Fault? = nil) async throws {
        switch self {
        case .smtp:
            try await socket.write("220-mail.example.com\r\n220 ready\r\n")
            guard try await socket.readLine().hasPrefix("EHLO ") else { return }
            let isOffered = fault != .refusing
            try await socket.write("250-mail.example.com\r\n\(isOffered ? "250-STARTTLS\r\n" : "")250 8BITMIME\r\n")
            guard try await socket.readLine() == "STARTTLS\r\n" else { return }
            try await consent(socket, "220 go ahead\r\n", fault)
        case .imap:
            try await socket.write("* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n")
            var tag = ""
            // openssl asks for the capabilities first.
            while true {
                let line = try await socket.readLine()
                guard let first = line.split(separator: " ").first else { return }
                tag = String(first)
                if line.contains("STARTTLS") { break }
                try await socket.write("* CAPABILITY IMAP4rev1 STARTTLS\r\n\(tag) OK done\r\n")
            }
            if fault == .refusing { return try await socket.write("\(tag) NO not now \u{1B}[31m\r\n") }
            try await consent(socket, "* OK [ALERT] soon\r\n\(tag) OK begin\r\n", fault)
        case .pop3:
            try await socket.write("+OK ready\r\n")
            guard try await socket.readLine() == "STLS\r\n" else { return }
            if fault == .refusing { return try await socket.write("-ERR not here\r\n") }
            try await consent(socket, "+OK begin\r\n", fault)
        case .ftp:
            try await socket.write("220-Welcome\r\n to this server\r\n220 ready\r\n")
            var line = try await socket.readLine()
            if line.hasPrefix("FEAT") {
                try await socket.write("211-Extensions\r\n AUTH TLS\r\n211 End\r\n")
                line = try await socket.readLine()
            }
            guard line.hasPrefix("AUTH TLS") else { return }
            if fault == .refusing { return try await socket.write("502 not implemented\r\n") }
            try await consent(socket, "234 begin\r\n", fault)
        case .ldap:
            let request = try await socket.readBytes(atLeast: 31)
            guard request.readableBytesView.starts(with: [0x30, 0x1D, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16]) else {
                return
            }
            let code: UInt8 = fault == .refusing ? 2 : 0
            try await consent(
                socket, [0x30, 0x0C, 0x02, 0x01, 0x01, 0x78, 0x07, 0x0A, 0x01, code, 0x04, 0x00, 0x04, 0x00], fault)
        case .postgres:
            guard try await socket.readBytes(atLeast: 8).readableBytesView.elementsEqual([0, 0, 0, 8, 4, 210, 22, 47])
            else { return }
            try await consent(socket, fault == .refusing ? "N" : "S", fault)
        case .mysql:
            // Clients send their ClientHello right behind the request, which must not be read together with it: so four
            // bytes at a time, of which the request has nine times as many. Capacities are powers of two.
            try await socket.channel.setOption(
                .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4)
            ).get()
            try await socket.write(mysqlGreeting(isOfferingTLS: fault != .refusing))
            let request = Array(try await socket.readBytes(atLeast: Self.mysqlRequestLength).readableBytesView)
            // 32 bytes, number 1, with the flag for TLS.
            guard request.count == 36, request[0] == 32, request[3] == 1, request[5] & 8 != 0 else { return }
            if fault == .injecting { try await socket.write("x") }
        }
    }

    private func consent(_ socket: TLSSocket, _ text: String, _ fault: Fault?) async throws {
        try await consent(socket, Array(text.utf8), fault)
    }

    private func consent(_ socket: TLSSocket, _ bytes: [UInt8], _ fault: Fault?) async throws {
        switch fault {
        case .closing: return
        // In one packet with the consent.
        case .injecting: try await socket.write(bytes + [UInt8(ascii: "x")])
        default: try await socket.write(bytes)
        }
    }

    private static let mysqlRequestLength = 36

    private func mysqlGreeting(isOfferingTLS: Bool) -> [UInt8] {
        var payload: [UInt8] = [10] + Array("8.0.36".utf8) + [0]
        payload += [1, 0, 0, 0] + [UInt8](repeating: 0x41, count: 8) + [0]
        // Lower capabilities, character set, status, upper capabilities, length of the scramble, ten zeros.
        payload += [0xFF, isOfferingTLS ? 0xFF : 0xF7, 33, 2, 0, 0xFF, 0xDF, 21] + [UInt8](repeating: 0, count: 10)
        payload += [UInt8](repeating: 0x42, count: 12) + [0] + Array("caching_sha2_password".utf8) + [0]
        return [UInt8(payload.count), 0, 0, 0] + payload
    }
}
