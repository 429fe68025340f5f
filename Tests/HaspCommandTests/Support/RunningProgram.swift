//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import Synchronization
import Testing

/// A program in a process of its own, driven through pipes and ended by its own number.
///
/// ```swift
/// let program = try RunningProgram.hasp(["connect", "localhost:8443"])
/// try program.send("hello\n")
/// try await program.waitForOutput("hello")
/// let result = try await program.end()
/// ```
final class RunningProgram: Sendable {
    struct Result: Sendable {
        /// The exit status, or the number of the signal that ended the process, negative.
        var status: Int32
        var output: Data
        var errors: String

        /// Standard output as text.
        var text: String { String(decoding: output, as: UTF8.self) }
    }

    struct Failed: Error, CustomStringConvertible {
        var description: String
    }

    let arguments: [String]
    /// `Process` is not `Sendable`; it is only asked for its number and its end here.
    private nonisolated(unsafe) let process: Process
    private let input: FileHandle
    private let output: Collected
    private let errors: Collected

    /// Long enough for a machine that does four other things; a program that hangs is ended after it.
    static let limit = Duration.seconds(60)

    /// Starts the command that this package builds.
    ///
    /// - Parameter isOutputRead: when false, nobody takes what it writes to standard output.
    static func hasp(
        _ arguments: [String], environment: [String: String] = [:], isOutputRead: Bool = true
    ) throws -> RunningProgram {
        try RunningProgram(BuiltCommand.path, arguments, environment: environment, isOutputRead: isOutputRead)
    }

    /// Starts a program of the machine by its name.
    static func program(
        _ name: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> RunningProgram {
        try RunningProgram("/usr/bin/env", [name] + arguments, environment: environment)
    }

    private init(
        _ path: String, _ arguments: [String], environment: [String: String], isOutputRead: Bool = true
    ) throws {
        self.arguments = arguments
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        // The language and the colours of the person who runs the tests must not matter.
        var variables = ProcessInfo.processInfo.environment
        for name in ["LC_ALL", "LC_MESSAGES", "LANG", "NO_COLOR"] { variables[name] = nil }
        process.environment = variables.merging(environment) { $1 }
        let pipes = (Pipe(), Pipe(), Pipe())
        process.standardInput = pipes.0
        process.standardOutput = pipes.1
        process.standardError = pipes.2
        // A program that ends early must not end the tests.
        signal(SIGPIPE, SIG_IGN)
        try SignalMask.empty { try process.run() }
        self.process = process
        input = pipes.0.fileHandleForWriting
        output = Collected(pipes.1.fileHandleForReading, isRead: isOutputRead)
        errors = Collected(pipes.2.fileHandleForReading)
    }

    deinit { kill(SIGKILL) }

    /// The number of the process.
    var pid: Int32 { process.processIdentifier }

    /// What it wrote to standard output so far.
    var outputSoFar: Data { output.bytes }

    /// What it wrote to standard error so far.
    var errorsSoFar: String { String(decoding: errors.bytes, as: UTF8.self) }

    /// Sends bytes to its standard input. Blocks a thread of its own, not the caller's.
    func send(_ bytes: Data) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [input] in
                try? input.write(contentsOf: bytes)
                continuation.resume()
            }
        }
    }

    func send(_ text: String) async { await send(Data(text.utf8)) }

    /// Ends its standard input.
    func closeInput() { try? input.close() }

    /// Stops reading its standard output, as `head` does when it has seen enough.
    func abandonOutput() { output.abandon() }

    /// Sends it a signal, unless it has ended.
    func kill(_ number: Int32) { if process.isRunning { Foundation.kill(process.processIdentifier, number) } }

    /// Waits until standard output has the text.
    func waitForOutput(_ text: String) async throws {
        try await wait(for: "\"\(text)\" on standard output") { self.outputSoFar.range(of: Data(text.utf8)) != nil }
    }

    /// Waits until standard error has the text.
    func waitForErrors(_ text: String) async throws {
        try await wait(for: "\"\(text)\" on standard error") { self.errorsSoFar.contains(text) }
    }

    /// Closes standard input and waits for the end of the process.
    func end() async throws -> Result {
        closeInput()
        return try await waitForEnd()
    }

    /// Waits for the end of the process, its standard input open.
    func waitForEnd() async throws -> Result {
        try await wait(for: "its end") { !self.process.isRunning && self.output.isEnded && self.errors.isEnded }
        let status =
            process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
        return Result(status: status, output: output.bytes, errors: errorsSoFar)
    }

    private func wait(for what: String, until isDone: @Sendable () -> Bool) async throws {
        let end = ContinuousClock.now + Self.limit
        while !isDone() {
            guard ContinuousClock.now < end else {
                kill(SIGKILL)
                throw Failed(
                    description: "\(arguments): waited for \(what) in vain; standard error: \(errorsSoFar); "
                        + "standard output: \(outputSoFar.count) bytes")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

extension RunningProgram {
    /// Runs the command to its end.
    static func hasp(
        _ arguments: String..., input: Data = Data(), environment: [String: String] = [:]
    ) async throws -> Result {
        let program = try hasp(arguments, environment: environment)
        async let sending: Void = program.sendAll(input)
        let result = try await program.waitForEnd()
        await sending
        return result
    }

    private func sendAll(_ bytes: Data) async {
        await send(bytes)
        closeInput()
    }
}

/// The executable that was built together with the tests.
enum BuiltCommand {
    static var path: String {
        get throws {
            let name = "hasp"
            let places = [
                ProcessInfo.processInfo.environment["HASP_EXECUTABLE"].map { URL(fileURLWithPath: $0) },
                // Linux: the tests are an executable beside it.
                URL(fileURLWithPath: CommandLine.arguments.first ?? "").deletingLastPathComponent()
                    .appendingPathComponent(name),
                // macOS: the tests are a bundle beside it.
                Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL.deletingLastPathComponent()
                    .appendingPathComponent(name),
            ]
            guard let found = places.compactMap(\.self).first(where: isExecutable) else {
                throw RunningProgram.Failed(description: "the built command hasp was not found beside the tests")
            }
            return found.path
        }
    }

    private static func isExecutable(_ url: URL) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) && !isDirectory.boolValue
            && FileManager.default.isExecutableFile(atPath: url.path)
    }
}

/// Threads of a pool have all signals blocked, and a process inherits that from the thread which starts it: without
/// this, SIGTERM would not end a program that leaves it alone.
private enum SignalMask {
    static func empty(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }
}

/// What comes out of a pipe, read by a thread of its own so that the writer never waits.
private final class Collected: Sendable {
    private struct State {
        var bytes = Data()
        var isEnded = false
        var isAbandoned = false
    }

    private let state = Mutex(State())
    private let handle: FileHandle

    init(_ handle: FileHandle, isRead: Bool = true) {
        self.handle = handle
        guard isRead else {
            state.withLock { $0.isEnded = true }
            return
        }
        Thread.detachNewThread { [self] in
            // The handle's own methods wait until so many bytes have come.
            var chunk = [UInt8](repeating: 0, count: 64 << 10)
            while !state.withLock({ $0.isAbandoned }) {
                let count = read(handle.fileDescriptor, &chunk, chunk.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                state.withLock { $0.bytes += chunk.prefix(count) }
            }
            try? handle.close()
            state.withLock { $0.isEnded = true }
        }
    }

    var bytes: Data { state.withLock { $0.bytes } }

    var isEnded: Bool { state.withLock { $0.isEnded } }

    /// Takes effect after the next bytes.
    func abandon() { state.withLock { $0.isAbandoned = true } }
}
