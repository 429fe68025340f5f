//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import Synchronization

/// A process of another program: started for one test, watched through its output, ended by its own pid.
final class Peer: Sendable {
    /// What the process has said so far, and how it ended.
    struct Record: Sendable, CustomStringConvertible {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var openPipes = 0
        var status: Int32?

        /// Everything it said, the two streams one after the other.
        var text: String { String(decoding: output + errors, as: UTF8.self) }

        var hasEnded: Bool { status != nil && openPipes == 0 }

        var description: String { "status \(status.map(String.init) ?? "none yet") and the output:\n\(text)" }
    }

    let name: String
    let record = Watched(Record())
    private let process: Process
    private let input: Pipe

    /// - Parameters:
    ///   - output: a file for standard output, for what is too much to be watched.
    ///   - inputFile: a file for standard input. Without one, ``send(_:)`` and ``closeInput()`` feed it.
    init(_ arguments: [String], output: URL? = nil, inputFile: URL? = nil) throws {
        Self.ignoreBrokenPipes
        name = arguments.first ?? "?"
        let process = Process()
        self.process = process
        input = try Self.oneAtATime.withLock { [record] _ in
            try Self.start(process, record, arguments, output, inputFile)
        }
    }

    private static func start(
        _ process: Process, _ record: Watched<Record>, _ arguments: [String], _ output: URL?, _ inputFile: URL?
    ) throws -> Pipe {
        let input = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardInput = try inputFile.map { try FileHandle(forReadingFrom: $0) as Any } ?? input
        if let output {
            try Data().write(to: output)
            process.standardOutput = try FileHandle(forWritingTo: output)
        } else {
            process.standardOutput = watch(\.output, record)
        }
        process.standardError = watch(\.errors, record)
        process.terminationHandler = { process in
            record.change { $0.status = process.terminationStatus }
        }
        try process.run()
        return input
    }

    deinit { stop() }

    /// A process that starts while another's pipes are being made would keep them open: no end would ever be seen.
    private static let oneAtATime = Mutex(())

    /// Ends the process if it lives. Does not wait.
    func stop() {
        kill()
        closeInput()
    }

    /// Ends the process in the middle of whatever it does.
    func kill() {
        if process.isRunning { _ = signalProcess(process.processIdentifier, SIGKILL) }
    }

    func send(_ text: String) throws { try input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

    func closeInput() { try? input.fileHandleForWriting.close() }

    /// Waits until its output holds a text.
    func waits(for text: String) async throws { _ = try await find(text) { $0.contains(text) ? true : nil } }

    /// Waits until `find` finds something in its output.
    func find<Found>(_ what: String, _ find: (String) -> Found?) async throws -> Found {
        try await record.wait(for: "\(what) from \(name)") { record in
            if let found = find(record.text) { return found }
            if record.hasEnded { throw Unmet("\(name) ended without \(what), with \(record)") }
            return nil
        }
    }

    /// Waits for its end.
    ///
    /// - Returns: its exit status and everything it said.
    func end() async throws -> (status: Int32, text: String) {
        let record = try await record.wait(for: "end of \(name)") { $0.hasEnded ? $0 : nil }
        return (record.status ?? -1, record.text)
    }

    private static func watch(
        _ stream: any WritableKeyPath<Record, [UInt8]> & Sendable, _ record: Watched<Record>
    ) -> Pipe {
        let pipe = Pipe()
        record.change { $0.openPipes += 1 }
        // A thread that blocks: handlers of readability have been seen to miss the end.
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = read(pipe.fileHandleForReading.fileDescriptor, &buffer, buffer.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { break }
                let bytes = buffer[..<count]
                record.change { $0[keyPath: stream].append(contentsOf: bytes) }
            }
            record.change { $0.openPipes -= 1 }
        }
        return pipe
    }

    private func signalProcess(_ pid: pid_t, _ signal: Int32) -> Int32 { Foundation.kill(pid, signal) }

    /// Writing to a process that has just ended is an error of that test, not the end of all.
    private static let ignoreBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()
}
