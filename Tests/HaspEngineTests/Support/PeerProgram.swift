//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import Testing

/// Other programs that say what they read in the same certificate.
enum PeerProgram {
    struct Output {
        var status: Int32
        var text: String
        var errors: String
    }

    struct Failed: Error, CustomStringConvertible {
        var description: String
    }

    /// Runs `openssl` to its end and returns what it printed; throws when it failed.
    static func openssl(_ arguments: String..., input: String = "") throws -> String {
        try succeed("openssl", arguments, input: input)
    }

    /// Runs a Node script to its end and returns what it printed; throws when it failed.
    static func node(_ script: String, input: String = "") throws -> String {
        try succeed("node", ["-e", script], input: input)
    }

    /// Says in one line that a program is missing; under `CI=true` that is a failure.
    static func isInstalled(_ program: String) -> Bool {
        let found = (try? run("sh", ["-c", "command -v \(program)"]).status == 0) ?? false
        if !found {
            print("skipped: \(program) is not installed")
            if ProcessInfo.processInfo.environment["CI"] == "true" { Issue.record("\(program) is not installed") }
        }
        return found
    }

    static func run(_ program: String, _ arguments: [String], input: String = "") throws -> Output {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let files = try (0..<3).map { _ in try TemporaryFile() }
        try input.write(to: files[0].url, atomically: false, encoding: .utf8)
        process.standardInput = try FileHandle(forReadingFrom: files[0].url)
        process.standardOutput = try FileHandle(forWritingTo: files[1].url)
        process.standardError = try FileHandle(forWritingTo: files[2].url)
        try process.run()
        process.waitUntilExit()
        return Output(
            status: process.terminationStatus,
            text: try contents(files[1]),
            errors: try contents(files[2])
        )
    }

    /// Through a handle: `String(contentsOf:)` keeps memory for each file, which the leak sanitizer then reports.
    private static func contents(_ file: TemporaryFile) throws -> String {
        let handle = try FileHandle(forReadingFrom: file.url)
        defer { try? handle.close() }
        return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
    }

    private static func succeed(_ program: String, _ arguments: [String], input: String) throws -> String {
        let output = try run(program, arguments, input: input)
        guard output.status == 0 else {
            throw Failed(description: "\(program) \(arguments) ended with \(output.status): \(output.errors)")
        }
        return output.text
    }
}

/// An empty file that goes away with the value.
final class TemporaryFile {
    let url: URL

    var path: String { url.path }

    init(_ text: String = "") throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("hasp-\(UUID().uuidString)")
        try text.write(to: url, atomically: false, encoding: .utf8)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}

/// An empty directory that goes away with the value.
final class TemporaryDirectory {
    let url: URL

    var path: String { url.path }

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("hasp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}
