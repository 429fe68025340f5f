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
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        // Strings, said outright: an array of both kinds would be one of `Any`, whose elements print otherwise.
        let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin"]
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
            Swift.withUnsafeBytes(of: state) { data.append(contentsOf: $0) }
        }
        return data.prefix(count)
    }
}

/// Whether a text could drive a terminal.
func hasControls(_ text: String) -> Bool {
    text.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control }
}

/// A server of another program, on a port that the system or the program chose.
struct PeerServer {
    var program: RunningProgram
    var port: Int

    /// `openssl s_server`.
    ///
    /// - Parameter arguments: such as `-www` (answers with a page) or `-rev` (sends each line back reversed).
    static func openssl(_ folder: CertificateFolder, _ arguments: String...) async throws -> PeerServer {
        let program = try RunningProgram.program(
            "openssl",
            ["s_server", "-accept", "0", "-cert", folder.certificateFile, "-key", folder.keyFile] + arguments)
        try await program.waitForOutput("ACCEPT ")
        let line = String(decoding: program.outputSoFar, as: UTF8.self).split(separator: "\n").first {
            $0.hasPrefix("ACCEPT ")
        }
        return PeerServer(program: program, port: try number(after: ":", in: line ?? ""))
    }

    /// A script for Node that prints `port=…` when it listens.
    static func node(_ script: String, _ environment: [String: String]) async throws -> PeerServer {
        let program = try RunningProgram.program("node", ["-e", script], environment: environment)
        try await program.waitForOutput("port=")
        try await program.waitForOutput("\n")
        return PeerServer(
            program: program, port: try number(after: "=", in: String(decoding: program.outputSoFar, as: UTF8.self)))
    }

    /// nginx with one server that answers `hello from nginx`; a plain one on a second port.
    static func nginx(_ folder: CertificateFolder) async throws -> (server: PeerServer, plainPort: Int) {
        // nginx cannot be told to take any port, so two that are free now are chosen; if they are gone, two others.
        for _ in 0..<5 {
            let ports = (try FreePort.find(), try FreePort.find())
            let configuration = try folder.file(
                "nginx.conf",
                """
                daemon off; master_process off; pid \(folder.path)/nginx.pid; error_log stderr notice;
                events {}
                http {
                    access_log off;
                    client_body_temp_path \(folder.path)/body; proxy_temp_path \(folder.path)/proxy;
                    fastcgi_temp_path \(folder.path)/fastcgi; uwsgi_temp_path \(folder.path)/uwsgi;
                    scgi_temp_path \(folder.path)/scgi;
                    server {
                        listen 127.0.0.1:\(ports.0) ssl; listen 127.0.0.1:\(ports.1);
                        ssl_certificate \(folder.certificateFile); ssl_certificate_key \(folder.keyFile);
                        location / { return 200 "hello from nginx\\n"; }
                    }
                }
                """)
            let program = try RunningProgram.program("nginx", ["-p", folder.path, "-c", configuration])
            if (try? await program.waitForErrors("using the")) != nil {
                return (PeerServer(program: program, port: ports.0), ports.1)
            }
        }
        throw RunningProgram.Failed(description: "nginx did not start")
    }

    /// Ends the program.
    func stop() async throws {
        program.kill(SIGTERM)
        _ = try await program.end()
    }

    private static func number(after mark: Character, in text: some StringProtocol) throws -> Int {
        let digits = text.split(separator: mark).last?.prefix { $0.isNumber } ?? ""
        guard let number = Int(digits) else { throw RunningProgram.Failed(description: "no port in \"\(text)\"") }
        return number
    }
}

/// A port that nobody listens on.
enum FreePort {
    static func find() throws -> Int {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let outcome = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && getsockname(listener, address, &size) == 0
            }
        }
        guard outcome else { throw RunningProgram.Failed(description: "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
