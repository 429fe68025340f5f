//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import NIOCore
import NIOPosix

/// Buffers that carry ciphertext to the channel, used again and again by all connections of an event loop.
///
/// A buffer made new for each write would be given back to the system when freed and cost a page fault for every
/// 4 KiB the next time; a buffer kept by each connection would cost memory while it is idle (DESIGN D4, D9).
final class CiphertextPool {
    /// Room for three full records. The next power of two would be the size from which malloc asks the kernel for
    /// each block anew.
    static let capacity = 64 << 10

    /// More are in use only while peers read slowly.
    private static let maximumKept = 4

    /// Less than this is worth no buffer of the full size when that may be held for long.
    private static let small = 16 << 10

    /// Holds a different pool for each thread, so that nothing is shared.
    private static nonisolated(unsafe) let ofThread = ThreadSpecificVariable<CiphertextPool>()

    private var kept: [ByteBuffer] = []
    private let allocator = ByteBufferAllocator()

    /// For joining small writes into one record. Never leaves the handler, so one is enough.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 16)

    deinit { scratch.deallocate() }

    /// The pool of the event loop on whose thread the caller runs.
    static func current() -> CiphertextPool {
        if let pool = ofThread.currentValue { return pool }
        let pool = CiphertextPool()
        ofThread.currentValue = pool
        return pool
    }

    /// An empty buffer for so many bytes, mostly with room for more.
    func take(for byteCount: Int) -> ByteBuffer {
        for index in kept.indices.reversed() {
            var buffer = kept.remove(at: index)
            // Somebody may still hold it, such as a channel that could not send everything.
            if buffer.modifyIfUniquelyOwned({ $0.clear() }) != nil { return buffer }
            kept.insert(buffer, at: index)
        }
        guard kept.count == Self.maximumKept else { return allocator.buffer(capacity: Self.capacity) }
        // Peers read slowly. A thousand records of a few bytes that wait for one of them must not take 64 KiB each.
        guard byteCount > Self.small else { return allocator.buffer(capacity: byteCount) }
        kept.removeFirst()
        return allocator.buffer(capacity: Self.capacity)
    }

    /// Offers a buffer for later use. It may still be in use elsewhere.
    func recycle(_ buffer: ByteBuffer) {
        guard kept.count < Self.maximumKept, Self.capacity...2 * Self.capacity ~= buffer.storageCapacity else { return }
        kept.append(buffer)
    }
}
