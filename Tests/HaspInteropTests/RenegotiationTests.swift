//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import NIOCore
import Testing

/// TLS 1.2 connections cannot be renegotiated from either end (RFC 5746; CVE-2009-3555 and what followed).
@Suite(.serialized, .timeLimit(.minutes(2))) struct RenegotiationTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    @Test func serverRefuses() async throws {
        guard PeerProgram.openssl.isInstalled else { return }
        let server = try await HaspServer.echo(TLSOptions(identities: [bench.issue().identity]))
        let order = PeerOrder(port: server.port, version: .tls12, ca: bench.caFile)
        let peer = try Peer(["openssl"] + OpenSSL.client(order).filter { $0 != "-nocommands" })
        try peer.send("hear, hear\n")
        try await peer.waits(for: "hear, hear\n")
        try peer.send("R\n")
        try await peer.waits(for: "RENEGOTIATING")
        // The client may go on after the refusal or give up; either way no second handshake comes about.
        try await peer.waits(for: "no renegotiation")
        peer.stop()
        _ = try await server.ending()
        #expect(server.record.value.established.count == 1)
        #expect(server.record.value.failures.isEmpty)

        // And the server goes on serving others.
        var next = order
        next.message = "still there\n"
        let other = try await PeerProgram.openssl.client(next)
        #expect(try await PeerProgram.openssl.finishesEcho(other, message: next.message))
    }

    @Test func clientRefuses() async throws {
        guard PeerProgram.openssl.isInstalled else { return }
        var order = PeerOrder(version: .tls12)
        order.use(try bench.issue().write(to: bench.path))
        let peer = try Peer(["openssl"] + OpenSSL.server(order) + ["-msg"])
        let port = try await OpenSSL.port(of: peer)
        let socket = try await TLS.connect(host: "localhost", port: port, options: bench.clientOptions())
        try await socket.write("before\n")
        try await peer.waits(for: "before\n")
        try peer.send("r\n")
        try await peer.waits(for: "HelloRequest")
        try peer.send("after\n")
        // What the server does with the refusal is its own business; the client must not shake hands a second time.
        while let bytes = try? await socket.read() { if String(buffer: bytes).contains("after") { break } }
        let text = try await peer.find("refusal") { $0.contains("no_renegotiation") ? $0 : nil }
        #expect(text.split(separator: "ClientHello").count == 2)
    }
}
