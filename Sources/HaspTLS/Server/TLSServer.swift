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
    private let contexts: Mutex<Contexts>
    private let listeners = Mutex<[any Channel]>([])
    private let connections = ServerConnections()
    private let failureObservers = Mutex<[@Sendable (HandshakeFailure) -> Void]>([])
    private let successObservers = Mutex<[@Sendable (TLSSocket) -> Void]>([])
    private let address: ServerAddress?

    private struct Contexts {
        var main: SecureContext
        var names = ServerNames()
    }

    /// Where ``run()`` listens.
    public struct ServerAddress: Sendable, Hashable {
        public var host: String
        public var port: Int

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
        self.contexts = Mutex(Contexts(main: context))
        self.options = options
        self.address = address
        self.group = group
        self.handler = handler
    }

    /// How many connections are open, those that still shake hands among them.
    public var connectionCount: Int { connections.count }

    /// The address of the first listener; its port is the one the system chose when 0 was asked for.
    public var localAddress: SocketAddress? { listeners.withLock { $0.first?.localAddress } }

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
        let outcome: Result<Void, TLSError> = contexts.withLock { contexts in
            do throws(TLSError) { return .success(try contexts.names.add(name, context)) } catch {
                return .failure(error)
            }
        }
        try outcome.get()
    }

    /// Forgets a name that was added. (Not possible in node:tls.)
    ///
    /// - Returns: whether the name was there.
    @discardableResult
    public func removeContext(_ name: String) -> Bool { contexts.withLock { $0.names.remove(name) } }

    /// Serves connections that are accepted from now on with another context, as after a renewal of the certificate.
    /// Open connections and added names stay as they are. (`setSecureContext`)
    public func setSecureContext(_ context: SecureContext) { contexts.withLock { $0.main = context } }
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
            defer { listeners = [] }
            return listeners
        }
        for listener in open { try? await listener.close() }
        await connections.drain(within: options.drainTimeout, on: group.any())
    }

    private func listen(
        at place: String, port: Int?, _ bind: (ServerBootstrap) async throws -> any Channel
    ) async throws {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Int32(clamping: options.backlog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.prepare(channel) }
            }
        do {
            let channel = try await bind(bootstrap)
            listeners.withLock { $0.append(channel) }
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
        if listeners.withLock({ $0.isEmpty }) {
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
        let count = connections.add(channel)
        let shared = SocketState(role: .server, isPlain: !options.isEncryptedFromStart)
        channel.closeFuture.whenComplete { _ in self.closed(channel, shared) }
        metrics.connections(count)
        if let limit = options.maximumConnections, count > limit {
            let error = TLSError(
                .connectionLimit, "\(limit) connections are open already", phase: .connecting, role: .server
            ).with(peerAddress: channel.remoteAddress.map(AddressText.init))
            failed(error, HandshakeReport(role: .server), channel.remoteAddress)
            throw error
        }
        let tlsHandler = options.isEncryptedFromStart ? makeTLSHandler(channel.remoteAddress) : nil
        let socketHandler = SocketHandler(shared: shared, tls: tlsHandler)
        socketHandler.delegate = Outcome(server: self, remoteAddress: channel.remoteAddress)
        try socketHandler.add(to: channel)
    }

    private func makeTLSHandler(_ remoteAddress: SocketAddress?) -> TLSHandler {
        let (context, hasNames) = contexts.withLock { ($0.main, !$0.names.isEmpty) }
        return TLSHandler(
            context: context, role: .server, chooser: chooser(hasNames: hasNames, remoteAddress),
            configuration: TLSHandler.Configuration(
                handshakeTimeout: options.handshakeTimeout, isHalfClosureAllowed: true))
    }

    private func chooser(hasNames: Bool, _ remoteAddress: SocketAddress?) -> ContextChooser? {
        if let choose = options.chooseContext {
            return .eventually { hello in
                let info = ClientHelloInfo(clientHello: hello, remoteAddress: remoteAddress)
                return try await choose(info) ?? self.context(named: hello.serverName)
            }
        }
        return hasNames ? .immediately { self.context(named: $0.serverName) } : nil
    }

    private func context(named name: String?) -> SecureContext? {
        guard let name else { return nil }
        return contexts.withLock { $0.names.context(for: name) }
    }

    private func closed(_ channel: any Channel, _ shared: SocketState) {
        metrics.connections(connections.remove(channel))
        metrics.connectionClosed(read: shared.bytesRead, written: shared.bytesWritten)
    }

    private func established(_ socket: TLSSocket, _ report: HandshakeReport) {
        if options.isEncryptedFromStart { metrics.handshakeCompleted(report) }
        for observer in successObservers.withLock({ $0 }) { observer(socket) }
        let linger = options.lingerTimeout
        Task(executorPreference: EventLoopTaskExecutor.current(for: socket.channel.eventLoop)) {
            [handler, logger = options.logger] in
            do {
                try await handler(socket)
                socket.closeGently(within: linger)
            } catch {
                logger.debug("connection ended", metadata: ["error": "\(Self.text(of: error))"])
                socket.channel.close(mode: .all, promise: nil)
            }
            // The socket closes its channel when it goes; it has to stay while the peer takes its leave.
            await socket.waitUntilClosed()
        }
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

    private struct Outcome: SocketHandlerDelegate {
        var server: TLSServer
        var remoteAddress: SocketAddress?

        func socketEstablished(_ socket: TLSSocket, report: HandshakeReport) { server.established(socket, report) }

        func socketFailed(_ error: TLSError, report: HandshakeReport) { server.failed(error, report, remoteAddress) }
    }
}
