//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import NIOCore

/// Plaintext on its way to the engine, in the order of the writes.
struct PlaintextQueue {
    private struct Entry {
        var buffer: ByteBuffer
        var promise: EventLoopPromise<Void>?
    }

    private var entries: [Entry] = []
    /// Entries before this index are done; taking them off one by one would move all others each time.
    private var head = 0
    private var flushedEnd = 0

    var hasFlushed: Bool { head < flushedEnd }

    mutating func append(_ buffer: ByteBuffer, _ promise: EventLoopPromise<Void>?) {
        entries.append(Entry(buffer: buffer, promise: promise))
    }

    mutating func markFlushed() { flushedEnd = entries.count }

    /// Gives the bytes for the next record, or for several full ones when a single write holds them.
    ///
    /// Joining needs a copy into `scratch`, so it is done only where the first write is short of a record and has
    /// company; a whole record saved costs far more than the copy.
    mutating func withNextRecord(
        scratch: UnsafeMutableRawBufferPointer, completing done: inout CompletedWrites,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        guard hasFlushed else { return }
        let first = entries[head].buffer.readableBytes
        guard first < scratch.count, head + 1 < flushedEnd else {
            let count = min(first, Self.maximumTaken)
            entries[head].buffer.readWithUnsafeReadableBytes { bytes in
                body(UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
                return count
            }
            return finishHeadIfEmpty(&done)
        }
        var filled = 0
        while hasFlushed, filled < scratch.count {
            filled += entries[head].buffer.readWithUnsafeReadableBytes { bytes in
                let count = min(bytes.count, scratch.count - filled)
                UnsafeMutableRawBufferPointer(rebasing: scratch[filled...]).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
                return count
            }
            guard entries[head].buffer.readableBytes == 0 else { break }
            finishHeadIfEmpty(&done)
        }
        body(UnsafeRawBufferPointer(rebasing: scratch[..<filled]))
    }

    /// Empties the queue.
    ///
    /// - Returns: the promises of the writes that were left.
    mutating func takeAllPromises() -> [EventLoopPromise<Void>] {
        defer {
            entries = []
            head = 0
            flushedEnd = 0
        }
        return entries[head...].compactMap(\.promise)
    }

    /// What three records hold: as much as a buffer of the pool can take.
    static let maximumTaken = 3 * TLSEngine.maximumFragment

    private mutating func finishHeadIfEmpty(_ done: inout CompletedWrites) {
        guard entries[head].buffer.readableBytes == 0 else { return }
        done.add(entries[head].promise)
        // The memory may be large and the queue may live on.
        entries[head].buffer = ByteBuffer()
        head += 1
        guard head == entries.count else { return }
        // An idle connection keeps no queue.
        entries = []
        head = 0
        flushedEnd = 0
    }

}

/// The promises of writes that went into one buffer.
struct CompletedWrites {
    private var first: EventLoopPromise<Void>?
    private var others: [EventLoopPromise<Void>] = []

    mutating func add(_ promise: EventLoopPromise<Void>?) {
        guard let promise else { return }
        if first == nil { first = promise } else { others.append(promise) }
    }

    /// One promise that completes them all; nil when nobody waits.
    func promise(on eventLoop: any EventLoop) -> EventLoopPromise<Void>? {
        guard let first else { return nil }
        for other in others { first.futureResult.cascade(to: other) }
        return first
    }
}
