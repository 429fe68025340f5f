//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import NIOCore
import Testing

/// A plain conversation that changes over to TLS, with OpenSSL's client on the other side.
@Suite(.serialized, .timeLimit(.minutes(2))) struct StartTLSTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    @Test(arguments: [ProtocolVersion.tls12, .tls13]) func smtp(_ version: ProtocolVersion) async throws {
        guard PeerProgram.openssl.isInstalled else { return }
        let context = try SecureContext(identity: bench.issue().identity)
        let upgraded = Watched<[HandshakeReport]>([])
        var options = ServerOptions()
        options.isEncryptedFromStart = false
        let server = try await HaspServer(TLSOptions(), options: options) { socket in
            #expect(!socket.isEncrypted)
            try await Self.greet(socket)
            try await socket.upgradeAsServer(context: context)
            #expect(socket.isEncrypted)
            let report = socket.handshake
            upgraded.change { $0.append(report) }
            for try await bytes in socket { try await socket.write(bytes) }
        }
        let order = PeerOrder(port: server.port, version: version, ca: bench.caFile)
        let peer = try Peer(["openssl"] + OpenSSL.client(order) + ["-starttls", "smtp", "-name", "client.example"])
        try peer.send(order.message)
        let facts = try await PeerProgram.openssl.facts(of: peer)
        #expect(facts.version == "\(version)")
        #expect(facts.subject == "localhost")
        #expect(try await PeerProgram.openssl.finishesEcho(peer, message: order.message))
        #expect(try await server.ending() == nil)
        #expect(upgraded.value.map(\.version) == [version])
        #expect(upgraded.value.first?.serverName == "localhost")
    }

    /// The server's side of SMTP up to its consent (RFC 3207).
    private static func greet(_ socket: TLSSocket) async throws {
        try await socket.write("220 mail.example ESMTP\r\n")
        var lines = ""
        while let bytes = try await socket.read() {
            lines += String(buffer: bytes)
            while let end = lines.firstIndex(of: "\r\n") {
                let line = lines[..<end]
                lines = String(lines[lines.index(after: end)...])
                switch line {
                case "EHLO client.example": try await socket.write("250-mail.example\r\n250 STARTTLS\r\n")
                case "STARTTLS": return try await socket.write("220 go ahead\r\n")
                default: try await socket.write("500 what?\r\n")
                }
            }
        }
    }
}
