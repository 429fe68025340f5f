//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One handshake of this server, as it came out.
struct HandshakeEntry: Sendable {
    /// Counts from 1, without gaps.
    var number: Int
    var moment: Date
    var peer: String
    /// What the client asked for (SNI), shortened.
    var serverName: String?
    var outcome: Outcome

    enum Outcome: Sendable {
        case completed(Agreement)
        case failed(TLSError)
    }

    /// The few facts that the list shows. A report with its certificates would be too much to keep fifty times.
    struct Agreement: Sendable {
        var version: String
        var cipherSuite: String
        var group: String?
        var alpn: String?
        var isSessionReused: Bool
        var duration: Duration?
        /// The subject of the client's certificate; nil when it showed none.
        var client: String?
    }

    var isFailure: Bool { if case .failed = outcome { true } else { false } }
}

/// The latest handshakes of this server. Bounded: strangers decide how many there are.
final class HandshakeLog: Sendable {
    /// How many are kept.
    static let capacity = 50

    private struct State {
        var entries: [HandshakeEntry] = []
        var completed = 0
        var failed = 0
    }

    /// What the log holds at one moment.
    struct Snapshot: Sendable {
        /// The newest first.
        var entries: [HandshakeEntry]
        var completed: Int
        var failed: Int

        var latest: Int { completed + failed }
    }

    private let state = Mutex(State())

    /// Tells this log from that of an earlier run of the server, whose numbers began at 1 as well.
    let run = String(UInt64.random(in: .min ... .max), radix: 36)

    func completed(_ report: HandshakeReport, peer: String, at moment: Date = Date()) {
        let agreement = HandshakeEntry.Agreement(
            version: report.version.name, cipherSuite: report.cipherSuite.name, group: report.group?.name,
            alpn: report.alpnProtocol.map(Self.shortened), isSessionReused: report.isSessionReused,
            duration: report.timeline.handshakeDuration,
            client: (report.peer?.subject.description).map(Self.shortened))
        append(.completed(agreement), report.serverName, peer, moment)
    }

    func failed(_ error: TLSError, report: HandshakeReport, peer: String, at moment: Date = Date()) {
        append(.failed(error), report.serverName, peer, moment)
    }

    func snapshot() -> Snapshot {
        state.withLock { Snapshot(entries: $0.entries.reversed(), completed: $0.completed, failed: $0.failed) }
    }

    private func append(_ outcome: HandshakeEntry.Outcome, _ serverName: String?, _ peer: String, _ moment: Date) {
        state.withLock { state in
            let entry = HandshakeEntry(
                number: state.completed + state.failed + 1, moment: moment, peer: peer,
                serverName: serverName.map(Self.shortened), outcome: outcome)
            if entry.isFailure { state.failed += 1 } else { state.completed += 1 }
            state.entries.append(entry)
            if state.entries.count > Self.capacity { state.entries.removeFirst() }
        }
    }

    /// A name that a peer sent may be as long as a ClientHello.
    private static func shortened(_ text: String) -> String {
        let limit = 80
        let isLong = text.unicodeScalars.dropFirst(limit).first != nil
        return isLong ? String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit))) + "…" : text
    }
}
