//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspEngine
import HaspWire
import Logging
public import NIOCore
public import NIOPosix
public import ServiceLifecycle
import Synchronization

/// Accepts connections, shakes hands and runs an async function for each of them on its event loop.
///
/// ```swift
/// let server = try TLS.createServer(identity: .files(certificate: "fullchain.pem", key: "key.pem")) { socket in
///     for try await bytes in socket { try await socket.write(bytes) }
/// }
/// try await server.listen(host: "::", port: 8443)
/// ```
///
/// As a swift-service-lifecycle `Service` it drains when a graceful shutdown begins. Counterpart of `tls.Server`.
public final class TLSServer: Sendable {
    let options: ServerOptions
    private let handler: @Sendable (TLSSocket) async throws -> Void
    private let group: any EventLoopGroup
    private let metrics = TLSMetrics(role: .server)
    private let contexts: ServerContexts
    private let listeners = Mutex(Listeners())
    private let connections = ServerConnections()
    private let failureObservers = Mutex<[@Sendable (HandshakeFailure) -> Void]>([])
    private let successObservers = Mutex<[@Sendable (TLSSocket) -> Void]>([])
    private let address: ServerAddress?

    private struct Listeners {
        var open: [any Channel] = []
        /// How often the server was closed: a listener that comes into being during a closing must go at once.
        var closings = 0
    }

    /// Where ``run()`` listens.
    public struct ServerAddress: Sendable, Hashable {
        /// An address or a name; `::` means all addresses of both families.
        public var host: String
        /// 0 to 65535; 0 lets the system choose.
        public var port: Int

        /// Nothing is checked or looked up before the server listens.
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// - Parameters:
    ///   - context: identity and preferences for clients without SNI or with a name nobody added.
    ///   - options: limits, times and hooks.
    ///   - address: where to listen when the server is run as a service.
    ///   - group: the event loops that serve the connections.
    ///   - handler: serves one connection; the connection ends when it returns or throws.
    public init(
        context: SecureContext, options: ServerOptions = ServerOptions(), address: ServerAddress? = nil,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        handler: @escaping @Sendable (TLSSocket) async throws -> Void
    ) {
        self.contexts = ServerContexts(context)
        self.options = options
        self.address = address
        self.group = group
        self.handler = handler
    }

    /// How many connections are open, those that still shake hands among them.
    public var connectionCount: Int { connections.count }

    /// The address of the first listener; its port is the one the system chose when 0 was asked for.
    public var localAddress: SocketAddress? { listeners.withLock { $0.open.first?.localAddress } }

    /// Calls the function for each handshake that fails. It runs on an event loop and must not block.
    /// (`tlsClientError`)
    public func onHandshakeFailure(_ body: @escaping @Sendable (HandshakeFailure) -> Void) {
        failureObservers.withLock { $0.append(body) }
    }

    /// Calls the function for each handshake that succeeds, before the connection's own handler. It runs on an event
    /// loop and must not block. (`secureConnection`)
    public func onSecureConnection(_ body: @escaping @Sendable (TLSSocket) -> Void) {
        successObservers.withLock { $0.append(body) }
    }
}

// MARK: - Contexts

extension TLSServer {
    /// Uses a context for clients that ask for a name. A `*` stands for zero or more characters other than a dot; the
    /// newest match wins; upper and lower case are the same. Adding a name again replaces its context.
    ///
    /// - Throws: ``TLSError`` with code `nameInvalid` for a name that no client could ask for.
    public func addContext(_ name: String, _ context: SecureContext) throws(TLSError) {
        try contexts.addContext(name, context)
    }

    /// Forgets a name that was added. (Not possible in node:tls.)
    ///
    /// - Returns: whether the name was there.
    @discardableResult
    public func removeContext(_ name: String) -> Bool { contexts.removeContext(name) }

    /// Serves connections that are accepted from now on with another context, as after a renewal of the certificate.
    /// Open connections and added names stay as they are. (`setSecureContext`)
    public func setSecureContext(_ context: SecureContext) { contexts.setSecureContext(context) }
}

// MARK: - Listening

extension TLSServer {
    /// Listens on a port; 0 lets the system choose one. May be called several times.
    ///
    /// - Parameters:
    ///   - host: an address or a name; `::` means all addresses of both families.
    /// - Throws: ``TLSError`` with code `addressInUse` and the like.
    public func listen(host: String = "::", port: Int) async throws {
        guard (0...65_535).contains(port) else {
            throw TLSError(
                .optionInvalid, "port \(port) does not lie between 0 and 65535", phase: .configuration, role: .server)
        }
        try await listen(at: "\(host):\(port)", port: port) {
            try await $0.bind(host: AddressText.bare(host), port: port).get()
        }
    }

    /// Listens on a Unix socket. The path must be free.
    public func listen(unixPath path: String) async throws {
        try await listen(at: path, port: nil) { try await $0.bind(unixDomainSocketPath: path).get() }
    }

    /// Stops accepting, waits for the open connections at most ``ServerOptions/drainTimeout``, then closes them.
    public func close() async {
        let open = listeners.withLock { listeners in
            defer { listeners = Listeners(closings: listeners.closings + 1) }
            return listeners.open
        }
        for listener in open { try? await listener.close() }
        await connections.drain(within: options.drainTimeout, on: group.any())
    }

    /// Each channel keeps its last receive buffer while it is idle. 1 KiB holds most ClientHellos and requests; what
    /// needs more makes it grow.
    private static let receiveBuffers = AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 1024, maximum: 65_536)

