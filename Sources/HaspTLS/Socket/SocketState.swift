//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import NIOCore
import Synchronization

/// What a socket can be asked from any thread, filled in on its event loop.
final class SocketState: Sendable {
    private struct Facts {
        var report: HandshakeReport
        var error: TLSError?
    }

    private let facts: Mutex<Facts>
    private let encrypted = Atomic(false)
    private let plain: Atomic<Bool>
    private let outputClosed = Atomic(false)
    private let closed = Atomic(false)
    private let read = Atomic(0)
    private let written = Atomic(0)

    /// Looked up once: asking a channel for it each time goes through the channel's cache and several copies.
    let remoteAddress: SocketAddress?

    init(role: TLSRole, isPlain: Bool, remoteAddress: SocketAddress? = nil) {
        self.remoteAddress = remoteAddress
        facts = Mutex(Facts(report: HandshakeReport(role: role)))
        plain = Atomic(isPlain)
    }

    var report: HandshakeReport { facts.withLock { $0.report } }
    var error: TLSError? { facts.withLock { $0.error } }
    var isEncrypted: Bool { encrypted.load(ordering: .acquiring) }
    var isPlain: Bool { plain.load(ordering: .acquiring) }
    var bytesRead: Int { read.load(ordering: .relaxed) }
    var bytesWritten: Int { written.load(ordering: .relaxed) }

    var isOutputClosed: Bool {
        get { outputClosed.load(ordering: .relaxed) }
        set { outputClosed.store(newValue, ordering: .relaxed) }
    }

    func countRead(_ bytes: Int) { read.wrappingAdd(bytes, ordering: .relaxed) }

    func countWritten(_ bytes: Int) { written.wrappingAdd(bytes, ordering: .relaxed) }

    func willUpgrade(role: TLSRole) {
        plain.store(false, ordering: .releasing)
        encrypted.store(false, ordering: .releasing)
        facts.withLock { $0.report = HandshakeReport(role: role) }
    }

    func establish(_ report: HandshakeReport) {
        facts.withLock { $0.report = report }
        encrypted.store(true, ordering: .releasing)
    }

    func fail(_ error: TLSError, report: HandshakeReport?) {
        encrypted.store(false, ordering: .releasing)
        facts.withLock { facts in
            facts.error = facts.error ?? error
            if let report { facts.report = report }
        }
    }

    /// Whether the channel is closed already.
    var isClosed: Bool { closed.load(ordering: .relaxed) }

    func close() {
        encrypted.store(false, ordering: .releasing)
        closed.store(true, ordering: .relaxed)
    }
}
