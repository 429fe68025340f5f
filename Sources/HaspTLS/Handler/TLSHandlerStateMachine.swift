//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// What a ``TLSHandler`` does at each event: states and decisions only, no input or output.
///
/// The handler asks, obeys the answer and reports back. That keeps the product of "how far is the handshake" and
/// "which half is closed", where TLS handlers have their bugs, in one place that a table of tests covers.
struct TLSHandlerStateMachine: Sendable, Hashable {
    enum Phase: Sendable, Hashable, CaseIterable {
        /// The channel is not active yet.
        case idle
        /// Messages of the handshake go back and forth.
        case handshaking
        /// A server waits for the choice of a context.
        case choosing
        /// Application data may flow.
        case established
        /// Over, in order or not.
        case closed
    }

    private(set) var phase = Phase.idle
    /// The peer said that it will send nothing more.
    private(set) var isInputClosed = false
    /// This side said so.
    private(set) var isOutputClosed = false
    /// The last records are on their way; the channel closes behind them.
    private(set) var isClosingBehindGoodbye = false

    /// What to do with the channel after an event.
    enum Ending: Sendable, Hashable {
        case nothing
        /// Tell the pipeline that the peer sends nothing more.
        case announceEndOfInput
        /// The same, then answer with close_notify and close.
        case announceEndOfInputAndClose
        /// Encrypt what waits, send close_notify; the channel stays.
        case sayGoodbye
        /// Encrypt what waits, send close_notify, then close the channel.
        case sayGoodbyeAndClose
        /// The same is happening already.
        case waitForGoodbye
        /// Close the channel without a word: there is no connection to say goodbye on.
        case closeChannel
        /// The end came without close_notify: an error, then close.
        case failAsCut
    }

    // MARK: The handshake

    /// The channel is active.
    ///
    /// - Returns: whether the handshake is to begin.
    mutating func start() -> Bool {
        guard phase == .idle else { return false }
        phase = .handshaking
        return true
    }

    /// The engine stopped at the ClientHello.
    ///
    /// - Returns: whether a context is to be asked for; false when that was done already.
    mutating func stopAtClientHello() -> Bool {
        guard phase == .handshaking else { return false }
        phase = .choosing
        return true
    }

    /// A context was chosen or refused.
    ///
    /// - Returns: whether the handshake is to go on; false when the connection has ended meanwhile.
    mutating func chosen() -> Bool {
        guard phase == .choosing else { return false }
        phase = .handshaking
        return true
    }

    /// The engine says that the handshake is complete.
    ///
    /// - Returns: whether this is news.
    mutating func establish() -> Bool {
        guard phase == .handshaking else { return false }
        phase = .established
        return true
    }

    // MARK: The end

    /// The peer's close_notify was read.
    mutating func peerSaidGoodbye(isHalfClosureAllowed: Bool) -> Ending {
        guard phase == .established, !isInputClosed else { return .nothing }
        isInputClosed = true
        guard isHalfClosureAllowed && !isOutputClosed else {
            phase = .closed
            isOutputClosed = true
            isClosingBehindGoodbye = true
            return .announceEndOfInputAndClose
        }
        return .announceEndOfInput
    }

    /// The transport will bring nothing more (FIN).
    mutating func transportEnded() -> Ending {
        switch phase {
        case .idle, .closed: return .nothing
        case .handshaking, .choosing: return .failAsCut
        case .established: return isInputClosed ? .nothing : .failAsCut
        }
    }

    /// The pipeline wants to send nothing more.
    mutating func closeOutput() -> Ending {
        switch phase {
        case .idle, .handshaking, .choosing:
            phase = .closed
            return .closeChannel
        case .closed: return .nothing
        case .established:
            guard !isOutputClosed else { return .nothing }
            isOutputClosed = true
            guard isInputClosed else { return .sayGoodbye }
            phase = .closed
            isClosingBehindGoodbye = true
            return .sayGoodbyeAndClose
        }
    }

    /// The pipeline wants the connection closed.
    mutating func close() -> Ending {
        defer {
            phase = .closed
            isOutputClosed = true
        }
        switch phase {
        case .idle, .handshaking, .choosing: return .closeChannel
        case .closed: return isClosingBehindGoodbye ? .waitForGoodbye : .closeChannel
        case .established:
            // Even when close_notify was said before: what stands ahead of it may not have left yet.
            isClosingBehindGoodbye = true
            return .sayGoodbyeAndClose
        }
    }

    /// The last records have left, or nobody waits for them any longer.
    mutating func goodbyeEnded() { isClosingBehindGoodbye = false }

    /// Something failed.
    ///
    /// - Returns: whether the failure is to be reported; false when the connection was over already.
    mutating func fail() -> Bool {
        isClosingBehindGoodbye = false
        guard phase != .closed else { return false }
        phase = .closed
        return true
    }

    // MARK: Questions

    /// Whether bytes of the peer go to the engine; after the end they are of no interest.
    var isReceiving: Bool { phase == .handshaking || phase == .choosing || (phase == .established && !isInputClosed) }

    /// Whether application data may be encrypted now.
    var isSending: Bool { phase == .established && !isOutputClosed }

    /// Whether application data may be queued: now or once the handshake is done.
    var isAcceptingWrites: Bool { phase != .closed && !isOutputClosed }

    /// Whether the channel must not be read from: what comes could only pile up.
    var isHoldingReads: Bool { phase == .choosing }
}
