//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import NIOPosix
import Synchronization

/// Keeps contexts that clients use again and again: making one costs as much as many handshakes (DESIGN D8).
final class SecureContextCache: Sendable {
    static let shared = SecureContextCache()

    private struct Kept {
        var contexts: [TLSOptions: SecureContext] = [:]
        var order: [TLSOptions] = []
    }

    private let kept = Mutex(Kept())

    /// A program talks with a handful of settings; who makes options up for each connection gets no more than this.
    private static let maximumKept = 32

    /// Files may change between two connections, so what is read from files is read each time.
    func context(for options: TLSOptions) async throws -> SecureContext {
        guard options.isSelfContained else { return try await Self.make(options) }
        if let known = kept.withLock({ $0.contexts[options] }) { return known }
        let made = try await Self.make(options)
        return kept.withLock { kept in
            if let known = kept.contexts[options] { return known }
            kept.contexts[options] = made
            kept.order.append(options)
            if kept.order.count > Self.maximumKept { kept.contexts[kept.order.removeFirst()] = nil }
            return made
        }
    }

    /// Reading and parsing would block an event loop.
    private static func make(_ options: TLSOptions) async throws -> SecureContext {
        do {
            return try await NIOThreadPool.singleton.runIfActive { try SecureContext(options) }
        } catch {
            throw NetworkFailure.error(for: error, phase: .configuration, role: .client)
        }
    }
}
