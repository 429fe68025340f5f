//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// Reads numbers and length-prefixed vectors (RFC 8446 section 3.4) from bytes that a peer chose.
///
/// Each read is checked against the end; a failed read leaves the position where it was.
struct ByteReader {
    private let bytes: [UInt8]
    private let end: Int
    /// How many bytes lie before the next read, counted from the beginning of the message.
    private(set) var offset: Int

    init(_ bytes: [UInt8]) {
        self.init(bytes, from: 0, to: bytes.count)
    }

    private init(_ bytes: [UInt8], from start: Int, to end: Int) {
        self.bytes = bytes
        self.offset = start
        self.end = end
    }

    var remaining: Int { end - offset }
    var isAtEnd: Bool { offset >= end }

    mutating func readUInt8(_ what: StaticString) throws(WireError) -> UInt8 {
        UInt8(truncatingIfNeeded: try readNumber(byteCount: 1, what))
    }

    mutating func readUInt16(_ what: StaticString) throws(WireError) -> UInt16 {
        UInt16(truncatingIfNeeded: try readNumber(byteCount: 2, what))
    }

    mutating func readUInt24(_ what: StaticString) throws(WireError) -> Int {
        Int(try readNumber(byteCount: 3, what))
    }

    mutating func readUInt32(_ what: StaticString) throws(WireError) -> UInt32 {
        try readNumber(byteCount: 4, what)
    }

    mutating func readBytes(_ count: Int, _ what: StaticString) throws(WireError) -> [UInt8] {
        var part = try take(count, what)
        return part.readRemaining()
    }

    /// All that is left.
    mutating func readRemaining() -> [UInt8] {
        let start = offset
        offset = end
        return Array(bytes[start..<end])
    }

    /// Reads a length of `lengthBytes` bytes and as many bytes as it says, as a reader of their own.
    mutating func readVector(lengthBytes: Int, _ what: StaticString) throws(WireError) -> ByteReader {
        let start = offset
        let length = Int(try readNumber(byteCount: lengthBytes, what))
        guard length <= remaining else {
            offset = start
            throw WireError(.truncated, in: what.description, at: start)
        }
        return try take(length, what)
    }

    /// Reads a vector of 16-bit numbers.
    mutating func readUInt16List(lengthBytes: Int, _ what: StaticString) throws(WireError) -> [UInt16] {
        var vector = try readVector(lengthBytes: lengthBytes, what)
        guard vector.remaining.isMultiple(of: 2) else {
            throw WireError(.invalidLength, in: what.description, at: vector.offset)
        }
        var numbers: [UInt16] = []
        numbers.reserveCapacity(vector.remaining / 2)
        while !vector.isAtEnd { numbers.append(try vector.readUInt16(what)) }
        return numbers
    }

    /// Fails when bytes are left.
    func finish(_ what: StaticString) throws(WireError) {
        guard isAtEnd else { throw WireError(.trailingBytes, in: what.description, at: offset) }
    }

    private mutating func take(_ count: Int, _ what: StaticString) throws(WireError) -> ByteReader {
        guard count >= 0, count <= remaining else { throw WireError(.truncated, in: what.description, at: offset) }
        let part = ByteReader(bytes, from: offset, to: offset + count)
        offset += count
        return part
    }

    private mutating func readNumber(byteCount: Int, _ what: StaticString) throws(WireError) -> UInt32 {
        guard byteCount <= remaining else { throw WireError(.truncated, in: what.description, at: offset) }
        var number: UInt32 = 0
        for byte in bytes[offset..<offset + byteCount] { number = number << 8 | UInt32(byte) }
        offset += byteCount
        return number
    }
}

extension Array where Element == UInt8 {
    /// A copy of the bytes of a span.
    init(_ span: RawSpan) {
        self = span.withUnsafeBytes { Array($0) }
    }
}
