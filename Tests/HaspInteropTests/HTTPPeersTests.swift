//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspTLS
import HaspTesting
import NIOCore
import Testing

/// A web server and a web client that people really use.
@Suite(.serialized, .timeLimit(.minutes(2))) struct HTTPPeersTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    @Test(arguments: [ProtocolVersion.tls12, .tls13]) func nginx(_ version: ProtocolVersion) async throws {
        guard PeerProgram.isInstalled("nginx") else { return }
        let files = try bench.issue().write(to: bench.path)
        // A Unix socket needs no port that might be taken by somebody else in the meantime.
        let socketPath = bench.file("nginx.sock").path
        let configuration = """
            daemon off; master_process off; pid \(bench.path)/nginx.pid; error_log stderr notice;
            events { worker_connections 64; }
            http {
                access_log off; client_body_temp_path \(bench.path)/body; proxy_temp_path \(bench.path)/proxy;
                fastcgi_temp_path \(bench.path)/fastcgi; uwsgi_temp_path \(bench.path)/uwsgi;
                scgi_temp_path \(bench.path)/scgi;
                server {
                    listen unix:\(socketPath) ssl;
                    ssl_certificate \(files.certificateFile); ssl_certificate_key \(files.keyFile);
                    ssl_protocols \(version);
                    location / { return 200 "$ssl_protocol $ssl_cipher $ssl_server_name\\n"; }
                }
            }
            """
        try Data(configuration.utf8).write(to: bench.file("nginx.conf"))
        let command = FileManager.default.isExecutableFile(atPath: "/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx"
        let peer = try Peer([command, "-p", bench.path, "-c", bench.file("nginx.conf").path, "-e", "stderr"])
        try await peer.waits(for: "[notice]")
        _ = try await peer.find("socket") { _ in FileManager.default.fileExists(atPath: socketPath) ? true : nil }

        let socket = try await TLS.connect(unixPath: socketPath, host: "localhost", options: bench.clientOptions())
        #expect(socket.isAuthorized)
        try await socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        let answer = String(decoding: try await socket.readAll(), as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        let suite = try #require(socket.handshake.cipherSuite.openSSLName)
        #expect(answer.hasSuffix("\(version) \(suite) localhost\n"))
    }

    @Test(arguments: [ProtocolVersion.tls12, .tls13]) func curl(_ version: ProtocolVersion) async throws {
        guard PeerProgram.isInstalled("curl") else { return }
        let server = try await page()
        let number = version == .tls12 ? "1.2" : "1.3"
        let peer = try Peer([
            "curl", "--silent", "--show-error", "--noproxy", "*", "--cacert", bench.caFile, "--tlsv\(number)",
            "--tls-max", number, "--write-out", "[%{http_code} %{ssl_verify_result}]",
            "https://localhost:\(server.port)/",
        ])
        let (status, text) = try await peer.end()
        #expect(status == 0)
        #expect(text == "hello, curl\n[200 0]")
        #expect(try await server.report().version == version)
        #expect(try await server.ending() == nil)
    }

    @Test func curlWithoutTheAuthority() async throws {
        guard PeerProgram.isInstalled("curl") else { return }
        let server = try await page()
        let peer = try Peer([
            "curl", "--silent", "--show-error", "--noproxy", "*", "--tls-max", "1.2",
            "https://localhost:\(server.port)/",
        ])
        let (status, text) = try await peer.end()
        #expect(status == 60, "\(text)")
        let failure = try await server.failure()
        #expect(failure.code == .rejectedByPeer)
        #expect(failure.alert?.isReceived == true)
        #expect(failure.alert?.alert.description == .unknownCA)
    }

    @Test func curlWithoutTLS() async throws {
        guard PeerProgram.isInstalled("curl") else { return }
        let server = try await page()
        let peer = try Peer([
            "curl", "--silent", "--show-error", "--noproxy", "*", "http://localhost:\(server.port)/",
        ])
        #expect(try await peer.end().status != 0)
        let failure = try await server.failure()
        #expect(failure.code == .notTLS)
        #expect(failure.firstBytes?.name.contains("HTTP") == true)
    }

    private func page() async throws -> HaspServer {
        try await HaspServer(
            TLSOptions(identities: [bench.issue().identity], alpnProtocols: ["http/1.1"])
        ) { socket in
            var request = ""
            while !request.contains("\r\n\r\n"), let bytes = try await socket.read() {
                request += String(buffer: bytes)
            }
            #expect(request.hasPrefix("GET / HTTP/1.1\r\n"))
            try await socket.write(
                "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close\r\n\r\nhello, curl\n")
        }
    }
}
