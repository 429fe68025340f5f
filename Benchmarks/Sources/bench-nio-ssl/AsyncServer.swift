//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import BenchSupport
import NIOCore
import NIOPosix
import NIOSSL

/// The TLS handler with an async function behind NIOAsyncChannel, as NIO's documentation recommends it.
struct AsyncServer {
    typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    let context: NIOSSLContext

    func run(port: Int) async throws {
        let context = context
        let server = try await ServerBootstrap.singleLoop()
            .bind(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask { await Self.serve(connection) }
                }
            }
        }
    }

    private static func serve(_ connection: Connection) async {
        do {
            try await connection.executeThenClose { inbound, outbound in
                var scanner = RequestScanner()
                for try await bytes in inbound {
                    scanner.feed(bytes)
                    while let route = try scanner.next() {
                        try await answer(route, outbound)
                    }
                }
            }
        } catch {
            // Load generators drop connections without a goodbye; that is their right and nothing to report.
        }
    }

    private static func answer(_ route: Route, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) async throws {
        switch route {
        case .hello: try await outbound.write(Reply.hello)
        case .unknown: try await outbound.write(Reply.notFound)
        case .big: try await stream(.big, outbound)
        case .small: try await stream(.small, outbound)
        }
    }

    private static func stream(_ work: Workload, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) async throws {
        try await outbound.write(work.head)
        for _ in 0..<work.writes {
            try await outbound.write(work.chunk)
        }
    }
}
