//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspEngine
public import Logging
public import NIOCore

/// How a server treats its connections.
public struct ServerOptions: Sendable {
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
        handshakeTimeout: TimeAmount = .seconds(120), maximumConnections: Int? = nil,
        drainTimeout: TimeAmount = .seconds(10), lingerTimeout: TimeAmount = .seconds(2),
        isEncryptedFromStart: Bool = true, backlog: Int = 1024,
        chooseContext: (@Sendable (ClientHelloInfo) async throws -> SecureContext?)? = nil,
        logger: Logger = Logger(label: "hasp.server")
    ) {
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

extension ServerOptions {
    /// - Throws: ``TLSError`` with code `optionInvalid`, which names the option.
    func validate() throws(TLSError) {
        try Self.require(handshakeTimeout > .zero, "handshakeTimeout must be longer than nothing")
        try Self.require(drainTimeout >= .zero, "drainTimeout must not be negative")
        try Self.require(lingerTimeout >= .zero, "lingerTimeout must not be negative")
        try Self.require(maximumConnections.map { $0 > 0 } ?? true, "maximumConnections must be 1 or more, or nil")
        try Self.require(backlog > 0, "backlog must be 1 or more")
    }

    private static func require(_ isRight: Bool, _ demand: String) throws(TLSError) {
        guard isRight else { throw TLSError(.optionInvalid, demand, phase: .configuration, role: .server) }
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
