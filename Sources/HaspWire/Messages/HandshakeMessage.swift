//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// A handshake message: its type and its body, uninterpreted (RFC 8446 section 4).
public struct HandshakeMessage: Hashable, Sendable {
    /// What the message is.
    public var type: HandshakeType
    /// The message without its header of four bytes.
    public var body: [UInt8]

    /// Makes a message of any type with any body.
    public init(type: HandshakeType, body: [UInt8]) {
        self.type = type
        self.body = body
    }

    /// The message with its header: the type, then the length in three bytes.
    public func serialized() -> [UInt8] {
        var writer = ByteWriter()
        writer.writeUInt8(type.rawValue)
        writer.writeVector(lengthBytes: 3) { $0.writeBytes(body) }
        return writer.bytes
    }

    /// The message in as many plaintext records as it needs.
    ///
    /// - Parameters:
    ///   - version: the version in the record headers. A first ClientHello says TLS 1.0 for the sake of old servers,
    ///     everything else TLS 1.2 (RFC 8446 section 5.1).
    ///   - maximumFragmentSize: how many bytes go into one record, 1 to 16,384; numbers outside count as the nearest.
    public func records(
        version: ProtocolVersion = .tls12,
        maximumFragmentSize: Int = Record.maximumPlaintextSize
    ) -> [Record] {
        let size = min(max(maximumFragmentSize, 1), Record.maximumPlaintextSize)
        let bytes = serialized()
        return stride(from: 0, to: bytes.count, by: size).map { start in
            let fragment = Array(bytes[start..<min(start + size, bytes.count)])
            return Record(type: .handshake, version: version, payload: fragment)
        }
    }
}

/// Puts handshake messages together again out of the payloads of handshake records, however they were cut.
///
/// It takes plaintext only: what follows the ServerHello of TLS 1.3 is encrypted and no message any more.
/// After an error the parser stays failed and gives the same error again.
public struct HandshakeParser: Sendable {
    /// The largest body of a message that is accepted unless told otherwise: 128 KiB. Chains of post-quantum
    /// certificates fit, and a stranger cannot make anybody hold more.
    public static let defaultMaximumMessageSize = 1 << 17

    /// The largest body of a message that is accepted, in bytes.
    public let maximumMessageSize: Int

    private var queue = ByteQueue()
    private var failure: WireError?

    /// Makes a parser that refuses messages whose body is larger than a limit in bytes.
    public init(maximumMessageSize: Int = HandshakeParser.defaultMaximumMessageSize) {
        self.maximumMessageSize = maximumMessageSize
    }

    /// How many bytes wait for the rest of their message. Not 0 at the end of a connection: a message was cut.
    public var bufferedByteCount: Int { queue.count }

    /// Adds the payload of a handshake record, or any part of it.
    public mutating func append(_ bytes: some Sequence<UInt8>) {
        guard failure == nil else { return }
        queue.append(bytes)
    }

    /// Adds the payload of a handshake record, or any part of it.
    public mutating func append(_ bytes: RawSpan) {
        append([UInt8](bytes))
    }

    /// The next whole message; nil when more bytes are needed.
    /// - Throws: ``WireError`` with code `tooLarge`, as soon as the header of the message has arrived.
    public mutating func next() throws(WireError) -> HandshakeMessage? {
        if let failure { throw failure }
        guard let type = queue[0], let high = queue[1], let middle = queue[2], let low = queue[3] else { return nil }
        let size = Int(high) << 16 | Int(middle) << 8 | Int(low)
        guard size <= maximumMessageSize else {
            let error = WireError(.tooLarge, in: "\(HandshakeType(rawValue: type)) message", at: queue.consumed)
            failure = error
            throw error
        }
        guard let body = queue.take(size, afterSkipping: 4) else { return nil }
        return HandshakeMessage(type: HandshakeType(rawValue: type), body: body)
    }
}
