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
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
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

    /// Whether a failure means that the system lacks the address family.
    static func lacksFamily(_ error: any Error) -> Bool {
        guard let failed = error as? IOError else { return false }
        return failed.errnoCode == EAFNOSUPPORT || failed.errnoCode == EADDRNOTAVAIL
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
    func failure(_ error: any Error) -> any Error {
        switch error {
        case let failed as IOError: return failure(number: failed.errnoCode)
        case let failed as TLSError where failed.code == .addressInUse: return failure(number: EADDRINUSE)
        case is SocketAddressError, is SocketAddressError.UnknownHost:
            return failure(.nameNotFound, "\(host) has no address: give --host an address of this machine")
        default: return error
        }
    }

    private func failure(number: CInt) -> TLSError {
        switch number {
        case EADDRINUSE:
            failure(.addressInUse, "another program listens there: stop it, or choose another port with --port")
        case EACCES:
            failure(.networkFailure, "this user may not listen on it: choose a port above 1023 with --port")
        case EADDRNOTAVAIL:
            failure(.networkFailure, "this machine has no such address: choose another with --host")
        default:
            failure(.networkFailure, "\(String(cString: strerror(number))): try another --host or --port")
        }
    }

    private func failure(_ code: TLSError.Code, _ detail: String) -> TLSError {
        let place = "\(host.contains(":") ? "[\(host)]" : host):\(port)"
        return TLSError(
            code, "cannot listen on \(place): \(detail)", phase: .configuration, role: .server,
            values: ["address": place, "port": String(port), "host": host])
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
