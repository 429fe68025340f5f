//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspEngine
import HaspTesting
import HaspWire
import Testing

/// What `hasp connect` says, and with what it ends, when there is nothing to talk to.
@Suite(.timeLimit(.minutes(3)))
struct ConnectFailureTests {
    // MARK: No connection

    @Test func closedPort() async throws {
        let port = try FreePort.find()
        let result = try await RunningProgram.hasp("connect", "127.0.0.1:\(port)")
        #expect(result.status == 4)
        expect(result.errors, has: ["Nothing listens at 127.0.0.1:\(port)", "[net.refused]", "\n  why ", "\n  fix "])
        #expect(result.output.isEmpty)
    }

    @Test func unknownName() async throws {
        let result = try await RunningProgram.hasp("connect", "x.invalid:443")
        #expect(result.status == 4)
        expect(result.errors, has: ["No address found for x.invalid", "[net.dns]"])
    }

    // MARK: No TLS

    @Test(arguments: [
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "plain.http"), ("SSH-2.0-OpenSSH_9.6\r\n", "plain.ssh-or-other"),
        ("220 mail.example.com ESMTP\r\n", "plain.starttls"), ("\u{7}\u{1B}]0;owned\u{7}\u{1B}[31m\r\n", "garbage"),
    ])
    func otherProtocols(banner: String, fault: String) async throws {
        let server = try await FaultyServer.start(FaultyScript([.send(Array(banner.utf8)), .endOutput]))
        let result = try await RunningProgram.hasp("connect", "127.0.0.1:\(server.port)")
        #expect(result.status == 2)
        expect(result.errors, has: ["[\(fault)]"])
        #expect(!hasControls(result.errors), "what the server sent must not drive a terminal")
        try await server.close()
    }

    @Test func silentServer() async throws {
        let server = try await FaultyServer.start(.silent)
        let result = try await RunningProgram.hasp("connect", "127.0.0.1:\(server.port)", "--timeout", "0.5")
        #expect(result.status == 2)
        expect(result.errors, has: ["[net.half-open]"])
        try await server.close()
    }

    @Test func serverThatClosesOrResets() async throws {
        for (script, fault) in [(FaultyScript.close, "tls.close-on-hello"), (.reset, "tls.reset-on-hello")] {
            let server = try await FaultyServer.start(script)
            let result = try await RunningProgram.hasp("connect", "127.0.0.1:\(server.port)")
            #expect(result.status == 2)
            expect(result.errors, has: ["[\(fault)]"])
            try await server.close()
        }
    }

    @Test func alertOfTheServer() async throws {
        let server = try await FaultyServer.start(.alert(.handshakeFailure))
        let result = try await RunningProgram.hasp("connect", "127.0.0.1:\(server.port)", "--json")
        #expect(result.status == 2)
        #expect(result.errors.isEmpty)
        let error = try failure(in: result)
        let alert = try #require(error["alert"] as? [String: Any])
        #expect(alert["number"] as? Int == 40)
        #expect(alert["received"] as? Bool == true)
        #expect(error["code"] as? String == "rejectedByPeer")
        #expect((error["openssl"] as? [String])?.isEmpty == false)
        for key in ["fault", "title", "why", "fix", "node_code", "summary"] {
            #expect((error[key] as? String)?.isEmpty == false, "\(key)")
        }
        try await server.close()
    }

    // MARK: Certificates

    @Test func untrustedExpiredAndForAnotherName() async throws {
        let cases: [(folder: CertificateFolder, isTrusted: Bool, fault: String)] = [
            (try CertificateFolder(), false, "cert.private-ca"),
            (try CertificateFolder(validity: .expired), true, "cert.expired"),
            (try CertificateFolder(names: ["elsewhere.example"]), true, "cert.hostname"),
        ]
        for (folder, isTrusted, fault) in cases {
            let server = try await PeerServer.openssl(folder, "-www")
            let ca = isTrusted ? ["--ca", folder.caFile] : []
            let result = try await RunningProgram.hasp(
                ["connect", "localhost:\(server.port)"] + ca
            ).end()
            #expect(result.status == 2)
            expect(result.errors, has: ["[\(fault)]"])
            #expect(result.output.isEmpty)
            let japanese = try await RunningProgram.hasp(
                ["connect", "localhost:\(server.port)", "--json", "--lang", "ja"] + ca
            ).end()
            #expect(japanese.status == 2)
            let error = try failure(in: japanese)
            #expect(error["fault"] as? String == fault)
            #expect((error["fix"] as? String)?.contains("。") == true)
            try await server.stop()
        }
    }

    // MARK: Wrong use

    @Test func filesAndValuesThatCannotBeUsed() async throws {
        let folder = try CertificateFolder()
        let other = try CertificateFolder()
        let rubbish = try folder.file("rubbish.pem", "this is no PEM\n")
        let locked = try folder.client("locked", passphrase: "correct horse")
        let cases: [(arguments: [String], words: [String])] = [
            (["--ca", "\(folder.path)/missing.pem"], ["missing.pem", "No such file", "[config.file-missing]"]),
            (["--ca", rubbish], ["rubbish.pem", "[config.pem-unreadable]"]),
            (["--cert", folder.certificateFile, "--key", other.keyFile], [other.keyFile, "[cert.key-mismatch]"]),
            (["--cert", "\(folder.path)/missing.pem", "--key", folder.keyFile], ["missing.pem", "No such file"]),
            (
                ["--cert", locked.certificateFile, "--key", locked.keyFile],
                [locked.keyFile, "[config.key-passphrase]"]
            ),
            (["--cert", folder.certificateFile, "--passphrase-file", "/missing"], ["/missing", "No such file"]),
            (["--key", folder.keyFile], ["--key needs --cert"]),
            (["--ciphers", "NONSENSE"], ["NONSENSE", "[config.cipher-string]"]),
            (["--groups", "P-257"], ["P-257"]),
            (["--sigalgs", "ROT13"], ["ROT13"]),
            (["--policy", "perfect"], ["perfect", "mozilla-modern"]),
            (["--min", "1.3", "--max", "1.2"], ["TLSv1.3", "TLSv1.2"]),
            (["--min", "2"], ["--min"]),
            (["--timeout", "0"], ["--timeout"]),
            (["--starttls", "gopher"], ["--starttls"]),
            (["--servername", "a b"], ["a b"]),
        ]
        // Nobody listens there: the options are looked at before anybody is called.
        let target = "127.0.0.1:\(try FreePort.find())"
        for (arguments, words) in cases {
            let result = try await RunningProgram.hasp(["connect", target] + arguments).end()
            #expect(result.status == 64, "\(arguments): \(result.errors)")
            expect(result.errors, has: words)
            #expect(!result.errors.contains("net.refused"))
        }
    }

    @Test(arguments: ["localhost:0", "localhost:65536", "localhost:x", "", "http://localhost", "a b", "[::1"])
    func targetsThatAreNone(target: String) async throws {
        let result = try await RunningProgram.hasp("connect", target)
        #expect(result.status == 64)
        #expect(result.errors.hasPrefix("Error: "))
    }

    private func failure(in result: RunningProgram.Result) throws -> [String: Any] {
        let document = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
        let error = try #require(document["error"] as? [String: Any])
        #expect(error["exit_status"] as? Int == Int(result.status))
        return error
    }
}
