//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspTLS
import HaspWire
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// A client that shows the records as they stood on the wire, and that can stop reading.
final class RawTLSClient: Sendable {
    let channel: any Channel
    private let log: Log

    private init(channel: any Channel, log: Log) {
        self.channel = channel
        self.log = log
    }

    /// Connects to loopback and shakes hands.
    static func connect(
        port: Int, receiveBuffer: Int? = nil, context: SecureContext? = nil
    ) async throws -> RawTLSClient {
        let context = try context ?? TLSFixture.clientContext()
        let log = Log()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = TLSHandler(
                        context: context, role: .client, serverName: "localhost", peerName: PeerName("localhost"),
                        configuration: TLSHandler.Configuration(isHalfClosureAllowed: true))
                    try channel.pipeline.syncOperations.addHandlers(WireTap(log), tls, Sink(log))
                }
            }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(receiveBuffer))
        }
        let client = RawTLSClient(channel: try await bootstrap.connect(host: "127.0.0.1", port: port).get(), log: log)
        try await eventually("the handshake is done") { log.isEstablished }
        return client
    }

    var plaintext: [UInt8] { log.plaintext }
    var errors: [TLSError] { log.errors }
    var isInputEnded: Bool { log.isInputEnded }

    /// All records of the server, once it has ended.
    func recordsUntilEnd() async throws -> [Record] {
        try await eventually("the server ends") { log.isInputEnded || !log.errors.isEmpty }
        var parser = RecordParser()
        parser.append(log.wire)
        var records: [Record] = []
        while let record = try parser.next() { records.append(record) }
        channel.close(promise: nil)
        return records
    }

    func setReading(_ isReading: Bool) async throws {
        try await channel.setOption(.autoRead, value: isReading).get()
    }

    fileprivate final class Log: Sendable {
        private struct State {
            var wire: [UInt8] = []
            var plaintext: [UInt8] = []
            var errors: [TLSError] = []
            var isEstablished = false
            var isInputEnded = false
        }

        private let state = Mutex(State())

        var wire: [UInt8] { state.withLock { $0.wire } }
        var plaintext: [UInt8] { state.withLock { $0.plaintext } }
        var errors: [TLSError] { state.withLock { $0.errors } }
        var isEstablished: Bool { state.withLock { $0.isEstablished } }
        var isInputEnded: Bool { state.withLock { $0.isInputEnded } }

        func saw(_ bytes: ByteBuffer) { state.withLock { $0.wire += Array(bytes.readableBytesView) } }
        func read(_ bytes: ByteBuffer) { state.withLock { $0.plaintext += Array(bytes.readableBytesView) } }
        func failed(_ error: TLSError) { state.withLock { $0.errors.append(error) } }
        func established() { state.withLock { $0.isEstablished = true } }
        func ended() { state.withLock { $0.isInputEnded = true } }
    }

    private final class WireTap: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let log: Log
        init(_ log: Log) { self.log = log }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            log.saw(unwrapInboundIn(data))
            context.fireChannelRead(data)
        }
    }

    private final class Sink: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let log: Log
        init(_ log: Log) { self.log = log }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { log.read(unwrapInboundIn(data)) }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            switch event {
            case is TLSHandshakeCompletedEvent: log.established()
            case ChannelEvent.inputClosed: log.ended()
            default: break
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            if let error = error as? TLSError { log.failed(error) }
        }
    }
}
