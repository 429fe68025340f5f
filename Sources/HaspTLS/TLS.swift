//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspEngine
public import NIOCore
public import NIOPosix

/// Where everything begins: ``connect(host:port:options:group:)`` and ``createServer(identity:options:handler:)``.
public enum TLS {}

// MARK: - Clients

extension TLS {
    /// Connects to a server and shakes hands: the server's certificate is verified, SNI is sent, time is limited.
    ///
    /// IPv6 and IPv4 addresses of the host are tried side by side (RFC 8305). Counterpart of `tls.connect`, with SNI
    /// on.
    ///
    /// - Parameters:
    ///   - host: a name or an address.
    ///   - port: 1 to 65535.
    ///   - options: trust, identity, versions, names, time limit.
    ///   - group: the event loops to choose from.
    /// - Returns: an established connection.
    /// - Throws: ``TLSError``. Nothing of the program's data was sent then.
    public static func connect(
        host: String, port: Int, options: ClientOptions = ClientOptions(),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws -> TLSSocket {
        let names = try options.names(host: host)
        guard (1...65_535).contains(port) else { throw portError(port) }
        let start = HandshakeTimeline.now()
        let context = try await SecureContextCache.shared.context(for: options.tls)
        let attempt = ConnectAttempt(
            eventLoop: group.next(), timeout: options.timeout, start: start,
            values: ["host": host, "port": String(port), "address": "\(host):\(port)"],
            tls: ConnectAttempt.Security(
                context: context, serverName: names.serverName, peerName: names.peerName,
                configuration: options.handlerConfiguration))
        return try await attempt.run { $0.connect(host: AddressText.bare(host), port: port) }
    }

    /// The same over a Unix socket.
    ///
    /// - Parameters:
    ///   - path: the socket's path.
    ///   - host: who the server is to prove to be.
    public static func connect(
        unixPath path: String, host: String = "localhost", options: ClientOptions = ClientOptions(),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws -> TLSSocket {
        let names = try options.names(host: host)
        let start = HandshakeTimeline.now()
        let context = try await SecureContextCache.shared.context(for: options.tls)
        let attempt = ConnectAttempt(
            eventLoop: group.next(), timeout: options.timeout, start: start,
            values: ["host": host, "address": path],
            tls: ConnectAttempt.Security(
                context: context, serverName: names.serverName, peerName: names.peerName,
                configuration: options.handlerConfiguration))
        return try await attempt.run { $0.connect(unixDomainSocketPath: path) }
    }

    /// Shakes hands as a client over a channel that is connected already.
    ///
    /// - Parameters:
    ///   - channel: an active channel from which nothing has been read; it is the socket's from now on, and closed
    ///     when there comes to be none.
    ///   - host: who the server is to prove to be; also sent as SNI unless it is an address.
    public static func connect(
        over channel: any Channel, host: String, options: ClientOptions = ClientOptions()
    ) async throws -> TLSSocket {
        let names: (serverName: String?, peerName: PeerName)
        let context: SecureContext
        do {
            names = try options.names(host: host)
            context = try await SecureContextCache.shared.context(for: options.tls)
        } catch {
            // It is the socket's from now on, and there will be no socket.
            channel.close(mode: .all, promise: nil)
            throw error
        }
        let attempt = ConnectAttempt(
            eventLoop: channel.eventLoop, timeout: options.timeout, start: HandshakeTimeline.now(),
            values: ["host": host],
            tls: ConnectAttempt.Security(
                context: context, serverName: names.serverName, peerName: names.peerName,
                configuration: options.handlerConfiguration))
        return try await attempt.run(over: channel)
    }

    /// Connects without TLS, for protocols that begin in the clear and change over with
    /// ``TLSSocket/upgrade(toServerNamed:options:)`` (STARTTLS).
    ///
    /// - Returns: a connection whose `isEncrypted` is false.
    public static func connectPlain(
        host: String, port: Int, timeout: TimeAmount = .seconds(30),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws -> TLSSocket {
        guard (1...65_535).contains(port) else { throw portError(port) }
        let attempt = ConnectAttempt(
            eventLoop: group.next(), timeout: timeout, start: HandshakeTimeline.now(),
            values: ["host": host, "port": String(port), "address": "\(host):\(port)"], tls: nil)
        return try await attempt.run { $0.connect(host: AddressText.bare(host), port: port) }
    }

    private static func portError(_ port: Int) -> TLSError {
        TLSError(.optionInvalid, "port \(port) does not lie between 1 and 65535", phase: .configuration, role: .client)
    }
}

// MARK: - Servers

extension TLS {
    /// Makes a server that runs an async function for each connection, on that connection's event loop.
    ///
    /// The connection ends when the function returns or throws. Counterpart of `tls.createServer`.
    ///
    /// - Parameters:
    ///   - identity: the server's certificate and key; it goes before those in `tls`.
    ///   - tls: versions, suites, trust for client certificates, application protocols.
    ///   - options: limits and times.
    ///   - address: where to listen when the server is run as a service; ``TLSServer/listen(host:port:)`` needs none.
    ///   - group: the event loops that serve the connections.
    ///   - handler: serves one connection.
    /// - Throws: ``TLSError`` when the identity or an option cannot be used.
    public static func createServer(
        identity: Identity, tls: TLSOptions = TLSOptions(), options: ServerOptions = ServerOptions(),
        address: TLSServer.ServerAddress? = nil, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        handler: @escaping @Sendable (TLSSocket) async throws -> Void
    ) throws(TLSError) -> TLSServer {
        var tls = tls
        tls.identities.insert(identity, at: 0)
        return TLSServer(
            context: try SecureContext(tls), options: options, address: address, group: group, handler: handler)
    }

    /// Makes a server from a context.
    public static func createServer(
        context: SecureContext, options: ServerOptions = ServerOptions(),
        address: TLSServer.ServerAddress? = nil, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        handler: @escaping @Sendable (TLSSocket) async throws -> Void
    ) -> TLSServer {
        TLSServer(context: context, options: options, address: address, group: group, handler: handler)
    }
}
