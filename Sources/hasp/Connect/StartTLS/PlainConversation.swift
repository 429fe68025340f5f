//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import NIOCore

/// The clear-text beginning of a connection: lines and bytes of a server that nobody has verified, within limits.
final class PlainConversation {
    /// RFC 5321, section 4.5.3.1.5 has 512 bytes; IMAP servers write all their capabilities on one line.
    static let maximumLine = 8 << 10

    /// All that is read before TLS begins. The longest greetings are a few hundred bytes.
    static let maximumTotal = 64 << 10

    private let socket: TLSSocket
    private let deadline: NIODeadline
    private var unread = ByteBuffer()
    private var total = 0

    /// The first bytes of the server, to say what it speaks.
    private(set) var opening: [UInt8] = []

    init(socket: TLSSocket, deadline: NIODeadline) {
        self.socket = socket
        self.deadline = deadline
    }

    /// Bytes that have arrived and were not read.
    var leftover: Int { unread.readableBytes }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        do { try await socket.write(bytes) } catch let error as TLSError { throw asHandshakeFailure(error) }
    }

    /// The next line without its end (CRLF, or LF alone). Bytes that are no UTF-8 become replacement characters.
    func line() async throws -> String {
        while true {
            if let end = unread.readableBytesView.firstIndex(of: 0x0A) {
                var bytes = unread.readBytes(length: end - unread.readerIndex) ?? []
                unread.moveReaderIndex(forwardBy: 1)
                if bytes.last == 0x0D { bytes.removeLast() }
                return String(decoding: bytes, as: UTF8.self)
            }
            guard unread.readableBytes < Self.maximumLine else { throw StartTLSFailure.tooMuch(Self.maximumLine) }
            try await receive()
        }
    }

    /// Exactly so many bytes.
    func bytes(_ count: Int) async throws -> [UInt8] {
        while true {
            if let bytes = unread.readBytes(length: count) { return bytes }
            try await receive()
        }
    }

    /// Whether the first bytes are those of another protocol for certain.
    var isForeign: Bool { ![.needMoreData, .unknown, .postgreSQL].contains(classified) }

    private var classified: FirstBytes { FirstBytes.classify(opening, isComplete: true) }

    /// What the server has shown itself to speak, where that is not what was expected.
    func foreign(_ expected: StartTLS) -> StartTLSFailure {
        .otherProtocol(expected: expected, found: classified, sample: sample)
    }

    private var sample: String {
        let line = opening.prefix { $0 != 0x0A && $0 != 0x0D }
        return String(decoding: line.prefix(80), as: UTF8.self).escapingControls
    }

    private func receive() async throws {
        let more: ByteBuffer?
        do { more = try await socket.read() } catch let error as TLSError {
            throw isLate ? timeout : asHandshakeFailure(error)
        }
        guard let more else {
            throw isLate ? timeout : StartTLSFailure.closed(afterBytes: total)
        }
        total += more.readableBytes
        guard total <= Self.maximumTotal else { throw StartTLSFailure.tooMuch(Self.maximumTotal) }
        if opening.count < FirstBytes.maximumByteCount {
            opening += more.readableBytesView.prefix(FirstBytes.maximumByteCount - opening.count)
        }
        unread.writeImmutableBuffer(more)
    }

    private var isLate: Bool { NIODeadline.now() >= deadline }

    private var timeout: StartTLSFailure { .noAnswer(afterBytes: total) }

    private func asHandshakeFailure(_ error: TLSError) -> TLSError {
        error.code == .cancelled ? error : error.with(phase: .handshake)
    }
}
