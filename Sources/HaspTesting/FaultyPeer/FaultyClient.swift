//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import NIOCore
import NIOPosix

/// A client that attacks a server as a ``FaultyScript`` says.
///
/// ```swift
/// let client = try await FaultyClient.connect(host: "127.0.0.1", port: port, .httpGet)
/// let ending = try await client.ended()
/// ```
public final class FaultyClient: Sendable {
    private let channel: any Channel
    private let record: FaultyRecord

    private init(channel: any Channel, record: FaultyRecord) {
        self.channel = channel
        self.record = record
    }

    /// Connects and begins with the script.
    ///
    /// - Throws: an error of the operating system, as when nobody listens there.
    public static func connect(
        host: String = "127.0.0.1", port: Int, _ script: FaultyScript
    ) async throws -> FaultyClient {
        let record = FaultyRecord()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = FaultyPeerHandler(role: .client, script: script, record: record)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .connect(host: host, port: port)
            .get()
        return FaultyClient(channel: channel, record: record)
    }

    /// The first 64 KiB that the server sent so far.
    public var received: [UInt8] { record.received }

    /// Waits until the connection is closed, by whichever side. A script that has come to its end closes when the
    /// server does.
    ///
    /// - Returns: whether the server reset it.
    public func ended() async throws -> FaultyEnding {
        try await channel.closeFuture.get()
        return record.ending
    }

    /// Closes the connection.
    public func close() async throws {
        channel.close(promise: nil)
        try await channel.closeFuture.get()
    }
}
