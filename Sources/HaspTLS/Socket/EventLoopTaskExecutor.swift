//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

package import NIOCore
import NIOPosix

/// Runs the tasks of an event loop's connections on the loop's own thread (DESIGN D3).
///
/// NIO's loops are serial executors but no task executors. With this one, a connection's task finds itself on its loop
/// whenever it runs, so that reads and writes are plain calls. What a task wrote is flushed each time it suspends.
package final class EventLoopTaskExecutor: TaskExecutor, @unchecked Sendable {
    /// All mutable state is touched on this loop's thread only, which is what `@unchecked` relies on.
    private let eventLoop: any EventLoop
    private var jobs: [UnownedJob] = []
    /// The jobs of the turn that is running; the two arrays change places, so that neither is made anew.
    private var turnJobs: [UnownedJob] = []
    private var isDraining = false
    private var isDrainScheduled = false
    private var unflushed: [any FlushedAtSuspension] = []

    private static let ofThread = ThreadSpecificVariable<EventLoopTaskExecutor>()

    private init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// The executor of the loop that the caller runs on.
    package static func current(for eventLoop: any EventLoop) -> EventLoopTaskExecutor {
        if let known = ofThread.currentValue, known.eventLoop === eventLoop { return known }
        let executor = EventLoopTaskExecutor(eventLoop: eventLoop)
        ofThread.currentValue = executor
        return executor
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        guard eventLoop.inEventLoop else {
            eventLoop.execute {
                self.jobs.append(job)
                self.drain()
            }
            return
        }
        jobs.append(job)
        guard !isDraining, !isDrainScheduled else { return }
        isDrainScheduled = true
        eventLoop.execute {
            self.isDrainScheduled = false
            self.drain()
        }
    }

    /// Runs what is ready. A handler calls this at the end of a read, which saves a turn of the loop for each.
    package func drain() {
        guard !isDraining else { return }
        isDraining = true
        defer { isDraining = false }
        var turn = 0
        while turn < Self.maximumTurns, !jobs.isEmpty {
            turn += 1
            swap(&jobs, &turnJobs)
            for index in turnJobs.indices { turnJobs[index].runSynchronously(on: asUnownedTaskExecutor()) }
            turnJobs.removeAll(keepingCapacity: true)
            flush()
        }
        guard !jobs.isEmpty, !isDrainScheduled else { return }
        isDrainScheduled = true
        eventLoop.execute {
            self.isDrainScheduled = false
            self.drain()
        }
    }

    /// Whether a task of this executor is running, so that ``flushLater(_:)`` will be answered soon.
    package var isRunningJobs: Bool { isDraining }

    /// Has the handler flushed when the running task suspends.
    package func flushLater(_ handler: any FlushedAtSuspension) { unflushed.append(handler) }

    /// Tasks that keep waking each other must not keep the loop from its sockets.
    private static let maximumTurns = 16

    private func flush() {
        while let handler = unflushed.popLast() { handler.flushAtSuspension() }
    }
}

/// Something that collects writes until its task suspends.
package protocol FlushedAtSuspension: AnyObject {
    func flushAtSuspension()
}
