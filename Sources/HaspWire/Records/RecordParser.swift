//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// Cuts a stream of bytes into records, however they arrive.
///
/// Errors come as early as the bytes allow: a first byte that no record begins with is refused before the second is
/// there. After an error the parser stays failed and gives the same error again, and ``FirstBytes`` can say what the
/// peer speaks instead.
public struct RecordParser: Sendable {
    /// The largest payload that is accepted, in bytes. The default takes every version;
    /// ``Record/maximumTLS13CiphertextSize`` is the limit once TLS 1.3 is agreed.
    public var maximumPayloadSize: Int

    private var queue = ByteQueue()
    private var failure: WireError?

    /// Makes a parser that refuses records whose payload is larger than a limit in bytes.
    public init(maximumPayloadSize: Int = Record.maximumTLS12CiphertextSize) {
        self.maximumPayloadSize = maximumPayloadSize
    }

    /// How many bytes wait for the rest of their record. Not 0 at the end of a connection: a record was cut.
    public var bufferedByteCount: Int { queue.count }

    /// Adds what has arrived.
    public mutating func append(_ bytes: some Sequence<UInt8>) {
        guard failure == nil else { return }
        queue.append(bytes)
    }

    /// Adds what has arrived.
    public mutating func append(_ bytes: RawSpan) {
        append([UInt8](bytes))
    }

    /// The next whole record; nil when more bytes are needed.
    /// - Throws: ``WireError`` with code `notTLS` for bytes that begin no record, `tooLarge` for a payload over the
    ///   limit.
    public mutating func next() throws(WireError) -> Record? {
        if let failure { throw failure }
        do {
            return try parseNext()
        } catch {
            failure = error
            throw error
        }
    }

    private mutating func parseNext() throws(WireError) -> Record? {
        guard let type = queue[0] else { return nil }
        guard Self.knownTypes.contains(type) else {
            throw WireError(.notTLS, in: "record type \(ContentType(rawValue: type))", at: queue.consumed)
        }
        guard let major = queue[1] else { return nil }
        // SSL 3.0 to TLS 1.3 and whatever follows share the major number 3; a receiver ignores the minor
        // (RFC 8446 section 5.1).
        guard major == 3 else { throw WireError(.notTLS, in: "record version", at: queue.consumed + 1) }
        guard let minor = queue[2], let high = queue[3], let low = queue[4] else { return nil }
        let size = Int(high) << 8 | Int(low)
        guard size <= maximumPayloadSize else {
            throw WireError(.tooLarge, in: "record of \(size) bytes", at: queue.consumed + 3)
        }
        guard let payload = queue.take(size, afterSkipping: Record.headerSize) else { return nil }
        let version = ProtocolVersion(rawValue: UInt16(major) << 8 | UInt16(minor))
        return Record(type: ContentType(rawValue: type), version: version, payload: payload)
    }

    /// change_cipher_spec to heartbeat: the types that travel over TCP.
    private static let knownTypes: ClosedRange<UInt8> = 20...24
}
