//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import NIOPosix

/// One line on standard error for each handshake.
///
/// Handshakes end on event loops, which must not wait for whoever reads standard error: when he is slow, the oldest
/// lines are dropped.
struct HandshakeLines: Sendable {
    private let lines: AsyncStream<String>.Continuation
    private let writer: Task<Void, Never>

    /// More lines than this are not kept for a slow reader.
    private static let capacity = 256

    init() {
        let (stream, lines) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(Self.capacity))
        self.lines = lines
        writer = Task {
            for await line in stream {
                _ = try? await StreamThreads.pool.runIfActive { Terminal.standardError.print(line) }
            }
        }
    }

    func completed(_ report: HandshakeReport, peer: String) {
        let mark = Terminal.standardError.styled("✓", .green)
        let words = Words(.english)
        let facts = [
            report.version.name, report.cipherSuite.name, report.group?.name, report.alpnProtocol,
            report.isSessionReused ? "resumed" : nil, report.timeline.handshakeDuration.map(words.duration),
        ]
        lines.yield("\(mark) \(peer) \(facts.compactMap(\.self).joined(separator: " ").escapingControls)")
    }

    func failed(_ error: TLSError) {
        let mark = Terminal.standardError.styled("✗", .red)
        lines.yield("\(mark) \(error.summary)")
    }

    /// Waits until the last line is written.
    func finish() async {
        lines.finish()
        await writer.value
    }
}
