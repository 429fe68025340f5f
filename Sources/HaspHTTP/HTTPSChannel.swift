//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HummingbirdCore
import Logging
import NIOCore

/// Puts TLS below another child channel of Hummingbird.
struct HTTPSChannel<Base: ServerChildChannel>: ServerChildChannel {
    /// What a connection is made of after its set-up.
    struct Value: ServerChildChannelValue {
        var base: Base.Value
        var connection: SecureConnection
        var channel: any Channel { base.channel }
    }

    private let base: Base
    private let contexts: ServerContexts
    private let options: HTTPSOptions
    private let slots: ConnectionSlots?
    private let metrics = TLSMetrics(role: .server)

    init(_ base: Base, contexts: ServerContexts, options: HTTPSOptions) {
        self.base = base
        self.contexts = contexts
        self.options = options
        self.slots = options.maximumConnections.map(ConnectionSlots.init)
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        if let slots {
            guard slots.take() else { return refuse(channel, logger) }
            channel.closeFuture.whenComplete { _ in slots.giveBack() }
        }
        let connection = SecureConnection(remoteAddress: channel.remoteAddress, localAddress: channel.localAddress)
        return channel.eventLoop.makeCompletedFuture {
            let (context, chooser) = contexts.current(for: channel.remoteAddress, choose: options.chooseContext)
            let tls = TLSHandler(
                context: context, role: .server, chooser: chooser,
                configuration: TLSHandler.Configuration(
                    handshakeTimeout: options.handshakeTimeout,
                    // A client may end its side after the request and still read the response.
                    isHalfClosureAllowed: true))
            let watcher = HTTPSConnectionHandler(
                connection: connection, tls: tls, options: options, metrics: metrics, logger: logger)
            try channel.pipeline.syncOperations.addHandlers(tls, watcher)
        }.flatMap {
            base.setup(channel: channel, logger: logger)
        }.map { Value(base: $0, connection: connection) }
    }

    /// No byte is exchanged with it.
    private func refuse(_ channel: any Channel, _ logger: Logger) -> EventLoopFuture<Value> {
        let remoteAddress = channel.remoteAddress
        let error = TLSError(
            .connectionLimit, "\(options.maximumConnections ?? 0) connections are open already", phase: .connecting,
            role: .server
        ).with(peerAddress: remoteAddress.map(AddressText.init))
        channel.close(mode: .all, promise: nil)
        metrics.handshakeFailed(error)
        logger.debug("connection refused", metadata: ["error": "\(error.summary)"])
        options.onHandshakeFailure?(
            .of(error, remoteAddress: remoteAddress, report: HandshakeReport(role: .server)))
        return channel.eventLoop.makeFailedFuture(error)
    }

    func handle(value: Value, logger: Logger) async {
        await SecureConnection.$current.withValue(value.connection) {
            await base.handle(value: value.base, logger: logger)
        }
    }
}
