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
    /// How much memory they take, which a peer can make far more than it sent: records may be mostly padding.
    private(set) var byteCount = 0

    /// What a buffer costs beside its bytes.
    private static let overhead = 64

    var isEmpty: Bool { first == nil }

    mutating func append(_ buffer: ByteBuffer) {
        byteCount += buffer.storageCapacity + Self.overhead
        if first == nil { first = buffer } else { others.append(buffer) }
    }

    mutating func popFirst() -> ByteBuffer? {
        guard let buffer = first else { return nil }
        byteCount -= buffer.storageCapacity + Self.overhead
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
