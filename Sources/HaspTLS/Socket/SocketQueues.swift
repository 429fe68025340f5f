//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import NIOCore

/// Small writes on their way to becoming one record. A write that stays alone is passed on as it is.
struct JoinedWrites {
    private var buffer: ByteBuffer?
    private var isOwn = false

    /// Takes a small write.
    ///
    /// - Returns: what was joined before and is full now.
    mutating func add(_ next: ByteBuffer) -> ByteBuffer? {
        guard let first = buffer else {
            buffer = next
            isOwn = false
            return nil
        }
        guard first.readableBytes + next.readableBytes <= TLSEngine.maximumFragment else {
            buffer = next
            isOwn = false
            return first
        }
        if isOwn {
            buffer?.writeImmutableBuffer(next)
        } else {
            var joined = ByteBufferAllocator().buffer(capacity: TLSEngine.maximumFragment)
            joined.writeImmutableBuffer(first)
            joined.writeImmutableBuffer(next)
            buffer = joined
            isOwn = true
        }
        return nil
    }

    /// Everything that was joined.
    mutating func take() -> ByteBuffer? {
        defer { buffer = nil }
        return buffer
    }
}

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
