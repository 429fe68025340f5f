//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// Writes numbers and length-prefixed vectors (RFC 8446 section 3.4).
///
/// A vector that is longer than its length field can say gets the low bits of its length: the bytes are then no
/// valid message, which a caller who builds such a value has asked for.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func writeUInt8(_ value: UInt8) {
        bytes.append(value)
    }

    mutating func writeUInt16(_ value: UInt16) {
        writeNumber(UInt32(value), byteCount: 2)
    }

    mutating func writeUInt32(_ value: UInt32) {
        writeNumber(value, byteCount: 4)
    }

    mutating func writeBytes(_ values: some Sequence<UInt8>) {
        bytes.append(contentsOf: values)
    }

    /// Writes what `content` writes, with its length in `lengthBytes` bytes before it.
    mutating func writeVector(lengthBytes: Int, _ content: (inout ByteWriter) -> Void) {
        let start = bytes.count
        writeNumber(0, byteCount: lengthBytes)
        content(&self)
        let length = bytes.count - start - lengthBytes
        for index in 0..<lengthBytes {
            bytes[start + index] = UInt8(truncatingIfNeeded: length >> (8 * (lengthBytes - 1 - index)))
        }
    }

    private mutating func writeNumber(_ value: UInt32, byteCount: Int) {
        for index in (0..<byteCount).reversed() {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * index)))
        }
    }
}
