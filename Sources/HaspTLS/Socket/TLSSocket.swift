//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspEngine
public import NIOCore
import Synchronization

/// A connection protected by TLS, read as a sequence of buffers and written with back-pressure.
///
/// ```swift
/// let socket = try await TLS.connect(host: "example.com", port: 443)
/// try await socket.write("GET / HTTP/1.0\r\nHost: example.com\r\n\r\n")
/// for try await bytes in socket { print(String(buffer: bytes), terminator: "") }
/// ```
///
/// The sequence ends when the peer says goodbye (close_notify). If the connection is cut without that, it throws
/// ``TLSError`` with code `truncated` after all bytes were delivered. One task may read and others may write.
///
/// A socket that nobody refers to any more is closed. Counterpart of `tls.TLSSocket`.
public final class TLSSocket: Sendable {
    /// The channel below, for its options and its event loop.
    public let channel: any Channel

    let state: SocketState

    /// Used on the channel's event loop only.
    fileprivate nonisolated(unsafe) let handler: SocketHandler
    private let eventLoop: any EventLoop
    /// Tells waiting reads and writes apart when one is cancelled; 0 stands for those that cannot be.
    private let waitToken = Atomic<UInt64>(0)

    init(channel: any Channel, handler: SocketHandler) {
        self.channel = channel
        self.handler = handler
        self.eventLoop = channel.eventLoop
        self.state = handler.shared
    }

    deinit {
        if !state.isClosed { channel.close(mode: .all, promise: nil) }
    }
}

// MARK: - Facts

extension TLSSocket {
    /// Whether data is protected now: false before the handshake is done, after the connection failed or was closed,
    /// and on a plain connection. (In node:tls `encrypted` is true at all times.)
    public var isEncrypted: Bool { state.isEncrypted }

    /// Whether the peer proved who it is (`authorized`).
    public var isAuthorized: Bool { state.report.isAuthorized }

    /// Why it did not; nil when it did or when nothing was verified (`authorizationError`).
    public var authorizationError: VerificationError? { state.report.authorizationError }

    /// What was offered, agreed and verified, and how long it took. On a plain connection it is empty.
    public var handshake: HandshakeReport { state.report }

    /// The error that ended the connection, if one did.
    public var failure: TLSError? { state.error }

    /// This end's address.
    public var localAddress: SocketAddress? { channel.localAddress }

    /// The peer's address.
    public var remoteAddress: SocketAddress? { channel.remoteAddress }

    /// Bytes of plaintext that arrived (`bytesRead`).
    public var bytesRead: Int { state.bytesRead }

    /// Bytes of plaintext that were written (`bytesWritten`).
    public var bytesWritten: Int { state.bytesWritten }
}

// MARK: - Reading

extension TLSSocket: AsyncSequence {
    /// Bytes as they came: a buffer is no message of the protocol above.
    public typealias Element = ByteBuffer

    /// What has been read by one iterator does not come again from another.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(socket: self) }

    /// Reads one buffer at a time. An iteration that is left may be continued with another.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let socket: TLSSocket

        /// As ``TLSSocket/read()``.
        public mutating func next() async throws -> ByteBuffer? { try await next(isolation: nil) }

        // Waits here and not in a function of its own: a suspended task keeps the frame of each function it is in, and
        // most connections spend their life in this one.
        /// As ``TLSSocket/read()``.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            switch socket.readAtOnce() {
            case .bytes(let buffer): return buffer
            case .end: return nil
            case .failed(let error): throw error
            case .nothing: break
            }
            guard socket.isReadByOwner else { return try await socket.readUnlessCancelled() }
            return try await withUnsafeThrowingContinuation { socket.handler.park($0, token: 0) }
        }
    }

    /// The next bytes of the peer, as they came; nil when it has ended in good order.
    ///
    /// - Throws: ``TLSError``: `truncated` when the connection was cut, `cancelled` when the task was, or what else
    ///   ended the connection.
    public func read() async throws -> ByteBuffer? {
        switch readAtOnce() {
        case .bytes(let buffer): return buffer
        case .end: return nil
        case .failed(let error): throw error
        case .nothing: return try await readUnlessCancelled()
        }
    }

    fileprivate func readAtOnce() -> SocketHandler.Polled { eventLoop.inEventLoop ? handler.poll() : .nothing }

    /// Nobody can cancel the task that a server made for the connection, so it needs no handler for that.
    fileprivate var isReadByOwner: Bool { eventLoop.inEventLoop && handler.isRunByOwner }

    @inline(never)
    fileprivate func readUnlessCancelled() async throws -> ByteBuffer? {
        let token = waitToken.wrappingAdd(1, ordering: .relaxed).newValue
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                onEventLoop { $0.park(continuation, token: token) }
            }
        } onCancel: {
            eventLoop.execute { self.handler.cancelReader(token: token) }
        }
    }

    /// Called by the task that serves the connection, on the event loop.
    func markOwner() { handler.owner = withUnsafeCurrentTask { $0?.hashValue } }
}

