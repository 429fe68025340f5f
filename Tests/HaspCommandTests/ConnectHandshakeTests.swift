//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import Testing

/// `hasp connect` with servers of other programs that are all right.
@Suite(.timeLimit(.minutes(3)))
struct ConnectHandshakeTests {
    @Test func openSSLServerIsShownAndRead() async throws {
        let folder = try CertificateFolder()
        let server = try await PeerServer.openssl(folder, "-www")
        let result = try await RunningProgram.hasp(
            "connect", "localhost:\(server.port)", "--ca", folder.caFile, "--alpn", "h2,http/1.1",
            input: Data("GET / HTTP/1.0\r\n\r\n".utf8))
        #expect(result.status == 0)
        #expect(result.text.hasPrefix("HTTP/1.0 200 ok"))
        #expect(result.text.contains("TLS_AES_128_GCM_SHA256"))
        expect(
            result.errors,
            has: [
                "version       TLSv1.3", "suite         TLS_AES_128_GCM_SHA256", "key exchange  x25519",
                "signature     ecdsa_secp256r1_sha256", "ALPN          none chosen of h2, http/1.1",
                "SNI           localhost", "verified      yes, as localhost", "CN=localhost · P-256 · 29 days left",
                "for localhost, 127.0.0.1, ::1", "└─ CN=Hasp test CA · not sent by the server", "session       new",
                "finished",
            ])
        #expect(!hasControls(result.errors))
        try await server.stop()
    }

    @Test func optionsReachTheWire() async throws {
        let folder = try CertificateFolder()
        let server = try await PeerServer.openssl(folder, "-www", "-alpn", "http/1.1")
        let result = try await RunningProgram.hasp(
            "connect", "https://127.0.0.1:\(server.port)/path?x", "--ca", folder.caFile, "--max", "1.2",
            "--ciphers", "ECDHE-ECDSA-CHACHA20-POLY1305", "--groups", "P-384,P-256", "--sigalgs",
            "ECDSA+SHA384,ECDSA+SHA256",
            "--alpn", "http/1.1", "--servername", "localhost", input: Data("GET / HTTP/1.0\r\n\r\n".utf8))
        #expect(result.status == 0)
        expect(
            result.errors,
            has: [
                "version       TLSv1.2",
                "suite         TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 (ECDHE-ECDSA-CHACHA20-POLY1305)",
                "key exchange  secp384r1", "signature     ecdsa_secp384r1_sha384", "ALPN          http/1.1",
                "SNI           localhost", "verified      yes, as localhost",
            ])
        try await server.stop()
    }

    @Test func noServerNameIsSentOnRequest() async throws {
        let folder = try CertificateFolder()
        let server = try await PeerServer.openssl(folder, "-www")
        let result = try await RunningProgram.hasp(
            "connect", "localhost:\(server.port)", "--ca", folder.caFile, "--servername", "none")
        #expect(result.status == 0)
        expect(result.errors, has: ["SNI           not sent", "verified      yes, as localhost"])
        try await server.stop()
    }

    @Test func oldVersionsCanBeLookedAt() async throws {
        let folder = try CertificateFolder()
        let server = try await PeerServer.openssl(folder, "-www", "-tls1", "-cipher", "ALL:@SECLEVEL=0")
        let old = try await RunningProgram.hasp(
            "connect", "localhost:\(server.port)", "--ca", folder.caFile, "--min", "1.0", "--max", "1.0")
        #expect(old.status == 0)
        expect(old.errors, has: ["version       TLSv1\n"])
        let new = try await RunningProgram.hasp("connect", "localhost:\(server.port)", "--ca", folder.caFile)
        #expect(new.status == 2)
        try await server.stop()
    }

    @Test func nginxAnswersAndItsPlainPortIsNamed() async throws {
        guard Peer.isInstalled("nginx") else { return }
        let folder = try CertificateFolder()
        let (server, plainPort) = try await PeerServer.nginx(folder)
        let request = Data("GET / HTTP/1.0\r\n\r\n".utf8)
        let good = try await RunningProgram.hasp(
            "connect", "localhost:\(server.port)", "--ca", folder.caFile, input: request)
        #expect(good.status == 0)
        #expect(good.text.hasSuffix("hello from nginx\n"))
        let plain = try await RunningProgram.hasp("connect", "localhost:\(plainPort)", "--ca", folder.caFile)
        #expect(plain.status == 2)
        expect(plain.errors, has: ["[plain.http]", "HTTP/1.1 400 Bad Request"])
        #expect(plain.output.isEmpty)
        try await server.stop()
    }