    private func listen(
        at place: String, port: Int?, _ bind: (ServerBootstrap) async throws -> any Channel
    ) async throws {
        try options.validate()
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Int32(clamping: options.backlog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.prepare(channel) }
            }
        let closings = listeners.withLock { $0.closings }
        do {
            let channel = try await bind(bootstrap)
            let isWanted = listeners.withLock { listeners in
                guard listeners.closings == closings else { return false }
                listeners.open.append(channel)
                return true
            }
            guard isWanted else {
                try? await channel.close()
                throw TLSError(.closed, "the server was closed meanwhile", phase: .configuration, role: .server)
            }
            options.logger.debug("listening", metadata: ["address": "\(place)"])
        } catch {
            let failure = NetworkFailure.error(
                for: error, phase: .configuration, role: .server,
                values: ["address": place, "port": port.map(String.init) ?? place])
            throw failure.with(
                peerAddress: nil, values: ["address": place, "port": port.map(String.init) ?? place]
            ).prefixed("cannot listen on \(place)")
        }
    }
}

extension TLSServer: Service {
    /// Listens where the server was told to, unless it does already, until a graceful shutdown or cancellation; then
    /// drains.
    public func run() async throws {
        if listeners.withLock({ $0.open.isEmpty }) {
            guard let address else {
                throw TLSError(
                    .optionInvalid, "the server has no address: call listen first, or give one to init",
                    phase: .configuration, role: .server)
            }
            try await listen(host: address.host, port: address.port)
        }
        try? await gracefulShutdown()
        await close()
    }
}

// MARK: - Connections

extension TLSServer {
    private func prepare(_ channel: any Channel) throws {
        // Set here and not by the bootstrap, which would make a chain of futures for each connection. (NIO sets
        // TCP_NODELAY by itself.)
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        try channel.syncOptions?.setOption(.recvAllocator, value: Self.receiveBuffers)
        let count = connections.add(channel)
        let remoteAddress = channel.remoteAddress
        metrics.connectionOpened()
        if let limit = options.maximumConnections, count > limit {
            forget(channel, bytesRead: 0, bytesWritten: 0)
            let error = TLSError(
                .connectionLimit, "\(limit) connections are open already", phase: .connecting, role: .server
            ).with(peerAddress: remoteAddress.map(AddressText.init))
            failed(error, HandshakeReport(role: .server), remoteAddress)
            throw error
        }
        let tlsHandler = options.isEncryptedFromStart ? makeTLSHandler(remoteAddress) : nil
        let shared = SocketState(
            role: .server, isPlain: !options.isEncryptedFromStart, remoteAddress: remoteAddress)
        let socketHandler = SocketHandler(shared: shared, tls: tlsHandler)
        socketHandler.delegate = self
        do {
            try socketHandler.add(to: channel)
        } catch {
            forget(channel, bytesRead: 0, bytesWritten: 0)
            throw error
        }
    }

    private func forget(_ channel: any Channel, bytesRead: Int, bytesWritten: Int) {
        connections.remove(channel)
        metrics.connectionClosed(read: bytesRead, written: bytesWritten)
    }

    private func makeTLSHandler(_ remoteAddress: SocketAddress?) -> TLSHandler {
        let (context, chooser) = contexts.current(for: remoteAddress, choose: options.chooseContext)
        let handler = TLSHandler(
            context: context, role: .server, chooser: chooser,
            configuration: TLSHandler.Configuration(
                handshakeTimeout: options.handshakeTimeout, isHalfClosureAllowed: true))
        handler.setRemoteAddress(remoteAddress)
        return handler
    }

    private func established(_ socket: TLSSocket, _ report: HandshakeReport) {
        if options.isEncryptedFromStart { handshakeCompleted(socket, report) }
        Task(executorPreference: EventLoopTaskExecutor.current(for: socket.channel.eventLoop)) {
            socket.markOwner()
            do {
                try await self.handler(socket)
                self.served(socket, nil)
            } catch {
                self.served(socket, error)
            }
        }
    }

    private func handshakeCompleted(_ socket: TLSSocket, _ report: HandshakeReport) {
        metrics.handshakeCompleted(report)
        for observer in successObservers.withLock({ $0 }) { observer(socket) }
    }

    /// Apart from the task above, whose frame is kept for as long as the connection lives.
    @inline(never)
    private func served(_ socket: TLSSocket, _ error: (any Error)?) {
        guard let error else { return socket.closeGently(within: options.lingerTimeout) }
        options.logger.debug("connection ended", metadata: ["error": "\(Self.text(of: error))"])
        socket.channel.close(mode: .all, promise: nil)
    }

    private func failed(_ error: TLSError, _ report: HandshakeReport, _ remoteAddress: SocketAddress?) {
        metrics.handshakeFailed(error)
        options.logger.debug("handshake failed", metadata: ["error": "\(error.summary)"])
        let observers = failureObservers.withLock { $0 }
        guard !observers.isEmpty else { return }
        let failure = HandshakeFailure(error: error, remoteAddress: remoteAddress, report: report)
        for observer in observers { observer(failure) }
    }

    private static func text(of error: any Error) -> String { (error as? TLSError)?.summary ?? "\(error)" }
}

extension TLSServer: SocketHandlerDelegate {
    var isWaitingForEnd: Bool { true }

    func socketEstablished(_ socket: TLSSocket, report: HandshakeReport) { established(socket, report) }

    func socketUpgraded(_ socket: TLSSocket, report: HandshakeReport) { handshakeCompleted(socket, report) }

    func socketFailed(_ error: TLSError, on state: SocketState) { failed(error, state.report, state.remoteAddress) }

    func socketClosed(_ channel: any Channel, _ state: SocketState) {
        forget(channel, bytesRead: state.bytesRead, bytesWritten: state.bytesWritten)
    }
}
