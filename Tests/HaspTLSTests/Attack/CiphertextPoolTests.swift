//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import NIOCore
import Testing

@testable import HaspTLS

/// What a slow peer holds must cost about as much memory as it has bytes.
@Suite struct CiphertextPoolTests {
    @Test func aBufferIsUsedAgainOnceNobodyHoldsIt() {
        let pool = CiphertextPool()
        var buffer: ByteBuffer? = pool.take(for: 10)
        let place = buffer?.withUnsafeReadableBytes { $0.baseAddress }
        if let buffer { pool.recycle(buffer) }
        buffer = nil
        let again = pool.take(for: 10)
        #expect(again.withUnsafeReadableBytes { $0.baseAddress } == place)
        #expect(again.readableBytes == 0)
        #expect(again.storageCapacity >= CiphertextPool.capacity)
    }

    @Test func smallWritesToASlowPeerAreSmall() {
        let pool = CiphertextPool()
        var held: [ByteBuffer] = []
        for _ in 0..<1000 {
            let buffer = pool.take(for: 40)
            pool.recycle(buffer)
            held.append(buffer)
        }
        let memory = held.reduce(0) { $0 + $1.storageCapacity }
        #expect(memory < 8 * CiphertextPool.capacity)
        // Large writes of others are as fast as ever: what is held is let go.
        #expect(pool.take(for: 60_000).storageCapacity >= CiphertextPool.capacity)
        held = []
        #expect(pool.take(for: 40).storageCapacity >= CiphertextPool.capacity)
    }

    @Test func whatIsHeldKeepsItsBytes() {
        let pool = CiphertextPool()
        var held: [ByteBuffer] = []
        for index in 0..<100 {
            var buffer = pool.take(for: index.isMultiple(of: 2) ? 40 : 40_000)
            buffer.writeInteger(index)
            pool.recycle(buffer)
            held.append(buffer)
        }
        #expect(held.enumerated().allSatisfy { $1.getInteger(at: $1.readerIndex) == $0 })
    }
}