// MARK: - Writing

extension TLSSocket {
    /// Sends bytes to the peer. Returns when they are accepted; while the peer does not keep up it waits.
    ///
    /// Small writes that follow each other are joined into one record. They are sent when the task suspends, when
    /// 64 KiB have gathered, or with ``end()``.
    ///
    /// - Throws: ``TLSError`` when the connection has ended, or with code `cancelled` when the task was cancelled while
    ///   it waited; the bytes are on their way then.
    public func write(_ buffer: ByteBuffer) async throws {
        if eventLoop.inEventLoop {
            if try handler.write(buffer) { try await waitUntilWritable(after: nil) }
        } else {
            try await waitUntilWritable(after: buffer)
        }
    }

    private func waitUntilWritable(after buffer: ByteBuffer?) async throws {
        let token = waitToken.wrappingAdd(1, ordering: .relaxed).newValue
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
                onEventLoop { handler in
                    do {
                        if let buffer { _ = try handler.write(buffer) }
                        handler.waitUntilWritable(continuation, token: token)
                    } catch {
                        continuation.resume(throwing: error)
                    }
                }
            }
        } onCancel: {
            eventLoop.execute { self.handler.cancelWriter(token: token) }
        }
    }

    /// Sends a text as UTF-8.
    public func write(_ text: String) async throws { try await write(ByteBuffer(string: text)) }

    /// Sends bytes.
    public func write(_ bytes: some Sequence<UInt8> & Sendable) async throws {
        try await write(ByteBuffer(bytes: bytes))
    }

    /// Says goodbye (close_notify) after all that was written. Reading stays possible until the peer ends too.
    ///
    /// Waits until all of it has left, for as long as the peer keeps us waiting; a task that is cancelled meanwhile
    /// throws ``TLSError`` with code `cancelled`, and the goodbye stays on its way.
    public func end() async throws {
        let promise = eventLoop.makePromise(of: Void.self)
        onEventLoop { $0.end(promise) }
        try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            promise.fail(TLSError(.cancelled, "the task was cancelled", phase: .closing))
        }
    }

    /// Says goodbye after all that was written and closes the connection in both directions.
    public func close() async throws {
        let promise = eventLoop.makePromise(of: Void.self)
        onEventLoop { $0.close(promise) }
        do { try await promise.futureResult.get() } catch ChannelError.alreadyClosed {}
    }

    /// Waits until the connection is closed, by whomever.
    public func waitUntilClosed() async { _ = try? await channel.closeFuture.get() }

    /// ``end()``, then ``close()`` once the peer has ended its side or the time is over. Does not wait; the handler
    /// holds the socket until then, because a socket that goes takes its connection along.
    func closeGently(within limit: TimeAmount) { onEventLoop { $0.closeGently(self, within: limit) } }

    private func onEventLoop(_ body: @escaping @Sendable (SocketHandler) -> Void) {
        if eventLoop.inEventLoop { body(handler) } else { eventLoop.execute { body(self.handler) } }
    }
}

// MARK: - Upgrading

extension TLSSocket {
    /// Starts TLS as a client on this connection, plain so far (STARTTLS) or protected already (TLS inside TLS).
    ///
    /// - Parameters:
    ///   - host: who the server is to prove to be; also sent as SNI unless it is an address.
    ///   - options: as for ``TLS/connect(host:port:options:)``.
    /// - Throws: ``TLSError`` when the handshake fails; the connection is closed then.
    public func upgrade(toServerNamed host: String, options: ClientOptions = ClientOptions()) async throws {
        let names = try options.names(host: host)
        let context = try await SecureContextCache.shared.context(for: options.tls)
        try await upgrade {
            TLSHandler(
                context: context, role: .client, serverName: names.serverName, peerName: names.peerName,
                configuration: options.handlerConfiguration)
        }
    }

    /// Starts TLS as a server on this connection.
    ///
    /// - Parameters:
    ///   - context: identity and preferences.
    ///   - handshakeTimeout: after this time without a finished handshake the connection is closed.
    /// - Throws: ``TLSError`` when the handshake fails; the connection is closed then.
    public func upgradeAsServer(
        context: SecureContext, handshakeTimeout: TimeAmount = .seconds(120)
    ) async throws {
        try await upgrade {
            TLSHandler(
                context: context, role: .server,
                configuration: TLSHandler.Configuration(
                    handshakeTimeout: handshakeTimeout, isHalfClosureAllowed: true))
        }
    }

    private func upgrade(_ make: @escaping @Sendable () -> TLSHandler) async throws {
        let promise = eventLoop.makePromise(of: HandshakeReport.self)
        onEventLoop { $0.upgrade(with: make(), promise: promise) }
        _ = try await promise.futureResult.get()
    }
}
