//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTesting
import HaspTLS
import NIOCore
import NIOPosix
import Testing

/// Connections that begin in the clear and change over to TLS (STARTTLS), and TLS inside TLS.
@Suite struct UpgradeTests {
    @Test func bothSidesChangeOver() async throws {
        let states = Shared<[Bool]>([])
        try await withPlainServer(handler: { socket in
            states.append(socket.isEncrypted)
            try await socket.write("220 ready\r\n")
            _ = try await socket.read(exactly: 10)
            try await socket.write("220 go\r\n")
            try await socket.upgradeAsServer(context: TLSFixture.serverContext())
            states.append(socket.isEncrypted)
            try await echo(socket)
        }) { _, port in
            let socket = try await TLS.connectPlain(host: "localhost", port: port)
            #expect(try await socket.read(exactly: 11) == "220 ready\r\n")
            try await socket.write("STARTTLS\r\n")
            #expect(try await socket.read(exactly: 8) == "220 go\r\n")
            #expect(!socket.isEncrypted)
            try await socket.upgrade(toServerNamed: "localhost", options: try TLSFixture.client())
            #expect(socket.isEncrypted)
            #expect(socket.isAuthorized)
            #expect(socket.handshake.serverName == "localhost")
            #expect(try await socket.echoes("protected"))
            try await socket.end()
            #expect(try await socket.read() == nil)
            #expect(states.value == [false, true])
        }
    }

