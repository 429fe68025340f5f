//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import NIOCore
import Synchronization

/// The open connections of a server, for its limit and for draining.
final class ServerConnections: Sendable {
    private struct State {
        var open: [ObjectIdentifier: any Channel] = [:]
        var waiters: [EventLoopPromise<Void>] = []
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.open.count } }

    /// - Returns: how many are open now.
    func add(_ channel: any Channel) -> Int {
        state.withLock { state in
            state.open[ObjectIdentifier(channel)] = channel
            return state.open.count
        }
    }

    func remove(_ channel: any Channel) {
        let waiters = state.withLock { state in
            state.open[ObjectIdentifier(channel)] = nil
            guard state.open.isEmpty else { return [EventLoopPromise<Void>]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.succeed() }
    }

    /// Waits until all are closed; closes those that are left when the time is over.
    func drain(within limit: TimeAmount, on eventLoop: any EventLoop) async {
        let promise = eventLoop.makePromise(of: Void.self)
        let isEmpty = state.withLock { state in
            if !state.open.isEmpty { state.waiters.append(promise) }
            return state.open.isEmpty
        }
        if isEmpty { promise.succeed() }
        let force = eventLoop.scheduleTask(in: limit) {
            for channel in self.state.withLock({ Array($0.open.values) }) {
                // Whoever did not read for so long will not read a goodbye either.
                channel.triggerUserOutboundEvent(TLSAbort(), promise: nil)
                channel.close(mode: .all, promise: nil)
            }
        }
        _ = try? await promise.futureResult.get()
        force.cancel()
    }
}
