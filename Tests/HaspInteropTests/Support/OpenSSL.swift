//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspTLS

/// The command line of OpenSSL: its arguments and what it prints.
enum OpenSSL {
    /// A client that sends what it is fed and prints what comes back.
    static func client(_ order: PeerOrder) -> [String] {
        var arguments = ["s_client", "-connect", "127.0.0.1:\(order.port)", "-nocommands", "-verify_return_error"]
        arguments += ["-servername", order.serverName, "-verify_hostname", order.serverName]
        if let ca = order.ca { arguments += ["-CAfile", ca] }
        return arguments + common(order)
    }

    /// A server that sends each line back reversed.
    static func reversingServer(_ order: PeerOrder) -> [String] { server(order) + ["-rev"] }

    /// A server that prints what comes and sends what it is fed.
    static func server(_ order: PeerOrder) -> [String] {
        var arguments = ["s_server", "-accept", "127.0.0.1:0"]
        if let ca = order.ca { arguments += ["-CAfile", ca] }
        if order.isClientCertificateRequired { arguments += ["-Verify", "5", "-verify_return_error"] }
        return arguments + common(order)
    }

    private static func common(_ order: PeerOrder) -> [String] {
        var arguments = [order.version == .tls12 ? "-tls1_2" : "-tls1_3"]
        if let certificate = order.certificate { arguments += ["-cert", certificate, "-cert_chain", certificate] }
        if let key = order.key { arguments += ["-key", key] }
        if !order.alpn.isEmpty { arguments += ["-alpn", order.alpn.joined(separator: ",")] }
        return arguments
    }

    /// Waits until a server listens.
    static func port(of peer: Peer) async throws -> Int {
        try await peer.find("port") { text in
            text.firstMatch(of: #/ACCEPT 127\.0\.0\.1:(\d+)\n/#).flatMap { Int($0.1) }
        }
    }

    /// The same for a server whose output goes into a file.
    static func port(inFile file: URL) async throws -> Int {
        let end = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < end {
            let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
            if let found = text.firstMatch(of: #/ACCEPT 127\.0\.0\.1:(\d+)\n/#), let port = Int(found.1) { return port }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw Unmet("openssl does not listen")
    }

    /// Waits until a client or a reversing server has shaken hands.
    static func facts(of peer: Peer) async throws -> PeerFacts {
        try await peer.find("handshake") { text in
            if let line = text.firstMatch(of: #/(?:New|Reused), (TLSv[0-9.]+), Cipher is (\S+)\n/#),
                text.contains("Verify return code: ")
            {
                return PeerFacts(
                    version: String(line.1), cipher: CipherSuite(openSSLName: String(line.2)),
                    group: text.firstMatch(of: #/Server Temp Key: (?:ECDH, )?([^,\n]+)/#).map { String($0.1) },
                    alpn: text.firstMatch(of: #/ALPN protocol: (\S+)/#).map { String($0.1) },
                    subject: text.firstMatch(of: #/\nsubject=(?:.*)CN = ([^,\n]+)/#).map { String($0.1) })
            }
            if let version = text.firstMatch(of: #/Protocol version: (\S+)\n/#),
                let cipher = text.firstMatch(of: #/Ciphersuite: (\S+)\n/#)
            {
                return PeerFacts(version: String(version.1), cipher: CipherSuite(openSSLName: String(cipher.1)))
            }
            return nil
        }
    }

    /// Runs a command to its end.
    static func run(_ arguments: [String]) async throws -> (status: Int32, text: String) {
        let peer = try Peer(["openssl"] + arguments)
        peer.closeInput()
        return try await peer.end()
    }
}
