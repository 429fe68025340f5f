//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Testing

@testable import HaspTLS

/// Every state with every event: what is answered and what comes next.
@Suite struct TLSHandlerStateMachineTests {
    typealias Ending = TLSHandlerStateMachine.Ending

    /// The states that can be reached, apart from the ways that lead there.
    enum State: CaseIterable {
        case idle, handshaking, choosing, established
        /// Established; the peer has said goodbye, and this side may go on.
        case heard
        /// Established; this side has said goodbye.
        case said
        /// Over, with the goodbye still on its way; in the second the peer has said its own.
        case leaving, leavingHeard
        /// Over, with what was known of both halves at that time.
        case closed, closedHeard, closedSaid, closedBoth
    }

    enum Event: CaseIterable {
        case start, stopAtClientHello, chosen, establish
        case goodbye, goodbyeWithHalfClosure, transportEnded
        case closeOutput, close, goodbyeEnded, fail
    }

    enum Answer: Equatable {
        case yes, no, none
        case ending(Ending)
    }

    struct Row {
        var state: State
        var event: Event
        var answer: Answer
        var next: State

        init(_ state: State, _ event: Event, _ answer: Answer, _ next: State) {
            (self.state, self.event, self.answer, self.next) = (state, event, answer, next)
        }

        init(_ state: State, _ event: Event, _ ending: Ending, _ next: State) {
            self.init(state, event, .ending(ending), next)
        }
    }

    static let table: [Row] =
        [
            Row(.idle, .start, .yes, .handshaking),
            Row(.idle, .stopAtClientHello, .no, .idle),
            Row(.idle, .chosen, .no, .idle),
            Row(.idle, .establish, .no, .idle),
            Row(.idle, .goodbye, .nothing, .idle),
            Row(.idle, .goodbyeWithHalfClosure, .nothing, .idle),
            Row(.idle, .transportEnded, .nothing, .idle),
            Row(.idle, .closeOutput, .closeChannel, .closed),
            Row(.idle, .close, .closeChannel, .closedSaid),
            Row(.idle, .goodbyeEnded, .none, .idle),
            Row(.idle, .fail, .yes, .closed),

            Row(.handshaking, .start, .no, .handshaking),
            Row(.handshaking, .stopAtClientHello, .yes, .choosing),
            Row(.handshaking, .chosen, .no, .handshaking),
            Row(.handshaking, .establish, .yes, .established),
            Row(.handshaking, .goodbye, .nothing, .handshaking),
            Row(.handshaking, .goodbyeWithHalfClosure, .nothing, .handshaking),
            Row(.handshaking, .transportEnded, .failAsCut, .handshaking),
            Row(.handshaking, .closeOutput, .closeChannel, .closed),
            Row(.handshaking, .close, .closeChannel, .closedSaid),
            Row(.handshaking, .goodbyeEnded, .none, .handshaking),
            Row(.handshaking, .fail, .yes, .closed),

            Row(.choosing, .start, .no, .choosing),
            Row(.choosing, .stopAtClientHello, .no, .choosing),
            Row(.choosing, .chosen, .yes, .handshaking),
            Row(.choosing, .establish, .no, .choosing),
            Row(.choosing, .goodbye, .nothing, .choosing),
            Row(.choosing, .goodbyeWithHalfClosure, .nothing, .choosing),
            Row(.choosing, .transportEnded, .failAsCut, .choosing),
            Row(.choosing, .closeOutput, .closeChannel, .closed),
            Row(.choosing, .close, .closeChannel, .closedSaid),
            Row(.choosing, .goodbyeEnded, .none, .choosing),
            Row(.choosing, .fail, .yes, .closed),

            Row(.established, .start, .no, .established),
            Row(.established, .stopAtClientHello, .no, .established),
            Row(.established, .chosen, .no, .established),
            Row(.established, .establish, .no, .established),
            Row(.established, .goodbye, .announceEndOfInputAndClose, .leavingHeard),
            Row(.established, .goodbyeWithHalfClosure, .announceEndOfInput, .heard),
            Row(.established, .transportEnded, .failAsCut, .established),
            Row(.established, .closeOutput, .sayGoodbye, .said),
            Row(.established, .close, .sayGoodbyeAndClose, .leaving),
            Row(.established, .goodbyeEnded, .none, .established),
            Row(.established, .fail, .yes, .closed),

            Row(.heard, .start, .no, .heard),
            Row(.heard, .stopAtClientHello, .no, .heard),
            Row(.heard, .chosen, .no, .heard),
            Row(.heard, .establish, .no, .heard),
            Row(.heard, .goodbye, .nothing, .heard),
            Row(.heard, .goodbyeWithHalfClosure, .nothing, .heard),
            Row(.heard, .transportEnded, .nothing, .heard),
            Row(.heard, .closeOutput, .sayGoodbyeAndClose, .leavingHeard),
            Row(.heard, .close, .sayGoodbyeAndClose, .leavingHeard),
            Row(.heard, .goodbyeEnded, .none, .heard),
            Row(.heard, .fail, .yes, .closedHeard),

            Row(.said, .start, .no, .said),
            Row(.said, .stopAtClientHello, .no, .said),
            Row(.said, .chosen, .no, .said),
            Row(.said, .establish, .no, .said),
            Row(.said, .goodbye, .announceEndOfInputAndClose, .leavingHeard),
            Row(.said, .goodbyeWithHalfClosure, .announceEndOfInputAndClose, .leavingHeard),
            Row(.said, .transportEnded, .failAsCut, .said),
            Row(.said, .closeOutput, .nothing, .said),
            // What stands ahead of the goodbye may not have left yet.
            Row(.said, .close, .sayGoodbyeAndClose, .leaving),
            Row(.said, .goodbyeEnded, .none, .said),
            Row(.said, .fail, .yes, .closedSaid),
        ]
        + [State.leaving, .leavingHeard].flatMap { state in
            // Nobody cuts off what is on its way; only its own end or a failure lets go.
            over(state, close: .waitForGoodbye, next: state, end: state == .leaving ? .closedSaid : .closedBoth)
        }
        + [State.closed, .closedHeard, .closedSaid, .closedBoth].flatMap { state in
            over(
                state, close: .closeChannel, next: state == .closed || state == .closedSaid ? .closedSaid : .closedBoth,
                end: state)
        }

