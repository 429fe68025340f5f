//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import NIOCore
import NIOPosix
import Synchronization

/// One call of `connect`: from the name look-up to the end of the handshake.
final class ConnectAttempt: Sendable {
    /// What a connection needs to start TLS; without it, it stays plain.
    struct Security: Sendable {
        var context: SecureContext
        var serverName: String?
        var peerName: PeerName
        var configuration: TLSHandler.Configuration
    }

    private let eventLoop: any EventLoop
    private let timeout: TimeAmount
    private let deadline: NIODeadline
    private let start: UInt64
    private let values: [String: String]
    private let tls: Security?
    private let result: EventLoopPromise<TLSSocket>
    /// Happy eyeballs opens several channels; one of them wins.
    private let sockets = Mutex<[ObjectIdentifier: EventLoopFuture<TLSSocket>]>([:])
    private let channels = Mutex<[any Channel]>([])

    init(
        eventLoop: any EventLoop, timeout: TimeAmount, start: UInt64, values: [String: String], tls: Security?
    ) {
        self.eventLoop = eventLoop
        self.timeout = timeout
        self.deadline = .now() + timeout
        self.start = start
        self.values = values
        self.tls = tls
        self.result = eventLoop.makePromise(of: TLSSocket.self)
    }

    func run(_ connect: (ClientBootstrap) -> EventLoopFuture<any Channel>) async throws -> TLSSocket {
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(timeout)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.prepare(channel) }
            }
        connect(bootstrap).whenComplete { self.connected($0) }
        return try await socket()
    }

    func run(over channel: any Channel) async throws -> TLSSocket {
        channel.setOption(.allowRemoteHalfClosure, value: true)
            .recover { _ in }
            .flatMapThrowing { try self.prepare(channel) }
            .whenComplete { self.connected($0.map { channel }) }
        return try await socket()
    }

    private func prepare(_ channel: any Channel) throws {
        let promise = channel.eventLoop.makePromise(of: TLSSocket.self)
        sockets.withLock { $0[ObjectIdentifier(channel)] = promise.futureResult }
        channels.withLock { $0.append(channel) }
        let tlsHandler = tls.map { tls in
            TLSHandler(
                context: tls.context, role: .client, serverName: tls.serverName, peerName: tls.peerName,
                configuration: tls.configuration)
        }
        tlsHandler?.setConnectStart(start)
        tlsHandler?.setDeadline(deadline)
        let handler = SocketHandler(shared: SocketState(role: .client, isPlain: tls == nil), tls: tlsHandler)
        handler.delegate = Outcome(promise: promise)
        do {
            try handler.add(to: channel)
        } catch {
            promise.fail(error)
            throw error
        }
    }

    private func connected(_ outcome: Result<any Channel, any Error>) {
        switch outcome {
        case .success(let channel):
            let socket = sockets.withLock { $0[ObjectIdentifier(channel)] }
            socket?.cascade(to: result)
        case .failure(let error): result.fail(error)
        }
    }

    private func socket() async throws -> TLSSocket {
        do {
            return try await withTaskCancellationHandler {
                try await result.futureResult.get()
            } onCancel: {
                result.fail(CancellationError())
                for channel in channels.withLock({ $0 }) { channel.close(mode: .all, promise: nil) }
            }
        } catch {
            throw NetworkFailure.error(for: error, phase: .connecting, role: .client, values: values)
                .with(peerAddress: values["address"], values: values)
        }
    }

    private struct Outcome: SocketHandlerDelegate {
        var promise: EventLoopPromise<TLSSocket>
        let isWaitingForEnd = false

        func socketEstablished(_ socket: TLSSocket, report: HandshakeReport) { promise.succeed(socket) }

        func socketFailed(_ error: TLSError, on state: SocketState) { promise.fail(error) }

        func socketUpgraded(_ socket: TLSSocket, report: HandshakeReport) {}

        func socketClosed(_ channel: any Channel, _ state: SocketState) {}
    }
}
