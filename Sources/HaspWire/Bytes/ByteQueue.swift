//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// Bytes that arrive in pieces of any size and leave from the front.
struct ByteQueue {
    private var storage: [UInt8] = []
    private var start = 0
    /// How many bytes have left: the place of the first byte here in the whole stream.
    private(set) var consumed = 0

    var count: Int { storage.count - start }

    /// The byte at an offset from the front; nil when it has not arrived.
    subscript(offset: Int) -> UInt8? {
        offset >= 0 && offset < count ? storage[start + offset] : nil
    }

    mutating func append(_ bytes: some Sequence<UInt8>) {
        discardConsumed()
        storage.append(contentsOf: bytes)
    }

    /// Takes `count` bytes from the front after `skipped` bytes that are thrown away; nil when not all have arrived.
    mutating func take(_ count: Int, afterSkipping skipped: Int) -> [UInt8]? {
        guard skipped >= 0, count >= 0, self.count >= skipped, self.count - skipped >= count else { return nil }
        let first = start + skipped
        let taken = Array(storage[first..<first + count])
        start = first + count
        consumed += skipped + count
        return taken
    }

    /// Moves what is left to the front, but only when at least half is waste, so that the cost stays linear in the
    /// number of bytes however small the pieces are.
    private mutating func discardConsumed() {
        if start == storage.count {
            storage.removeAll(keepingCapacity: true)
            start = 0
        } else if start >= storage.count / 2 {
            storage.removeSubrange(..<start)
            start = 0
        }
    }
}
