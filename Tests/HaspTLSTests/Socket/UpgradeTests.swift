//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import NIOCore
import NIOPosix
import Testing

/// Connections that begin in the clear and change over to TLS (STARTTLS), and TLS inside TLS.
@Suite(.timeLimit(.minutes(1))) struct UpgradeTests {
    @Test func bothSidesChangeOver() async throws {
        let states = Shared<[Bool]>([])
        try await servingPlain { socket in
            states.append(socket.isEncrypted)
            try await socket.write("220 ready\r\n")
            _ = try await socket.read(exactly: 10)
            try await socket.write("220 go\r\n")
            try await socket.upgradeAsServer(context: TLSFixture.serverContext())
            states.append(socket.isEncrypted)
            try await echo(socket)
        }.run { _, port in
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
        try await servingPlain { socket in
            _ = try await socket.read(exactly: 10)
            try await socket.write("220 go\r\n")
            // The injected command is here already, unread, when the change begins.
            try await eventually("the injected text has come") { socket.bytesRead >= 10 + 9 }
            do {
                try await socket.upgradeAsServer(context: TLSFixture.serverContext(), handshakeTimeout: .seconds(5))
                let text = try await socket.read(exactly: 9)
                outcome.change { $0 = .success(text) }
            } catch let error as TLSError {
                outcome.change { $0 = .failure(error) }
            }
        }.run { _, port in
            let socket = try await TLS.connectPlain(host: "localhost", port: port)
            try await socket.write("STARTTLS\r\n")
            #expect(try await socket.read(exactly: 8) == "220 go\r\n")
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
        try await servingPlain { socket in
            try await eventually("the hello has come") { socket.bytesRead > 100 }
            try await socket.upgradeAsServer(context: TLSFixture.serverContext())
            try await echo(socket)
        }.run { _, port in
            let socket = try await TLS.connectPlain(host: "localhost", port: port)
            try await socket.upgrade(toServerNamed: "localhost", options: try TLSFixture.client())
            #expect(try await socket.echoes())
        }
    }

    @Test func aRefusedCertificateClosesTheConnection() async throws {
        try await servingPlain { socket in
            try await socket.upgradeAsServer(context: TLSFixture.serverContext())
        }.run { server, port in
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
        try await servingPlain { socket in
            do {
                try await socket.upgradeAsServer(
                    context: TLSFixture.serverContext(), handshakeTimeout: .milliseconds(100))
            } catch let error as TLSError {
                outcome.change { $0 = error }
            }
        }.run { _, port in
            let socket = try await TLS.connectPlain(host: "localhost", port: port)
            try await eventually("the server gives up") { outcome.value?.code == .handshakeTimeout }
            _ = try? await socket.read()
        }
    }

    @Test func aConnectionThatHasEndedCannotChangeOver() async throws {
        try await servingPlain { _ in }.run { _, port in
            let socket = try await TLS.connectPlain(host: "localhost", port: port)
            #expect(try await socket.read() == nil)
            await #expect(throws: TLSError.self) {
                try await within(15, "the upgrade fails") {
                    try await socket.upgrade(toServerNamed: "localhost", options: try TLSFixture.client())
                }
            }
        }
    }

    @Test func ofTwoUpgradesAtOnceOneIsRefused() async throws {
        try await servingPlain { socket in
            try await socket.upgradeAsServer(context: TLSFixture.serverContext())
            try await echo(socket)
        }.run { _, port in
            let socket = try await TLS.connectPlain(host: "localhost", port: port)
            let options = try TLSFixture.client()
            let results = Shared<[Result<Void, any Error>]>([])
            let attempts = (0..<2).map { _ in
                Task {
                    results.append(
                        await Task { try await socket.upgrade(toServerNamed: "localhost", options: options) }.result)
                }
            }
            for attempt in attempts { try await within(20, "an upgrade") { await attempt.value } }
            let errors = results.value.compactMap { result -> TLSError? in
                if case .failure(let error) = result { error as? TLSError } else { nil }
            }
            // Which of them is late is not known. One that comes after the other is done is TLS inside TLS, which this
            // server does not speak.
            #expect(errors.count == 1)
        }
    }

    // MARK: TLS inside TLS

    @Test func tlsInsideTLS() async throws {
        try await serving { socket in
            _ = try await socket.read(exactly: 5)
            try await socket.write("ok")
            try await socket.upgradeAsServer(context: TLSFixture.serverContext(["inner.example"]))
            try await echo(socket)
        }.run { _, port in
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
        try await serving { socket in
            _ = try await socket.read(exactly: 5)
            try await socket.write("ok")
            try await socket.upgradeAsServer(context: TLSFixture.serverContext(["inner.example"]))
        }.run { _, port in
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
