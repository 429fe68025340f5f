//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import NIOCore
import NIOPosix
import Synchronization

/// Carries standard input to the server and the server's bytes to standard output, each at the pace of its reader.
///
/// Nothing is kept but what is on its way: a slow reader of standard output stops the reading from the network, a slow
/// server the reading of standard input.
struct Piping: Sendable {
    /// How it came to an end.
    enum End: Sendable {
        /// The server said goodbye.
        case serverEnded
        /// Nobody reads standard output any more.
        case outputAbandoned
        case outputFailed(String)
        case connectionFailed(TLSError)
    }

    var socket: TLSSocket

    /// After the server's goodbye, standard input may go on for as long as it has something to say; when it is silent
    /// for this time the command ends rather than wait for somebody to close a pipe.
    private static let patience = Duration.seconds(1)

    /// - Parameters:
    ///   - early: bytes of the server that were read already.
    ///   - isInputInteractive: whether a person types; then the server's goodbye is the end at once.
    /// - Returns: how it ended, whether the server had sent anything, and what was wrong with standard input.
    func run(early: ByteBuffer?, isInputInteractive: Bool) async -> (end: End, received: Bool, inputFailure: String?) {
        let progress = InputProgress()
        let input = Task { await send(progress) }
        let (end, received) = await receive(early)
        if case .serverEnded = end, !isInputInteractive { await finish(progress) }
        input.cancel()
        return (end, received, progress.failure)
    }

    // MARK: Towards standard output

    private func receive(_ early: ByteBuffer?) async -> (End, received: Bool) {
        var next = early
        var received = false
        while true {
            do {
                guard let bytes = if let early = next { early } else { try await socket.read() } else {
                    return (.serverEnded, received)
                }
                next = nil
                received = true
                switch try await write(bytes) {
                case .written: continue
                case .abandoned: return (.outputAbandoned, received)
                case .failed(let reason): return (.outputFailed(reason), received)
                }
            } catch let error as TLSError {
                return (.connectionFailed(error), received)
            } catch {
                return (.connectionFailed(TLSError(.cancelled, "\(error)", phase: .established)), received)
            }
        }
    }

    private func write(_ bytes: ByteBuffer) async throws -> OutputFile.Outcome {
        try await StreamThreads.pool.runIfActive {
            bytes.withUnsafeReadableBytes { OutputFile.standardOutput.write($0) }
        }
    }

    // MARK: From standard input

    private func send(_ progress: InputProgress) async {
        defer { progress.isDone = true }
        do {
            while !Task.isCancelled {
                progress.reading()
                switch try await StreamThreads.pool.runIfActive({ InputFile.standardInput.read() }) {
                case .bytes(let bytes):
                    progress.writing()
                    try await socket.write(ByteBuffer(bytes: bytes))
                case .end:
                    progress.writing()
                    return try await socket.end()
                case .failed(let reason):
                    progress.writing()
                    progress.failure = reason
                    return try await socket.end()
                }
            }
        } catch {
            // The connection has failed, which the other direction reports.
        }
    }

    /// Waits until standard input has ended or has had nothing to say for a while.
    private func finish(_ progress: InputProgress) async {
        while !progress.isDone {
            if let since = progress.readingSince, since + Self.patience <= .now { return }
            do { try await Task.sleep(for: Self.interval) } catch { return }
        }
    }

    private static let interval = Duration.milliseconds(20)
}

/// What the sending direction is doing.
private final class InputProgress: Sendable {
    private struct State {
        var readingSince: ContinuousClock.Instant?
        var failure: String?
        var isDone = false
    }

    private let state = Mutex(State())

    /// Since when standard input is waited for; nil while bytes go to the server.
    var readingSince: ContinuousClock.Instant? { state.withLock { $0.readingSince } }

    var failure: String? {
        get { state.withLock { $0.failure } }
        set { state.withLock { $0.failure = newValue } }
    }

    var isDone: Bool {
        get { state.withLock { $0.isDone } }
        set { state.withLock { $0.isDone = newValue } }
    }

    func reading() { state.withLock { $0.readingSince = .now } }

    func writing() { state.withLock { $0.readingSince = nil } }
}
