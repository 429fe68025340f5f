//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Where the server listens, and what it prints when it does.
struct Listening: Sendable {
    var host: String
    var port: Int

    /// The name for a URL: people reach a server that listens everywhere, or on loopback, as `localhost`.
    var urlHost: String {
        switch host {
        case "::", "0.0.0.0", "::1", "127.0.0.1", "localhost": "localhost"
        default: host.contains(":") ? "[\(host)]" : host
        }
    }

    /// The addresses to try in turn: a machine without IPv6 still has all of IPv4.
    var hosts: [String] { host == "::" ? ["::", "0.0.0.0"] : [host] }

    /// Calls the function with each address until one does not fail for want of its family.
    ///
    /// - Throws: what the function throws, in words for people where it is about the address.
    func attempt(_ listen: (_ host: String) async throws -> Void) async throws {
        for host in hosts {
            do {
                return try await listen(host)
            } catch {
                guard Self.known(error).code == .addressNotAvailable, host != hosts.last else { throw failure(error) }
            }
        }
    }

    /// Prints how to try the server, then that it is ready. Scripts wait for the last line.
    func announce(port: Int, scheme: String, trial: String) {
        let line = "listening on \(scheme)://\(urlHost):\(port)"
        _ = OutputFile.standardOutput.write(Array("  \(trial)\n\(line)\n".utf8))
    }

    /// A `curl` line that works from this machine.
    func curl(port: Int, _ credentials: ServerCredentials) -> String {
        var words = ["curl"]
        if let file = credentials.trustFile { words += ["--cacert", Shell.word(Self.absolute(file))] }
        let name = urlHost == "localhost" ? credentials.name : urlHost
        if urlHost == "localhost", name != "localhost" { words += ["--resolve", "\(name):\(port):127.0.0.1"] }
        if credentials.isClientCertificateRequired { words += ["--cert", "CLIENT.pem", "--key", "CLIENT.key"] }
        return (words + ["https://\(name):\(port)/connection"]).joined(separator: " ")
    }

    func sClient(port: Int, _ credentials: ServerCredentials) -> String {
        var words = ["openssl", "s_client", "-connect", "\(urlHost):\(port)"]
        if let file = credentials.trustFile { words += ["-CAfile", Shell.word(Self.absolute(file))] }
        if credentials.isClientCertificateRequired { words += ["-cert", "CLIENT.pem", "-key", "CLIENT.key"] }
        return words.joined(separator: " ")
    }

    /// The error for an address that cannot be listened on, in words that name it and the remedy; others as they are.
    private func failure(_ error: any Error) -> any Error {
        let known = Self.known(error)
        switch known.code {
        case .addressInUse:
            return failure(known, "another program listens there: stop it, or choose another port with --port")
        case .permissionDenied:
            return failure(known, "this user may not listen on it: choose a port above 1023 with --port")
        case .addressNotAvailable:
            return failure(known, "this machine has no such address: choose another with --host")
        case .nameNotFound:
            return failure(known, "\(host) has no address: give --host an address of this machine")
        case .networkFailure where error is IOError:
            return failure(known, "\(known.detail): try another --host or --port")
        case .networkFailure where error is TLSError:
            // The library's sentence names the address already.
            return TLSError(
                known.code, "\(known.detail): try another --host or --port", phase: .configuration, role: .server,
                values: known.values)
        default: return error
        }
    }

    private func failure(_ known: TLSError, _ detail: String) -> TLSError {
        let place = "\(host.contains(":") ? "[\(host)]" : host):\(port)"
        return TLSError(
            known.code, "cannot listen on \(place): \(detail)", phase: .configuration, role: .server,
            values: ["address": place, "port": String(port), "host": host])
    }

    /// The web server throws what NIO does, the library its own errors.
    private static func known(_ error: any Error) -> TLSError {
        NetworkFailure.error(for: error, phase: .configuration, role: .server)
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
