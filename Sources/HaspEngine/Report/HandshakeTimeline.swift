//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// When each step of a handshake happened.
public struct HandshakeTimeline: Sendable {
    /// The steps, in the order in which a client sees them.
    public enum Step: Int, CaseIterable, Sendable, Hashable {
        /// The connection to the peer stood (TCP), or the engine was made for one that already did.
        case connected
        /// This side's hello was handed over for sending.
        case helloSent
        /// The first byte of the peer arrived.
        case firstByte
        /// The peer's hello was complete.
        case helloReceived
        /// The server's certificate was sent or received.
        case certificate
        /// The handshake was done for this side.
        case finished

        /// The name in reports: `hello received`.
        public var name: String {
            switch self {
            case .connected: "connected"
            case .helloSent: "hello sent"
            case .firstByte: "first byte"
            case .helloReceived: "hello received"
            case .certificate: "certificate"
            case .finished: "finished"
            }
        }
    }

    /// A monotonic clock's reading at the beginning, in nanoseconds. For a client that is before the name look-up.
    package var start: UInt64

    /// Nanoseconds after ``start``, one for each step; ``never`` when it did not happen.
    private var offsets: (Int64, Int64, Int64, Int64, Int64, Int64)
    private static let never: Int64 = -1

    init() {
        start = Self.now()
        offsets = (0, Self.never, Self.never, Self.never, Self.never, Self.never)
    }

    /// The steps that happened, in the order in which they did, each with the time since the beginning.
    public var steps: [(step: Step, elapsed: Duration)] {
        Step.allCases
            .compactMap { step in elapsed(until: step).map { (step: step, elapsed: $0) } }
            .sorted { ($0.elapsed, $0.step.rawValue) < ($1.elapsed, $1.step.rawValue) }
    }

    /// The time from the beginning until a step; nil when it did not happen.
    public func elapsed(until step: Step) -> Duration? {
        let offset = self[step]
        return offset == Self.never ? nil : .nanoseconds(offset)
    }

    /// The time from the connection standing to the end of the handshake; nil before it is done.
    public var handshakeDuration: Duration? {
        guard let finished = elapsed(until: .finished), let connected = elapsed(until: .connected) else { return nil }
        return finished - connected
    }

    package mutating func mark(_ step: Step) {
        guard self[step] == Self.never else { return }
        self[step] = Int64(clamping: Self.now() &- start)
    }

    package mutating func markFirstByte() { mark(.firstByte) }

    /// Moves the beginning back to where a client started to look for its peer.
    package mutating func begin(at earlier: UInt64) {
        guard earlier < start else { return }
        let shift = Int64(clamping: start &- earlier)
        for step in Step.allCases where self[step] != Self.never { self[step] += shift }
        start = earlier
    }

    package static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    private subscript(step: Step) -> Int64 {
        get {
            switch step {
            case .connected: offsets.0
            case .helloSent: offsets.1
            case .firstByte: offsets.2
            case .helloReceived: offsets.3
            case .certificate: offsets.4
            case .finished: offsets.5
            }
        }
        set {
            switch step {
            case .connected: offsets.0 = newValue
            case .helloSent: offsets.1 = newValue
            case .firstByte: offsets.2 = newValue
            case .helloReceived: offsets.3 = newValue
            case .certificate: offsets.4 = newValue
            case .finished: offsets.5 = newValue
            }
        }
    }
}
