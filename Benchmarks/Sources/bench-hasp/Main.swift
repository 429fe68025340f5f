//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import BenchSupport
import HaspTLS
import NIOCore
import NIOPosix

/// Hasp in the comparison: `--mode socket` (TLSSocket, the way users write servers) or `--mode handler`.
@main
enum Main {
    static func main() async throws {
        let arguments = try ServerArguments(CommandLine.arguments)
        let identity = Identity.files(certificate: arguments.certificate, key: arguments.key)
        // Hasp takes its loops from NIO's shared group unless told otherwise; every server here has one.
        NIOSingletons.groupLoopCountSuggestion = 1
        switch arguments.mode {
        case "socket": try await serveSockets(identity: identity, port: arguments.port)
        case "handler": try await serveHandlers(identity: identity, port: arguments.port)
        default: throw ServerArguments.Usage()
        }
    }
}

// MARK: - Through TLSSocket

private func serveSockets(identity: Identity, port: Int) async throws {
    let server = try TLS.createServer(identity: identity) { socket in
        var scanner = RequestScanner()
        for try await bytes in socket {
            scanner.feed(bytes)
            while let route = try scanner.next() {
                try await answer(route, socket)
            }
        }
    }
    try await server.listen(host: "127.0.0.1", port: port)
    // The driver ends the process; until then it serves.
    try await Task.sleep(for: .seconds(86_400))
}

// Not inlined: an idle connection's task keeps the frames of the functions it waits in, and this one is not among them.
@inline(never)
private func answer(_ route: Route, _ socket: TLSSocket) async throws {
    switch route {
    case .hello: try await socket.write(Reply.hello)
    case .unknown: try await socket.write(Reply.notFound)
    case .big: try await stream(.big, socket)
    case .small: try await stream(.small, socket)
    }
}

private func stream(_ work: Workload, _ socket: TLSSocket) async throws {
    try await socket.write(work.head)
    for _ in 0..<work.writes {
        try await socket.write(work.chunk)
    }
}

// MARK: - At handler level

private func serveHandlers(identity: Identity, port: Int) async throws {
    let context = try SecureContext(identity: identity)
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
        .serverChannelOption(.backlog, value: 4_096)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        .childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(TLSHandler(context: context, role: .server))
                try channel.pipeline.syncOperations.addHandler(ResponderHandler())
            }
        }
        .bind(host: "127.0.0.1", port: port).get()
    try await server.closeFuture.get()
}
