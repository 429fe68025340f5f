//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspTesting
import Testing

/// `hasp connect` where the server wants to know who the client is.
@Suite(.timeLimit(.minutes(3)))
struct ConnectClientCertificateTests {
    @Test(arguments: ["1.2", "1.3"])
    func refusalWithoutACertificate(version: String) async throws {
        let folder = try CertificateFolder()
        let server = try await PeerServer.openssl(folder, "-www", "-CAfile", folder.caFile, "-Verify", "1")
        let arguments = ["connect", "localhost:\(server.port)", "--ca", folder.caFile, "--max", version]
        // In TLS 1.3 the alert comes after the handshake, whatever standard input does.
        for more in [[], ["--json"]] {
            for isInputOpen in [true, false] {
                let program = try RunningProgram.hasp(arguments + more)
                let result = isInputOpen ? try await program.waitForEnd() : try await program.end()
                #expect(result.status == 2, "\(more): \(result.errors)")
                let text = more.isEmpty ? result.errors : result.text
                expect(text, has: [version == "1.3" ? "clientcert.required-13" : "clientcert.required-12"])
            }
        }
        try await server.stop()
    }

    @Test(arguments: ["1.2", "1.3"])
    func certificateIsShown(version: String) async throws {
        let folder = try CertificateFolder()
        let alice = try folder.client("alice", passphrase: "correct horse")
        let passphrase = try folder.file("passphrase", "correct horse\n")
        let server = try await PeerServer.openssl(folder, "-www", "-CAfile", folder.caFile, "-Verify", "1")
        let result = try await RunningProgram.hasp(
            "connect", "localhost:\(server.port)", "--ca", folder.caFile, "--max", version,
            "--cert", alice.certificateFile, "--key", alice.keyFile, "--passphrase-file", passphrase,
            input: Data("GET / HTTP/1.0\r\n\r\n".utf8))
        #expect(result.status == 0)
        expect(result.errors, has: ["client cert   asked for, sent CN=alice"])
        // `openssl s_server` shows the client's certificate on its page.
        #expect(result.text.contains("CN = alice") || result.text.contains("CN=alice"))
        try await server.stop()
    }

    @Test func certificateOfAnotherAuthorityIsRefused() async throws {
        let folder = try CertificateFolder()
        let mallory = try folder.client("mallory", of: try TestCA(name: "A stranger"))
        let server = try await PeerServer.openssl(
            folder, "-www", "-CAfile", folder.caFile, "-Verify", "1", "-verify_return_error")
        let result = try await RunningProgram.hasp(
            "connect", "localhost:\(server.port)", "--ca", folder.caFile, "--cert", mallory.certificateFile,
            "--key", mallory.keyFile)
        #expect(result.status == 2)
        expect(result.errors, has: ["[clientcert.wrong-ca]", "unknown_ca"])
        try await server.stop()
    }
}