    /// The rows of a state after the end.
    private static func over(_ state: State, close: Ending, next: State, end: State) -> [Row] {
        [
            Row(state, .start, .no, state),
            Row(state, .stopAtClientHello, .no, state),
            Row(state, .chosen, .no, state),
            Row(state, .establish, .no, state),
            Row(state, .goodbye, .nothing, state),
            Row(state, .goodbyeWithHalfClosure, .nothing, state),
            Row(state, .transportEnded, .nothing, state),
            Row(state, .closeOutput, .nothing, state),
            Row(state, .close, close, next),
            Row(state, .goodbyeEnded, .none, end),
            Row(state, .fail, .no, end),
        ]
    }

    @Test(arguments: table.indices) func row(_ index: Int) {
        let row = Self.table[index]
        var machine = Self.machine(in: row.state)
        #expect(Self.facts(machine) == Self.facts(of: row.state), "the way to \(row.state)")
        #expect(Self.apply(row.event, to: &machine) == row.answer, "\(row.event) in \(row.state)")
        #expect(Self.facts(machine) == Self.facts(of: row.next), "after \(row.event) in \(row.state)")
    }

    @Test func theTableHasEveryPairOnce() {
        for state in State.allCases {
            for event in Event.allCases {
                let rows = Self.table.count { $0.state == state && $0.event == event }
                #expect(rows == 1, "\(event) in \(state)")
            }
        }
        #expect(Self.table.count == State.allCases.count * Event.allCases.count)
    }

