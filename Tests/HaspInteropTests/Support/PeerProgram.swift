//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspTLS
import Testing

/// The programs that speak TLS with Hasp in both roles.
enum PeerProgram: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case openssl, node, python, go

    var testDescription: String { rawValue }

    /// The command that has to be there.
    private var command: String { self == .python ? "python3" : rawValue }

    /// Whether it is installed. When not, that is said in one line; under `CI=true` it is a failure.
    var isInstalled: Bool { Self.isInstalled(command) }

    static func isInstalled(_ command: String) -> Bool {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        // Debian keeps servers out of the way of users.
        let found = (folders + ["/usr/sbin"]).contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(command)")
        }
        if !found {
            print("skipped: \(command) is not installed")
            if ProcessInfo.processInfo.environment["CI"] == "true" { Issue.record("\(command) is not installed") }
        }
        return found
    }
}

/// What a peer is told to do. The names are those which the programs in Peers read.
struct PeerOrder: Encodable, Sendable {
    enum Mode: String, Encodable, Sendable {
        /// Says something, hears it again, takes leave.
        case echo
        /// Says something, ends its side, hears it again.
        case halfClose
    }

    var role = ""
    /// The port of the server to connect to; a server chooses its own.
    var port = 0
    var version = ProtocolVersion.tls13
    var ca: String?
    var certificate: String?
    var key: String?
    var serverName = "localhost"
    var alpn: [String] = []
    var isClientCertificateRequired = false
    var mode = Mode.echo
    var message = "hear, hear\n"
    /// A file to send in place of the message, and one for what comes back.
    var upload: String?
    var download: String?

    mutating func use(_ files: (certificateFile: String, keyFile: String)?) {
        certificate = files?.certificateFile
        key = files?.keyFile
    }

    private enum CodingKeys: String, CodingKey {
        case role, port, version, ca, certificate, key, serverName, alpn, isClientCertificateRequired, mode, message
        case upload, download
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(role, forKey: .role)
        try container.encode(port, forKey: .port)
        try container.encode("\(version)", forKey: .version)
        try container.encodeIfPresent(ca, forKey: .ca)
        try container.encodeIfPresent(certificate, forKey: .certificate)
        try container.encodeIfPresent(key, forKey: .key)
        try container.encode(serverName, forKey: .serverName)
        if !alpn.isEmpty { try container.encode(alpn, forKey: .alpn) }
        try container.encode(isClientCertificateRequired, forKey: .isClientCertificateRequired)
        try container.encode(mode, forKey: .mode)
        try container.encode(message, forKey: .message)
        try container.encodeIfPresent(upload, forKey: .upload)
        try container.encodeIfPresent(download, forKey: .download)
    }
}

extension PeerProgram {
    /// Starts a client that does what the order says.
    func client(_ order: PeerOrder) async throws -> Peer {
        var order = order
        order.role = "client"
        return try await start(order)
    }

    /// Starts a server on loopback that echoes, and waits until it listens. (OpenSSL's sends each line back reversed.)
    func server(_ order: PeerOrder) async throws -> (peer: Peer, port: Int) {
        var order = order
        order.role = "server"
        let peer = try await start(order)
        if self == .openssl { return (peer, try await OpenSSL.port(of: peer)) }
        let event = try await peer.event("listening")
        return (peer, try #require(event.port))
    }

    private func start(_ order: PeerOrder) async throws -> Peer {
        let json = String(decoding: try JSONEncoder().encode(order), as: UTF8.self)
        switch self {
        case .openssl:
            let arguments = order.role == "client" ? OpenSSL.client(order) : OpenSSL.reversingServer(order)
            let peer = try Peer(["openssl"] + arguments)
            // It may have been refused and be gone by now; its output says so.
            if order.role == "client" { try? peer.send(order.message) }
            return peer
        case .node: return try Peer(["node", Self.source("peer.js"), json])
        case .python: return try Peer(["python3", Self.source("peer.py"), json])
        case .go: return try Peer([try await GoProgram.built.value, json])
        }
    }

    fileprivate static func source(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Peers").appendingPathComponent(name).path
    }
}

/// The Go program, built once in a run.
private enum GoProgram {
    static let built = Task<String, any Error> {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: GoProgram.directory) }
        let program = "\(directory)/peer"
        let peer = try Peer([
            "env", "CGO_ENABLED=0", "GOTOOLCHAIN=local", "GOCACHE=\(cache)",
            "go", "build", "-o", program, PeerProgram.source("peer.go"),
        ])
        let (status, text) = try await peer.end()
        guard status == 0 else { throw Unmet("go build failed: \(text)") }
        return program
    }

    private static let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("hasp-go-\(UUID().uuidString)").path

    /// Go's own place when there is a home directory to find it in.
    private static var cache: String {
        let environment = ProcessInfo.processInfo.environment
        if let known = environment["GOCACHE"] { return known }
        if let home = environment["HOME"], !home.isEmpty { return "\(home)/.cache/go-build" }
        return "\(directory)/cache"
    }
}