    @Test func nodeServerEchoesUntilBothSidesAreDone() async throws {
        guard Peer.isInstalled("node") else { return }
        let folder = try CertificateFolder()
        let server = try await PeerServer.node(
            """
            const fs = require('fs'), tls = require('tls');
            const options = { cert: fs.readFileSync(process.env.CERT), key: fs.readFileSync(process.env.KEY),
                              allowHalfOpen: true, ALPNProtocols: ['echo'] };
            const server = tls.createServer(options, socket => {
                socket.on('data', bytes => socket.write(bytes));
                socket.on('end', () => socket.end('the end'));
            });
            server.listen(0, '127.0.0.1', () => console.log('port=' + server.address().port));
            """, ["CERT": folder.certificateFile, "KEY": folder.keyFile])
        let noise = Data.noise(1 << 20, seed: 7)
        let result = try await RunningProgram.hasp(
            "connect", "127.0.0.1:\(server.port)", "--ca", folder.caFile, "--alpn", "echo", input: noise)
        #expect(result.status == 0)
        #expect(result.output == noise + Data("the end".utf8))
        expect(result.errors, has: ["ALPN          echo", "SNI           not sent", "verified      yes, as 127.0.0.1"])
        try await server.stop()
    }

    @Test func factsAsJSON() async throws {
        let folder = try CertificateFolder()
        let server = try await PeerServer.openssl(folder, "-www")
        // Standard input stays open: the command ends all the same.
        let program = try RunningProgram.hasp(["connect", "localhost:\(server.port)", "--ca", folder.caFile, "--json"])
        let result = try await program.waitForEnd()
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        let facts = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
        #expect(facts["version"] as? String == "TLSv1.3")
        #expect(facts["is_authorized"] as? Bool == true)
        #expect(facts["is_encrypted"] as? Bool == true)
        #expect(facts["server_name"] as? String == "localhost")
        #expect((facts["peer_address"] as? String)?.hasSuffix(":\(server.port)") == true)
        let chain = try #require(facts["peer_chain"] as? [[String: Any]])
        #expect(chain.first?["subject"] as? String == "CN=localhost")
        try await server.stop()
    }

    @Test func insecureGoesOnAndSaysWhyItShouldNot() async throws {
        let folder = try CertificateFolder(names: ["elsewhere.example"])
        let server = try await PeerServer.openssl(folder, "-www")
        let result = try await RunningProgram.hasp(
            "connect", "localhost:\(server.port)", "--insecure", input: Data("GET / HTTP/1.0\r\n\r\n".utf8))
        #expect(result.status == 0)
        #expect(result.text.hasPrefix("HTTP/1.0 200 ok"))
        expect(
            result.errors,
            has: [
                "INSECURE", "verified      NO, not as localhost", "unable to get local issuer certificate",
                "hostname mismatch", "for elsewhere.example",
            ])
        let json = try await RunningProgram.hasp("connect", "localhost:\(server.port)", "--insecure", "--json")
        #expect(json.status == 0)
        #expect(json.errors.contains("INSECURE"))
        let facts = try #require(try JSONSerialization.jsonObject(with: json.output) as? [String: Any])
        #expect(facts["is_authorized"] as? Bool == false)
        try await server.stop()
    }

    @Test func japaneseByOptionAndByEnvironment() async throws {
        let folder = try CertificateFolder()
        let server = try await PeerServer.openssl(folder, "-www")
        let arguments = ["connect", "localhost:\(server.port)", "--ca", folder.caFile]
        for (more, environment) in [(["--lang", "ja"], [:]), ([], ["LANG": "ja_JP.UTF-8"])] {
            let result = try await RunningProgram.hasp(arguments + more, environment: environment).end()
            #expect(result.status == 0)
            expect(result.errors, has: ["バージョン", "検証", "成功(localhost)", "サーバーからの送信なし"])
        }
        try await server.stop()
    }
}

/// Expects every one of the texts, and shows the whole where one is missing.
func expect(_ text: String, has parts: [String], sourceLocation: SourceLocation = #_sourceLocation) {
    for part in parts {
        #expect(text.contains(part), "\"\(part)\" is missing in:\n\(text)", sourceLocation: sourceLocation)
    }
}
