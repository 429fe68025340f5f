//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import NIOCore
import Synchronization
import Testing

/// What ``within(_:_:_:)`` throws.
struct TimeIsOver: Error, CustomStringConvertible {
    var what: String
    var seconds: Double

    var description: String { "not within \(seconds) s: \(what)" }
}

/// Runs something for a limited time. Unlike a task group it does not wait for what hangs.
func within<R: Sendable>(
    _ seconds: Double = 10, _ what: String, _ body: @escaping @Sendable () async throws -> R
) async throws -> R {
    let race = Race<R>()
    let work = Task {
        do { race.finish(.success(try await body())) } catch { race.finish(.failure(error)) }
    }
    let timer = Task {
        try await Task.sleep(for: .seconds(seconds))
        race.finish(.failure(TimeIsOver(what: what, seconds: seconds)))
        work.cancel()
    }
    defer { timer.cancel() }
    return try await withCheckedThrowingContinuation { race.wait($0) }
}

/// Waits until a condition holds.
func eventually(
    _ what: String, within seconds: Double = 20, sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while try await !condition() {
        guard ContinuousClock.now < end else {
            Issue.record(TimeIsOver(what: what, seconds: seconds), sourceLocation: sourceLocation)
            return
        }
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// A value that any thread may look at and change.
final class Shared<Value: Sendable>: Sendable {
    private let guarded: Mutex<Value>

    init(_ value: Value) { guarded = Mutex(value) }

    var value: Value { guarded.withLock { $0 } }

    func change<R: Sendable>(_ body: @Sendable (inout Value) -> R) -> R { guarded.withLock { body(&$0) } }
}

extension Shared where Value: RangeReplaceableCollection, Value.Element: Sendable {
    func append(_ element: Value.Element) { change { $0.append(element) } }
}

/// Lets others wait until it is opened.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

private final class Race<R: Sendable>: Sendable {
    private struct State {
        var result: Result<R, any Error>?
        var waiter: CheckedContinuation<R, any Error>?
        var isOver = false
    }

    private let state = Mutex(State())

    func finish(_ result: Result<R, any Error>) {
        let waiter = state.withLock { state -> CheckedContinuation<R, any Error>? in
            guard !state.isOver else { return nil }
            state.isOver = true
            state.result = result
            return state.waiter
        }
        waiter?.resume(with: result)
    }

    func wait(_ continuation: CheckedContinuation<R, any Error>) {
        let result = state.withLock { state -> Result<R, any Error>? in
            state.waiter = continuation
            return state.result
        }
        if let result { continuation.resume(with: result) }
    }
}
