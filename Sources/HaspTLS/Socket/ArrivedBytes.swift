//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import NIOCore

/// Buffers that arrived and were not read. Nearly always it is one at most, which costs no array.
struct ArrivedBytes {
    private var first: ByteBuffer?
    private var others: [ByteBuffer] = []
    private var head = 0
    private(set) var byteCount = 0

    var isEmpty: Bool { first == nil }

    mutating func append(_ buffer: ByteBuffer) {
        byteCount += buffer.readableBytes
        if first == nil { first = buffer } else { others.append(buffer) }
    }

    mutating func popFirst() -> ByteBuffer? {
        guard let buffer = first else { return nil }
        byteCount -= buffer.readableBytes
        guard head < others.count else {
            first = nil
            return buffer
        }
        first = others[head]
        others[head] = ByteBuffer()
        head += 1
        if head == others.count {
            others = []
            head = 0
        }
        return buffer
    }
}
