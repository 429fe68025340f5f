//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL

/// What OpenSSL reads from and writes to: pointers into the caller's own buffers, so that no byte is copied on its way
/// between the network and OpenSSL. Lives outside Swift's object model, because OpenSSL holds its address.
struct Transport {
    /// Ciphertext that OpenSSL has not taken yet.
    var input: UnsafePointer<UInt8>?
    var inputCount = 0

    /// Room given by the caller for the ciphertext of one call, and how much of it is used.
    var window: UnsafeMutablePointer<UInt8>?
    var windowCapacity = 0
    var windowUsed = 0

    /// Ciphertext that came when there was no window or it was full: handshake messages, alerts, tickets.
    var spill: UnsafeMutablePointer<UInt8>?
    var spillCapacity = 0
    var spillUsed = 0

    mutating func read(into out: UnsafeMutablePointer<UInt8>, count: Int) -> Int {
        guard let input, inputCount > 0 else { return 0 }
        let taken = min(count, inputCount)
        out.update(from: input, count: taken)
        self.input = input + taken
        inputCount -= taken
        return taken
    }

    /// - Returns: false when memory is at its end.
    mutating func write(_ bytes: UnsafePointer<UInt8>, count: Int) -> Bool {
        // Once something was spilled, everything after it has to follow there: records must not overtake each other.
        if let window, spillUsed == 0, windowCapacity - windowUsed >= count {
            (window + windowUsed).update(from: bytes, count: count)
            windowUsed += count
            return true
        }
        guard reserveSpill(spillUsed + count), let spill else { return false }
        (spill + spillUsed).update(from: bytes, count: count)
        spillUsed += count
        return true
    }

    /// Gives the spilled bytes to `body` and forgets them, memory included: an idle connection keeps no buffer.
    mutating func drainSpill(_ body: (UnsafeRawBufferPointer) -> Void) {
        guard spillUsed > 0, let spill else { return }
        body(UnsafeRawBufferPointer(start: spill, count: spillUsed))
        releaseSpill()
    }

    mutating func releaseSpill() {
        spill?.deallocate()
        spill = nil
        spillCapacity = 0
        spillUsed = 0
    }

    private mutating func reserveSpill(_ needed: Int) -> Bool {
        guard needed > spillCapacity else { return true }
        var capacity = max(spillCapacity * 2, 2048)
        while capacity < needed { capacity *= 2 }
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        if let spill {
            larger.update(from: spill, count: spillUsed)
            spill.deallocate()
        }
        spill = larger
        spillCapacity = capacity
        return true
    }
}

/// The `BIO` that stands between OpenSSL and a ``Transport``.
enum TransportBIO {
    static func make(over transport: UnsafeMutablePointer<Transport>) -> OpaquePointer? {
        guard let method, let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, transport)
        BIO_set_init(bio, 1)
        return bio
    }

    /// Made once and never changed, which makes sharing it safe.
    private static nonisolated(unsafe) let method: OpaquePointer? = {
        let kind = BIO_get_new_index() | CInt(BIO_TYPE_SOURCE_SINK)
        guard let method = BIO_meth_new(kind, "Hasp transport") else { return nil }
        BIO_meth_set_read(method, transportRead)
        BIO_meth_set_write(method, transportWrite)
        BIO_meth_set_ctrl(method, transportControl)
        return method
    }()
}

private func transportOf(_ bio: OpaquePointer?) -> UnsafeMutablePointer<Transport>? {
    BIO_get_data(bio)?.assumingMemoryBound(to: Transport.self)
}

private func transportRead(_ bio: OpaquePointer?, _ out: UnsafeMutablePointer<CChar>?, _ count: CInt) -> CInt {
    CHasp_BIO_clear_retry(bio)
    guard let transport = transportOf(bio), let out, count > 0 else { return -1 }
    let taken = out.withMemoryRebound(to: UInt8.self, capacity: Int(count)) {
        transport.pointee.read(into: $0, count: Int(count))
    }
    if taken > 0 { return CInt(taken) }
    CHasp_BIO_retry_read(bio)
    return -1
}

private func transportWrite(_ bio: OpaquePointer?, _ bytes: UnsafePointer<CChar>?, _ count: CInt) -> CInt {
    CHasp_BIO_clear_retry(bio)
    guard let transport = transportOf(bio), let bytes, count >= 0 else { return -1 }
    let isWritten = bytes.withMemoryRebound(to: UInt8.self, capacity: Int(count)) {
        transport.pointee.write($0, count: Int(count))
    }
    return isWritten ? count : -1
}

private func transportControl(
    _ bio: OpaquePointer?, _ command: CInt, _ number: CLong, _ argument: UnsafeMutableRawPointer?
) -> CLong {
    // OpenSSL flushes after each flight and gives up when that fails.
    command == CInt(BIO_CTRL_FLUSH) ? 1 : 0
}
