//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspTLS
import HaspTesting
import NIOCore
import Testing

/// Long streams, half-closed ones and such as are cut.
@Suite(.serialized, .timeLimit(.minutes(2))) struct StreamTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    // MARK: 16 MiB

    private static let blobSize = 16 << 20

    /// Bytes in which a lost, doubled or displaced record shows.
    private static let blob: [UInt8] = {
        var state: UInt32 = 0x2545_F491
        return (0..<blobSize).map { _ in
            state ^= state << 13
            state ^= state >> 17
            state ^= state << 5
            return UInt8(truncatingIfNeeded: state)
        }
    }()

    @Test(arguments: PeerProgram.allCases, [ProtocolVersion.tls12, .tls13])
    func clientsSendAndReceiveMuch(_ program: PeerProgram, _ version: ProtocolVersion) async throws {
        guard program.isInstalled else { return }
        let (up, down) = (bench.file("up"), bench.file("down"))
        try Data(Self.blob).write(to: up)
        let server = try await HaspServer(TLSOptions(identities: [bench.issue().identity])) { socket in
            var left = Self.blobSize
            while left > 0, let bytes = try await socket.read() {
                left -= bytes.readableBytes
                try await socket.write(bytes)
            }
        }
        var order = PeerOrder(port: server.port, version: version, ca: bench.caFile)
        (order.upload, order.download) = (up.path, down.path)
        if program == .openssl {
            // Quietly: no letter at the beginning of a line is a command, and the end of the file is not the end.
            let peer = try Peer(["openssl"] + OpenSSL.client(order) + ["-quiet"], output: down, inputFile: up)
            #expect(try await peer.end().status == 0)
        } else {
            let peer = try await program.client(order)
            _ = try await peer.event("received")
            _ = try await peer.event("end")
        }
        #expect(try await server.ending() == nil)
        #expect(try Data(contentsOf: down) == Data(Self.blob))
    }

    @Test(arguments: [PeerProgram.node, .python, .go], [ProtocolVersion.tls12, .tls13])
    func serversSendAndReceiveMuch(_ program: PeerProgram, _ version: ProtocolVersion) async throws {
        guard program.isInstalled else { return }
        var order = PeerOrder(version: version)
        order.use(try bench.issue().write(to: bench.path))
        let (peer, port) = try await program.server(order)
        let socket = try await TLS.connect(host: "localhost", port: port, options: bench.clientOptions())
        async let received = socket.read(count: Self.blobSize)
        try await writeBlob(to: socket)
        #expect(try await received == Self.blob)
        try await socket.end()
        #expect(socket.bytesRead == Self.blobSize)
        #expect(socket.bytesWritten == Self.blobSize)
        try await program.seesOrderlyEnd(peer)
    }

    @Test(arguments: [ProtocolVersion.tls12, .tls13])
    func opensslServerSendsMuch(_ version: ProtocolVersion) async throws {
        guard PeerProgram.openssl.isInstalled else { return }
        let (peer, port) = try await webServer(version, Self.blob)
        let socket = try await TLS.connect(host: "localhost", port: port, options: bench.clientOptions())
        try await socket.write("GET /page HTTP/1.0\r\n\r\n")
        let answer = try await socket.readAll()
        #expect(answer.count > Self.blobSize)
        #expect(Array(answer.suffix(Self.blobSize)) == Self.blob)
        peer.stop()
    }

    @Test(arguments: [ProtocolVersion.tls12, .tls13])
    func opensslServerReceivesMuch(_ version: ProtocolVersion) async throws {
        guard PeerProgram.openssl.isInstalled else { return }
        let down = bench.file("down")
        var order = PeerOrder(version: version)
        order.use(try bench.issue().write(to: bench.path))
        let peer = try Peer(["openssl"] + OpenSSL.server(order) + ["-naccept", "1"], output: down)
        let port = try await OpenSSL.port(inFile: down)
        let socket = try await TLS.connect(host: "localhost", port: port, options: bench.clientOptions())
        try await writeBlob(to: socket)
        try await socket.end()
        _ = try await peer.end()
        // What the server says about the connection stands around it.
        let printed = try Data(contentsOf: down)
        let start = try #require(printed.range(of: Data(Self.blob.prefix(64)))?.lowerBound)
        #expect(printed[start...].prefix(Self.blobSize) == Data(Self.blob))
    }

    private func writeBlob(to socket: TLSSocket) async throws {
        for start in stride(from: 0, to: Self.blobSize, by: 100_000) {
            let end = min(start + 100_000, Self.blobSize)
            try await socket.write(ByteBuffer(bytes: Self.blob[start..<end]))
        }
    }

    /// OpenSSL's little web server with one page.
    private func webServer(_ version: ProtocolVersion, _ page: [UInt8]) async throws -> (peer: Peer, port: Int) {
        try Data(page).write(to: bench.file("page"))
        var order = PeerOrder(version: version)
        order.use(try bench.issue().write(to: bench.path))
        let command = ["sh", "-c", "cd \"$0\" && exec openssl \"$@\"", bench.path]
        let peer = try Peer(command + OpenSSL.server(order) + ["-WWW", "-http_server_binmode"])
        return (peer, try await OpenSSL.port(of: peer))
    }

    // MARK: Half-closed

    /// The client has ended its side before the server begins to answer.
    @Test(arguments: [PeerProgram.node, .go], [ProtocolVersion.tls12, .tls13])
    func serverAnswersAfterTheClientsEnd(_ program: PeerProgram, _ version: ProtocolVersion) async throws {
        guard program.isInstalled else { return }
        let server = try await HaspServer(TLSOptions(identities: [bench.issue().identity])) { socket in
            let question = try await socket.readAll()
            try await socket.write(question)
        }
        let order = PeerOrder(port: server.port, version: version, ca: bench.caFile, mode: .halfClose)
        let peer = try await program.client(order)
        #expect(try await peer.event("received").text == order.message)
        _ = try await peer.event("end")
        #expect(try await server.ending() == nil)
    }

    /// OpenSSL's little web server answers although the client's side has ended.
    @Test(arguments: [ProtocolVersion.tls12, .tls13])
    func clientReadsAfterItsOwnEnd(_ version: ProtocolVersion) async throws {
        guard PeerProgram.openssl.isInstalled else { return }
        let (peer, port) = try await webServer(version, Array(Self.blob[..<300_000]))
        let socket = try await TLS.connect(host: "localhost", port: port, options: bench.clientOptions())
        try await socket.write("GET /page HTTP/1.0\r\n\r\n")
        try await socket.end()
        let answer = try await socket.read(count: 300_000 + 200)
        #expect(answer.starts(with: Array("HTTP/1.0 200".utf8)))
        #expect(answer.suffix(300_000).elementsEqual(Self.blob[..<300_000]))
        await #expect(throws: TLSError.self) { try await socket.write("too late") }
        peer.stop()
    }

    // MARK: Cut

    @Test(arguments: PeerProgram.allCases, [ProtocolVersion.tls12, .tls13])
    func killedServerIsNoOrderlyEnd(_ program: PeerProgram, _ version: ProtocolVersion) async throws {
        guard program.isInstalled else { return }
        var order = PeerOrder(version: version)
        order.use(try bench.issue().write(to: bench.path))
        let (peer, port) = try await program.server(order)
        let socket = try await TLS.connect(host: "localhost", port: port, options: bench.clientOptions())
        try await socket.write("hear, hear\n")
        #expect(try await socket.read(count: 11).count == 11)
        peer.stop()
        let error = await #expect(throws: TLSError.self) { try await socket.read() }
        #expect(error?.code == .truncated)
        #expect(!socket.isEncrypted)
    }

    @Test(arguments: PeerProgram.allCases, [ProtocolVersion.tls12, .tls13])
    func killedClientIsNoOrderlyEnd(_ program: PeerProgram, _ version: ProtocolVersion) async throws {
        guard program.isInstalled else { return }
        // Hears, but does not answer, so that the client waits.
        let heard = Watched(false)
        let server = try await HaspServer(TLSOptions(identities: [bench.issue().identity])) { socket in
            for try await _ in socket { heard.change { $0 = true } }
        }
        let peer = try await program.client(PeerOrder(port: server.port, version: version, ca: bench.caFile))
        _ = try await heard.wait(for: "message") { $0 ? true : nil }
        peer.kill()
        let ending = try await server.ending()
        #expect(ending?.code == .truncated || (version == .tls13 && ending?.code == .resetByPeer), "\(program)")
    }
}
