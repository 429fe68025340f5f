//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import Testing

/// `hasp serve` in a process of its own, on a port of the system's choice.
struct ServedSite: Sendable {
    var program: RunningProgram
    var port: Int
    /// Goes away with the value.
    var state: TemporaryFolder

    var caFile: String { state.path("state/ca.pem") }

    /// - Parameter arguments: in addition to port and folder; a certificate of one's own replaces the folder.
    static func start(
        _ arguments: [String] = [], state: TemporaryFolder? = nil, scheme: String = "https"
    ) async throws -> ServedSite {
        let state = try state ?? TemporaryFolder()
        let program = try RunningProgram.hasp(
            ["serve", "--port", "0", "--host", "127.0.0.1", "--state-dir", state.path("state")] + arguments)
        try await program.waitForOutput("listening on \(scheme)://localhost:")
        try await program.waitForOutput("\n")
        let text = String(decoding: program.outputSoFar, as: UTF8.self)
        let digits = text.split(separator: ":").last?.prefix { $0.isNumber } ?? ""
        guard let port = Int(digits) else { throw RunningProgram.Failed(description: "no port in \"\(text)\"") }
        return ServedSite(program: program, port: port, state: state)
    }

    /// Runs curl against a path of the server; fails the test when curl fails.
    func get(_ path: String, _ arguments: String...) async throws -> String {
        let result = try await RunningProgram.program(
            "curl", ["-sS", "--cacert", caFile, "https://localhost:\(port)\(path)"] + arguments
        ).end()
        #expect(result.status == 0, "\(result.errors)")
        return result.text
    }

    func json(_ path: String, _ arguments: String...) async throws -> [String: Any] {
        let result = try await RunningProgram.program(
            "curl", ["-sS", "--cacert", caFile, "https://localhost:\(port)\(path)"] + arguments
        ).end()
        return try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
    }

    /// The list of the latest handshakes, the newest first.
    func handshakes() async throws -> [[String: Any]] {
        try #require(try await json("/handshakes.json")["handshakes"] as? [[String: Any]])
    }

    /// Ends the server with SIGTERM.
    func stop() async throws -> RunningProgram.Result {
        program.kill(SIGTERM)
        return try await program.waitForEnd()
    }
}

/// A folder for one test.
final class TemporaryFolder: Sendable {
    let root: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("hasp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        root = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    func read(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path(name))
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
    }
}
