//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspHTTP
import HaspTLS
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// The HTTPS server behind `hasp serve`.
struct WebServer {
    let context: SecureContext

    /// Serves until SIGTERM or SIGINT, then lets requests finish.
    ///
    /// - Throws: ``TLSError`` when it cannot listen.
    func run(_ listening: Listening, _ credentials: ServerCredentials) async throws {
        try await listening.attempt { try await serve($0, listening, credentials) }
    }

    private func serve(_ host: String, _ listening: Listening, _ credentials: ServerCredentials) async throws {
        let log = HandshakeLog()
        let lines = HandshakeLines()
        var options = HTTPSOptions()
        options.onHandshake = { connection in
            let peer = connection.remoteAddress.map(AddressText.of) ?? "?"
            log.completed(connection.handshake, peer: peer)
            lines.completed(connection.handshake, peer: peer)
        }
        options.onHandshakeFailure = { failure in
            log.failed(failure.error, report: failure.report, peer: failure.remoteAddress.map(AddressText.of) ?? "?")
            lines.failed(failure.error)
        }
        let application = Application(
            responder: Site(log: log),
            server: .hasp(context: context, options: options),
            configuration: ApplicationConfiguration(address: .hostname(host, port: listening.port)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? listening.port
                listening.announce(port: port, scheme: "https", trial: listening.curl(port: port, credentials))
            },
            logger: ServeLog.quiet)
        try await ServeLog.run(application)
        await lines.finish()
    }
}

/// Greets each client and sends back what it says: the smallest server that shows both directions.
struct EchoServer {
    let context: SecureContext

    /// Serves until SIGTERM or SIGINT, then lets connections come to their end.
    ///
    /// - Throws: ``TLSError`` when it cannot listen.
    func run(_ listening: Listening, _ credentials: ServerCredentials) async throws {
        let lines = HandshakeLines()
        let server = TLS.createServer(context: context) { socket in
            try await socket.write("welcome!\n")
            for try await bytes in socket { try await socket.write(bytes) }
        }
        server.onSecureConnection { socket in
            lines.completed(socket.handshake, peer: socket.remoteAddress.map(AddressText.of) ?? "?")
        }
        server.onHandshakeFailure { lines.failed($0.error) }
        try await listening.attempt { try await server.listen(host: $0, port: listening.port) }
        let port = server.localAddress?.port ?? listening.port
        listening.announce(port: port, scheme: "tls", trial: listening.sClient(port: port, credentials))
        try await ServeLog.run(server)
        await lines.finish()
    }
}

/// What servers have in common.
enum ServeLog {
    /// The page and the lines on standard error say what there is to say.
    static let quiet = Logger(label: "hasp.serve") { _ in SwiftLogNoOpLogHandler() }

    /// Runs a service until SIGTERM or Ctrl-C, then lets it come to its end.
    static func run(_ service: any Service) async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
        try await group.run()
    }
}
