//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Synchronization

/// A value that tasks can wait on: each change wakes them to look again.
final class Watched<Value: Sendable>: Sendable {
    private struct State: Sendable {
        var value: Value
        var changes = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ value: Value) { state = Mutex(State(value: value)) }

    var value: Value { state.withLock { $0.value } }

    func change(_ body: (inout Value) -> Void) {
        let waiters = state.withLock { state in
            body(&state.value)
            state.changes += 1
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until `find` finds something in the value, or throws. Gives up after the limit.
    func wait<Found>(
        for what: String, limit: Duration = .seconds(30), _ find: (Value) throws -> Found?
    ) async throws -> Found {
        let end = ContinuousClock.now + limit
        // Only ends a wait that has failed already; nothing depends on how long it is.
        let alarm = Task {
            try await Task.sleep(until: end)
            change { _ in }
        }
        defer { alarm.cancel() }
        while true {
            let (value, seen) = state.withLock { ($0.value, $0.changes) }
            if let found = try find(value) { return found }
            if ContinuousClock.now >= end { throw Unmet("no \(what) within \(limit); there was \(value)") }
            await nextChange(after: seen)
        }
    }

    private func nextChange(after seen: Int) async {
        await withCheckedContinuation { continuation in
            let isLate = state.withLock { state in
                if state.changes == seen { state.waiters.append(continuation) }
                return state.changes != seen
            }
            if isLate { continuation.resume() }
        }
    }
}

/// Something that a test relies on did not come about.
struct Unmet: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
