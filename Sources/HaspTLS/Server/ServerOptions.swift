//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspEngine
public import Logging
public import NIOCore

/// How a server treats its connections.
public struct ServerOptions: Sendable {
    /// Versions, suites, trust for client certificates, application protocols.
    /// ``TLS/createServer(identity:options:handler:)`` adds the identity.
    public var tls: TLSOptions

    /// A connection that has not finished its handshake after this time is closed (`handshakeTimeout`).
    /// Default: 120 seconds.
    public var handshakeTimeout: TimeAmount

    /// More connections than this are closed at once (`maxConnections`). Default: no limit.
    public var maximumConnections: Int?

    /// How long ``TLSServer/close()`` and a graceful shutdown wait for open connections. Default: 10 seconds.
    public var drainTimeout: TimeAmount

    /// How long a connection whose handler has returned waits for the peer to end its side. Default: 2 seconds.
    public var lingerTimeout: TimeAmount

    /// Whether connections start with TLS. When false, handlers get plain sockets and call
    /// ``TLSSocket/upgradeAsServer(context:handshakeTimeout:)`` when the client asks for it (STARTTLS).
    public var isEncryptedFromStart: Bool

    /// How many connections the kernel keeps until they are accepted. Default: 1024.
    public var backlog: Int

    /// Chooses a context for each connection by what the client asks for, before the names of
    /// ``TLSServer/addContext(_:_:)`` are looked at (`SNICallback`). Nil goes on with those. A thrown error ends the
    /// connection with alert 80; ``TLSError/unrecognizedName(_:)`` ends it with alert 112.
    public var chooseContext: (@Sendable (ClientHelloInfo) async throws -> SecureContext?)?

    /// Where the server logs. Default: a logger with the label `hasp.server`.
    public var logger: Logger

    /// Every option has the default that its property names.
    public init(
        tls: TLSOptions = TLSOptions(), handshakeTimeout: TimeAmount = .seconds(120), maximumConnections: Int? = nil,
        drainTimeout: TimeAmount = .seconds(10), lingerTimeout: TimeAmount = .seconds(2),
        isEncryptedFromStart: Bool = true, backlog: Int = 1024,
        chooseContext: (@Sendable (ClientHelloInfo) async throws -> SecureContext?)? = nil,
        logger: Logger = Logger(label: "hasp.server")
    ) {
        self.tls = tls
        self.handshakeTimeout = handshakeTimeout
        self.maximumConnections = maximumConnections
        self.drainTimeout = drainTimeout
        self.lingerTimeout = lingerTimeout
        self.isEncryptedFromStart = isEncryptedFromStart
        self.backlog = backlog
        self.chooseContext = chooseContext
        self.logger = logger
    }
}

extension TLSError {
    /// What ``ServerOptions/chooseContext`` throws to turn away a client that asks for an unknown name: it gets alert
    /// 112 (RFC 6066, section 3).
    public static func unrecognizedName(_ name: String?) -> TLSError {
        TLSError(
            .nameUnrecognized, "no certificate for \(name ?? "a client without SNI")", role: .server,
            values: ["name": name ?? ""])
    }
}
