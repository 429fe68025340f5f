//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS

/// Protocols that speak in binary messages.
extension StartTLS {
    /// The message flow "SSLRequest" of PostgreSQL's frontend/backend protocol: one byte answers.
    func postgres(_ server: PlainConversation) async throws {
        // Length 8, then the code 1234 5679.
        try await server.send([0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F])
        switch try await server.bytes(1).first {
        case UInt8(ascii: "S"):
            // SSH begins with the same letter.
            if server.isForeign { throw server.foreign(self) }
        case UInt8(ascii: "N"): throw StartTLSFailure.notOffered(self)
        // Servers older than TLS in this protocol do not know the request.
        case UInt8(ascii: "E"):
            throw StartTLSFailure.refused(self, reply: "the server answered with an error message")
        default: throw server.foreign(self)
        }
    }

    /// RFC 4511, section 4.14: an extended request with the object identifier of StartTLS.
    func ldap(_ server: PlainConversation) async throws {
        let name = Array("1.3.6.1.4.1.1466.20037".utf8)
        // LDAPMessage { messageID 1, [APPLICATION 23] { [0] name } }; every length is below 128.
        let request = [0x77, UInt8(name.count + 2), 0x80, UInt8(name.count)] + name
        try await server.send([0x30, UInt8(request.count + 3), 0x02, 0x01, 0x01] + request)
        guard try await server.bytes(1) == [Self.sequenceTag] else { throw server.foreign(self) }
        let body = try await server.bytes(try await berLength(server))
        guard let code = Self.ldapResultCode(body) else { throw server.foreign(self) }
        guard code == 0 else {
            throw StartTLSFailure.refused(self, reply: "result code \(code)\(Self.ldapMeaning(code))")
        }
    }

    /// The packets of MySQL's connection phase: the server's greeting, then a request for TLS in place of the login.
    func mysql(_ server: PlainConversation) async throws {
        let header = try await server.bytes(4)
        let length = Int(header[0]) | Int(header[1]) << 8 | Int(header[2]) << 16
        guard header[3] == 0, (1...Self.maximumMySQLGreeting).contains(length) else { throw server.foreign(self) }
        let greeting = try await server.bytes(length)
        if greeting.first == Self.mysqlErrorMark {
            let text = String(decoding: greeting.dropFirst(3), as: UTF8.self).escapingControls
            throw StartTLSFailure.refused(self, reply: text)
        }
        guard greeting.first == Self.mysqlProtocolVersion, let capabilities = Self.mysqlCapabilities(greeting) else {
            throw server.foreign(self)
        }
        guard capabilities & Self.mysqlSSL != 0 else { throw StartTLSFailure.notOffered(self) }
        let flags = Self.mysqlLongPassword | Self.mysqlProtocol41 | Self.mysqlSSL | Self.mysqlSecureConnection
        let payload =
            Self.littleEndian(flags) + Self.littleEndian(Self.mysqlMaximumPacket) + [Self.mysqlUTF8]
            + [UInt8](repeating: 0, count: 23)
        try await server.send([UInt8(payload.count), 0, 0, 1] + payload)
    }
}

// MARK: - LDAP

extension StartTLS {
    private static let sequenceTag: UInt8 = 0x30
    private static let extendedResponseTag: UInt8 = 0x78
    private static let enumeratedTag: UInt8 = 0x0A

    /// A length of BER (X.690, section 8.1.3) of at most two bytes, and not more than is worth reading.
    private func berLength(_ server: PlainConversation) async throws -> Int {
        let first = Int(try await server.bytes(1)[0])
        guard first >= 0x80 else { return first }
        let count = first & 0x7F
        guard (1...4).contains(count) else { throw server.foreign(self) }
        let length = try await server.bytes(count).reduce(0) { $0 << 8 | Int($1) }
        guard length <= PlainConversation.maximumLine else { throw server.foreign(self) }
        return length
    }

    /// The result code in { messageID, [APPLICATION 24] { ENUMERATED, … } }.
    private static func ldapResultCode(_ body: [UInt8]) -> Int? {
        var reader = BERReader(body)
        guard let id = reader.next(), id.tag == 0x02 else { return nil }
        guard let response = reader.next(), response.tag == extendedResponseTag else { return nil }
        var inner = BERReader(response.content)
        guard let code = inner.next(), code.tag == enumeratedTag, code.content.count == 1 else { return nil }
        return code.content.first.map(Int.init)
    }

    private static func ldapMeaning(_ code: Int) -> String {
        switch code {
        case 1: ": operationsError"
        case 2: ": protocolError, which servers without TLS answer"
        case 13: ": confidentialityRequired"
        case 52: ": unavailable, which servers without a certificate answer"
        case 53: ": unwillingToPerform"
        default: ""
        }
    }
}

/// Walks over the elements of BER; never past the end of its bytes.
private struct BERReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func next() -> (tag: UInt8, content: [UInt8])? {
        guard let tag = rest.popFirst(), let first = rest.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            let count = Int(first & 0x7F)
            guard (1...4).contains(count), rest.count >= count else { return nil }
            length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(count)
        }
        guard rest.count >= length else { return nil }
        let content = Array(rest.prefix(length))
        rest = rest.dropFirst(length)
        return (tag, content)
    }
}

// MARK: - MySQL

extension StartTLS {
    private static let mysqlProtocolVersion: UInt8 = 10
    private static let mysqlErrorMark: UInt8 = 0xFF
    /// Greetings have less than 150 bytes; a larger number is another protocol's text.
    private static let maximumMySQLGreeting = 4 << 10
    private static let mysqlLongPassword: UInt32 = 0x0000_0001
    private static let mysqlProtocol41: UInt32 = 0x0000_0200
    private static let mysqlSSL: UInt32 = 0x0000_0800
    private static let mysqlSecureConnection: UInt32 = 0x0000_8000
    private static let mysqlMaximumPacket: UInt32 = 1 << 24
    /// The collation utf8mb3_general_ci, which every version knows.
    private static let mysqlUTF8: UInt8 = 33

    /// The lower half of the capabilities: after the version's text and its NUL, the connection's number (4), the first
    /// part of the scramble (8) and a filler (1).
    private static func mysqlCapabilities(_ greeting: [UInt8]) -> UInt32? {
        guard let end = greeting.dropFirst().firstIndex(of: 0) else { return nil }
        let field = greeting.dropFirst(end + 1 + 4 + 8 + 1).prefix(2)
        guard let low = field.first, let high = field.dropFirst().first else { return nil }
        return UInt32(low) | UInt32(high) << 8
    }

    private static func littleEndian(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
}