    @Test(arguments: State.allCases) func questions(_ state: State) {
        let machine = Self.machine(in: state)
        #expect(machine.isReceiving == [.handshaking, .choosing, .established, .said].contains(state))
        #expect(machine.isSending == [.established, .heard].contains(state))
        #expect(
            machine.isAcceptingWrites == [.idle, .handshaking, .choosing, .established, .heard].contains(state))
        #expect(machine.isHoldingReads == (state == .choosing))
    }
}

// MARK: - Ways

extension TLSHandlerStateMachineTests {
    struct Facts: Equatable {
        var phase: TLSHandlerStateMachine.Phase
        var isInputClosed: Bool
        var isOutputClosed: Bool
        var isClosingBehindGoodbye = false
    }

    static func facts(_ machine: TLSHandlerStateMachine) -> Facts {
        Facts(
            phase: machine.phase, isInputClosed: machine.isInputClosed, isOutputClosed: machine.isOutputClosed,
            isClosingBehindGoodbye: machine.isClosingBehindGoodbye)
    }

    static func facts(of state: State) -> Facts {
        switch state {
        case .idle: Facts(phase: .idle, isInputClosed: false, isOutputClosed: false)
        case .handshaking: Facts(phase: .handshaking, isInputClosed: false, isOutputClosed: false)
        case .choosing: Facts(phase: .choosing, isInputClosed: false, isOutputClosed: false)
        case .established: Facts(phase: .established, isInputClosed: false, isOutputClosed: false)
        case .heard: Facts(phase: .established, isInputClosed: true, isOutputClosed: false)
        case .said: Facts(phase: .established, isInputClosed: false, isOutputClosed: true)
        case .leaving:
            Facts(phase: .closed, isInputClosed: false, isOutputClosed: true, isClosingBehindGoodbye: true)
        case .leavingHeard:
            Facts(phase: .closed, isInputClosed: true, isOutputClosed: true, isClosingBehindGoodbye: true)
        case .closed: Facts(phase: .closed, isInputClosed: false, isOutputClosed: false)
        case .closedHeard: Facts(phase: .closed, isInputClosed: true, isOutputClosed: false)
        case .closedSaid: Facts(phase: .closed, isInputClosed: false, isOutputClosed: true)
        case .closedBoth: Facts(phase: .closed, isInputClosed: true, isOutputClosed: true)
        }
    }

    static func machine(in state: State) -> TLSHandlerStateMachine {
        let way: [Event] =
            switch state {
            case .idle: []
            case .handshaking: [.start]
            case .choosing: [.start, .stopAtClientHello]
            case .established: [.start, .establish]
            case .heard: [.start, .establish, .goodbyeWithHalfClosure]
            case .said: [.start, .establish, .closeOutput]
            case .closed: [.start, .establish, .fail]
            case .closedHeard: [.start, .establish, .goodbyeWithHalfClosure, .fail]
            case .leaving: [.start, .establish, .close]
            case .leavingHeard: [.start, .establish, .goodbye]
            case .closedSaid: [.start, .establish, .close, .goodbyeEnded]
            case .closedBoth: [.start, .establish, .goodbye, .goodbyeEnded]
            }
        var machine = TLSHandlerStateMachine()
        for event in way { _ = apply(event, to: &machine) }
        return machine
    }

    static func apply(_ event: Event, to machine: inout TLSHandlerStateMachine) -> Answer {
        switch event {
        case .start: return machine.start() ? .yes : .no
        case .stopAtClientHello: return machine.stopAtClientHello() ? .yes : .no
        case .chosen: return machine.chosen() ? .yes : .no
        case .establish: return machine.establish() ? .yes : .no
        case .goodbye: return .ending(machine.peerSaidGoodbye(isHalfClosureAllowed: false))
        case .goodbyeWithHalfClosure: return .ending(machine.peerSaidGoodbye(isHalfClosureAllowed: true))
        case .transportEnded: return .ending(machine.transportEnded())
        case .closeOutput: return .ending(machine.closeOutput())
        case .close: return .ending(machine.close())
        case .goodbyeEnded:
            machine.goodbyeEnded()
            return .none
        case .fail: return machine.fail() ? .yes : .no
        }
    }
}