    /// CVE-2021-38084 and its kin: text that somebody on the way adds before the handshake must never be taken for
    /// something that the server said under protection.
    @Test func textInjectedTowardsTheClientEndsTheHandshake() async throws {
        let peer = try await FaultyServer.start(
            FaultyScript([
                .awaitBytes(10), .send(Array("220 go\r\n250 injected answer\r\n".utf8)),
                .tls(try TLSFixture.serverContext()),
            ]))
        let socket = try await TLS.connectPlain(host: "127.0.0.1", port: peer.port)
        try await socket.write("STARTTLS\r\n")
        // A program that reads line by line has taken the first line only.
        #expect(try await socket.read(exactly: 8).hasPrefix("220 go\r\n"))
        // What it has taken beyond is its own affair; here the rest is made to arrive after the change.
        try await peer.close()

        let late = try await FaultyServer.start(
            FaultyScript([.awaitBytes(1), .send(Array("250 injected answer\r\n".utf8))]))
        let second = try await TLS.connectPlain(host: "127.0.0.1", port: late.port)
        let error = await #expect(throws: TLSError.self) {
            try await second.upgrade(toServerNamed: "localhost", options: try TLSFixture.client())
        }
        #expect(error?.code == .notTLS)
        #expect(!second.isEncrypted)
        await #expect(throws: TLSError.self) { _ = try await second.read() }
        #expect(second.bytesRead == 0, "nothing of it was given out")
        try await late.close()
    }

    @Test func textThatArrivedUnreadIsNotTakenAsProtected() async throws {
        let outcome = Shared<Result<String, TLSError>?>(nil)
        try await withPlainServer(handler: { socket in
            _ = try await socket.read(exactly: 10)
            // The injected command is here already, unread, when the change begins.
            try await eventually("the injected text has come") { socket.bytesRead >= 10 + 9 }
            do {
                try await socket.upgradeAsServer(context: TLSFixture.serverContext(), handshakeTimeout: .seconds(5))
                let text = try await socket.read(exactly: 9)
                outcome.change { $0 = .success(text) }
            } catch let error as TLSError {
                outcome.change { $0 = .failure(error) }
            }
        }) { _, port in
            let socket = try await TLS.connectPlain(host: "localhost", port: port)
            try await socket.write("STARTTLS\r\n")
            try await eventually("it is read alone") { true }
            try await Task.sleep(for: .milliseconds(20))
            try await socket.write("injected\n")
            try await eventually("the server has decided") { outcome.value != nil }
            guard case .failure(let error)? = outcome.value else {
                return #expect(Bool(false), "taken as protected: \(outcome.value as Any)")
            }
            #expect(error.code == .notTLS)
        }
    }

    /// A client need not wait for the last line before it says hello.
    @Test func aHelloThatComesEarlyIsServed() async throws {
        try await withPlainServer(handler: { socket in
            _ = try await socket.read(exactly: 1)
            try await Task.sleep(for: .milliseconds(50))
            try await socket.upgradeAsServer(context: TLSFixture.serverContext())
            try await echo(socket)
        }) { _, port in
            let socket = try await TLS.connectPlain(host: "localhost", port: port)
            try await socket.write("x")
            try await Task.sleep(for: .milliseconds(20))
            try await socket.upgrade(toServerNamed: "localhost", options: try TLSFixture.client())
            #expect(try await socket.echoes())
        }
    }

    @Test func aRefusedCertificateClosesTheConnection() async throws {
        try await withPlainServer(handler: { socket in
            try await socket.upgradeAsServer(context: TLSFixture.serverContext())
        }) { server, port in
            let socket = try await TLS.connectPlain(host: "localhost", port: port)
            let error = await #expect(throws: TLSError.self) {
                try await socket.upgrade(toServerNamed: "wrong.example", options: try TLSFixture.client())
            }
            #expect(error?.code == .nameMismatch)
            #expect(socket.failure?.code == .nameMismatch)
            #expect(!socket.isEncrypted)
            try await eventually("closed") { server.connectionCount == 0 }
            try await eventually("closed here too") { !socket.channel.isActive }
        }
    }

    @Test func aSilentClientIsGivenUp() async throws {
        let outcome = Shared<TLSError?>(nil)
        try await withPlainServer(handler: { socket in
            do {
                try await socket.upgradeAsServer(
                    context: TLSFixture.serverContext(), handshakeTimeout: .milliseconds(100))
            } catch let error as TLSError {
                outcome.change { $0 = error }
            }
        }) { _, port in
            let socket = try await TLS.connectPlain(host: "localhost", port: port)
            try await eventually("the server gives up") { outcome.value?.code == .handshakeTimeout }
            _ = try? await socket.read()
        }
    }

    @Test func aConnectionThatHasEndedCannotChangeOver() async throws {
        try await withPlainServer(handler: { _ in }) { _, port in
            let socket = try await TLS.connectPlain(host: "localhost", port: port)
            #expect(try await socket.read() == nil)
            await #expect(throws: TLSError.self) {
                try await within(5, "the upgrade fails") {
                    try await socket.upgrade(toServerNamed: "localhost", options: try TLSFixture.client())
                }
            }
        }
    }

    @Test func twoUpgradesAtOnce() async {
        // A promise that is left behind would end the process.
        await #expect(processExitsWith: .success) {
            try await withPlainServer(handler: { socket in
                try await socket.upgradeAsServer(context: TLSFixture.serverContext())
                try await echo(socket)
            }) { _, port in
                let socket = try await TLS.connectPlain(host: "localhost", port: port)
                let options = try TLSFixture.client()
                let attempts = (0..<2).map { _ in
                    Task { try await socket.upgrade(toServerNamed: "localhost", options: options) }
                }
                var succeeded = 0
                for attempt in attempts where (try? await within(10, "an upgrade", { try await attempt.value })) != nil {
                    succeeded += 1
                }
                #expect(succeeded <= 1)
            }
        }
    }

    // MARK: TLS inside TLS

    @Test func tlsInsideTLS() async throws {
        try await withServer(handler: { socket in
            _ = try await socket.read(exactly: 5)
            try await socket.write("ok")
            try await socket.upgradeAsServer(context: TLSFixture.serverContext(["inner.example"]))
            try await echo(socket)
        }) { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            #expect(socket.handshake.serverName == "localhost")
            try await socket.write("inner")
            #expect(try await socket.read(exactly: 2) == "ok")
            try await socket.upgrade(toServerNamed: "inner.example", options: try TLSFixture.client())
            #expect(socket.isEncrypted && socket.isAuthorized)
            #expect(socket.handshake.serverName == "inner.example")
            #expect(try await socket.echoes(String(repeating: "deep ", count: 20_000)))
            try await socket.end()
            #expect(try await socket.read() == nil)
        }
    }

    @Test func aFailureInsideSpeaksOfTheInside() async throws {
        try await withServer(handler: { socket in
            _ = try await socket.read(exactly: 5)
            try await socket.write("ok")
            try await socket.upgradeAsServer(context: TLSFixture.serverContext(["inner.example"]))
        }) { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            try await socket.write("inner")
            #expect(try await socket.read(exactly: 2) == "ok")
            let error = await #expect(throws: TLSError.self) {
                try await socket.upgrade(toServerNamed: "other.example", options: try TLSFixture.client())
            }
            #expect(error?.code == .nameMismatch)
            #expect(socket.handshake.serverName == "other.example")
            #expect(!socket.isAuthorized)
            #expect(!socket.isEncrypted)
        }
    }
}

private func withPlainServer(
    handler: @escaping @Sendable (TLSSocket) async throws -> Void,
    _ body: (TLSServer, Int) async throws -> Void
) async throws {
    try await withServer(
        options: TLSFixture.serverOptions { $0.isEncryptedFromStart = false }, handler: handler, body)
}
