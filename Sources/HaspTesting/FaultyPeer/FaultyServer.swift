//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import NIOCore
import NIOPosix
import Synchronization

/// A server on loopback, on a port chosen by the system, that treats every client as a ``FaultyScript`` says.
///
/// ```swift
/// let server = try await FaultyServer.start(.reset)
/// // … connect to server.host and server.port …
/// try await server.close()
/// ```
public final class FaultyServer: Sendable {
    /// Where it listens: `127.0.0.1`.
    public let host = "127.0.0.1"

    /// The port on which it listens.
    public let port: Int

    private let listener: any Channel
    private let connections: Connections

    private init(listener: any Channel, port: Int, connections: Connections) {
        self.listener = listener
        self.port = port
        self.connections = connections
    }

    /// Begins to listen.
    ///
    /// - Throws: an error of the operating system, as when there is no free port.
    public static func start(_ script: FaultyScript) async throws -> FaultyServer {
        let connections = Connections()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let record = connections.add(channel)
                    let handler = FaultyPeerHandler(role: .server, script: script, record: record)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        guard let port = listener.localAddress?.port else {
            try await listener.close()
            throw ChannelError.unknownLocalAddress
        }
        return FaultyServer(listener: listener, port: port, connections: connections)
    }

    /// How many clients came so far.
    public var connectionCount: Int { connections.records.count }

    /// The first 64 KiB that each client sent, in the order in which the clients came.
    public var received: [[UInt8]] { connections.records.map(\.received) }

    /// Stops listening and closes every connection.
    public func close() async throws {
        try await listener.close()
        for channel in connections.open {
            channel.close(promise: nil)
            try await channel.closeFuture.get()
        }
    }
}

extension FaultyServer {
    private final class Connections: Sendable {
        private struct State {
            var records: [FaultyRecord] = []
            var open: [ObjectIdentifier: any Channel] = [:]
        }

        private let state = Mutex(State())

        var records: [FaultyRecord] { state.withLock { $0.records } }

        var open: [any Channel] { state.withLock { Array($0.open.values) } }

        func add(_ channel: any Channel) -> FaultyRecord {
            let record = FaultyRecord()
            let id = ObjectIdentifier(channel)
            state.withLock {
                $0.records.append(record)
                $0.open[id] = channel
            }
            channel.closeFuture.whenComplete { [self] _ in state.withLock { _ = $0.open.removeValue(forKey: id) } }
            return record
        }
    }
}
