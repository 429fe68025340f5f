//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspEngine
import HaspTesting
import Testing

/// Programs that the command talks to.
enum Peer {
    /// Says in one line that a program is missing; under `CI=true` that is a failure.
    static func isInstalled(_ program: String) -> Bool {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") + ["/usr/sbin"]
        if folders.contains(where: { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }) { return true }
        print("skipped: \(program) is not installed")
        if ProcessInfo.processInfo.environment["CI"] == "true" { Issue.record("\(program) is not installed") }
        return false
    }
}

/// A certificate authority, a server's and a client's identity as files, which go away with the value.
final class CertificateFolder: Sendable {
    let ca: TestCA
    let path: String
    let caFile: String
    let certificateFile: String
    let keyFile: String

    /// - Parameter names: what the server's certificate is for.
    init(names: [String] = ["localhost", "127.0.0.1", "::1"], validity: TestValidity = .current) throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("hasp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
        ca = try TestCA()
        caFile = try ca.write(to: url.path)
        (certificateFile, keyFile) = try ca.issue(names: names, validity: validity).write(to: url.path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A client's certificate and key.
    func client(_ name: String = "alice", of other: TestCA? = nil, passphrase: String? = nil) throws -> (
        certificateFile: String, keyFile: String
    ) {
        try (other ?? ca).issue(names: [], usages: ["clientAuth"]) { $0.subject = [("CN", name)] }
            .write(to: path, name: name, passphrase: passphrase)
    }

    /// A file with this content.
    func file(_ name: String, _ text: String) throws -> String {
        let file = "\(path)/\(name)"
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        return file
    }
}

extension Data {
    /// Bytes of no pattern, the same ones for the same seed: every value occurs, among them NUL, CR, LF and 0xFF.
    static func noise(_ count: Int, seed: UInt64) -> Data {
        var state = seed
        var data = Data(capacity: count + 8)
        while data.count < count {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            withUnsafeBytes(of: state) { data.append(contentsOf: $0) }
        }
        return data.prefix(count)
    }
}

/// Whether a text could drive a terminal.
func hasControls(_ text: String) -> Bool {
    text.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control }
}
