//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspTLS
import HaspTesting
import Testing

/// `hasp connect --starttls`.
@Suite(.timeLimit(.minutes(3)))
struct ConnectStartTLSTests {
    /// Agrees to TLS, changes over and says hello.
    private func server(_ peer: StartTLSPeer, _ fault: StartTLSPeer.Fault? = nil) async throws -> OwnServer {
        let folder = try CertificateFolder()
        let context = try SecureContext(
            identity: .files(certificate: folder.certificateFile, key: folder.keyFile))
        return try await OwnServer.start(isEncryptedFromStart: false, folder: folder) { socket in
            try await peer.agree(socket, fault)
            guard fault == nil else { return }
            try await socket.upgradeAsServer(context: context)
            try await socket.write("protected \(peer.rawValue)\n")
            for try await bytes in socket { try await socket.write(bytes) }
        }
    }

    @Test(arguments: StartTLSPeer.allCases)
    func changesOver(peer: StartTLSPeer) async throws {
        let own = try await server(peer)
        let result = try await RunningProgram.hasp(
            "connect", own.target, "--ca", own.folder.caFile, "--starttls", peer.rawValue, input: Data("ping\n".utf8))
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "protected \(peer.rawValue)\nping\n")
        expect(
            result.errors, has: ["version       TLSv1.3", "SNI           localhost", "verified      yes, as localhost"])
        await own.stop()
    }

    /// That the servers above are what they claim is shown by a client that was not written here.
    @Test(arguments: StartTLSPeer.allCases)
    func peersOfTheTestsSatisfyOpenSSL(peer: StartTLSPeer) async throws {
        let own = try await server(peer)
        let client = try RunningProgram.program(
            "openssl",
            [
                "s_client", "-connect", "127.0.0.1:\(own.port)", "-starttls", peer.rawValue, "-CAfile",
                own.folder.caFile, "-verify_return_error", "-brief",
            ])
        try await client.waitForOutput("protected \(peer.rawValue)")
        _ = try await client.end()
        await own.stop()
    }

    @Test(arguments: StartTLSPeer.allCases, [StartTLSPeer.Fault.refusing, .injecting])
    func serversThatRefuseOrSlipSomethingIn(peer: StartTLSPeer, fault: StartTLSPeer.Fault) async throws {
        let own = try await server(peer, fault)
        let result = try await RunningProgram.hasp(
            "connect", own.target, "--ca", own.folder.caFile, "--starttls", peer.rawValue, input: Data("secret".utf8))
        #expect(result.status == 2, "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(!result.errors.contains("verified"))
        #expect(!hasControls(result.errors))
        if fault == .refusing { expect(result.errors, has: ["TLS", "\n  fix "]) }
        await own.stop()
    }

    @Test func refusalNamesTheReply() async throws {
        let own = try await server(.pop3, .refusing)
        let english = try await RunningProgram.hasp("connect", own.target, "--starttls", "pop3")
        expect(english.errors, has: ["The POP3 server refused to begin TLS", "\"-ERR not here\""])
        let japanese = try await RunningProgram.hasp(
            "connect", own.target, "--starttls", "pop3", "--json", "--lang", "ja")
        #expect(japanese.status == 2)
        expect(japanese.text, has: ["startTLSRefused", "-ERR not here", "証明書と鍵を設定"])
        await own.stop()
    }

    @Test func serverThatClosesBeforeItsConsent() async throws {
        let own = try await server(.smtp, .closing)
        let result = try await RunningProgram.hasp("connect", own.target, "--starttls", "smtp")
        #expect(result.status == 2)
        expect(result.errors, has: ["closed the connection before TLS began"])
        await own.stop()
    }

    @Test(arguments: ["smtp", "imap", "ftp", "pop3", "mysql"])
    func serverThatSpeaksTLSFromTheStart(name: String) async throws {
        let server = try await FaultyServer.start(.silent)
        let result = try await RunningProgram.hasp(
            "connect", "127.0.0.1:\(server.port)", "--starttls", name, "--timeout", "0.5")
        #expect(result.status == 2)
        expect(result.errors, has: ["did not say a word", "without --starttls"])
        try await server.close()
    }

    @Test(arguments: StartTLSPeer.allCases)
    func otherProtocolIsNamed(peer: StartTLSPeer) async throws {
        let server = try await FaultyServer.start(FaultyScript([.send(Array("SSH-2.0-OpenSSH_9.6\r\n".utf8))]))
        let result = try await RunningProgram.hasp(
            "connect", "127.0.0.1:\(server.port)", "--starttls", peer.rawValue)
        #expect(result.status == 2)
        expect(result.errors, has: ["it sent an SSH identification", "SSH-2.0-OpenSSH_9.6"])
        try await server.close()
    }

    @Test func endlessLinesAndEndlessRepliesAreCutOff() async throws {
        let line = [UInt8](repeating: 0x61, count: 1 << 20)
        let reply = Array(String(repeating: "220-and so on\r\n", count: 100_000).utf8)
        for bytes in [Array("220 ".utf8) + line, reply] {
            let server = try await FaultyServer.start(FaultyScript([.send(bytes)]))
            let result = try await RunningProgram.hasp("connect", "127.0.0.1:\(server.port)", "--starttls", "smtp")
            #expect(result.status == 2)
            expect(result.errors, has: ["before TLS began"])
            try await server.close()
        }
    }

    @Test func closedPortIsNoConnection() async throws {
        let result = try await RunningProgram.hasp("connect", "127.0.0.1:\(try FreePort.find())", "--starttls", "imap")
        #expect(result.status == 4)
    }
}
