//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspTLS
public import HummingbirdCore
public import NIOCore

/// How an HTTPS server treats its connections, below HTTP.
public struct HTTPSOptions: Sendable {
    /// A connection that has not finished its handshake after this time is closed. Default: 10 seconds.
    public var handshakeTimeout: TimeAmount

    /// A connection on which the head of a request takes longer than this is closed. The time runs from the first byte,
    /// for a connection's first request from the end of the handshake; it does not run while a response is due. A
    /// connection that is silent between requests, and the body of a request, stay under the limits of HTTP.
    /// Default: 10 seconds.
    public var requestHeadTimeout: TimeAmount

    /// A connection whose peer takes none of the waiting bytes for this long is closed: one that reads nothing would
    /// otherwise hold its response in memory for ever. Default: 30 seconds.
    public var stallTimeout: TimeAmount

    /// How long a graceful shutdown waits for requests that are being answered. Connections that are left then are
    /// closed at once, without a goodbye. Default: 10 seconds.
    public var drainTimeout: TimeAmount

    /// How many connections of a server may be open at a time, those that still shake hands among them. One more is
    /// closed at once and reported to ``onHandshakeFailure`` with code `connectionLimit`. Default: nil, no limit.
    public var maximumConnections: Int?

    /// Chooses a context for each connection by what the client asks for, before the names that were added to
    /// ``ServerContexts`` (`SNICallback`). Nil goes on with those.
    public var chooseContext: (@Sendable (ClientHelloInfo) async throws -> SecureContext?)?

    /// Called for each handshake that succeeds, on the connection's event loop; it must not block.
    public var onHandshake: (@Sendable (SecureConnection) -> Void)?

    /// Called for each handshake that fails and for each connection above the limit, on the connection's event loop; it
    /// must not block. (`tlsClientError`)
    public var onHandshakeFailure: (@Sendable (HandshakeFailure) -> Void)?

    public init(
        handshakeTimeout: TimeAmount = .seconds(10), requestHeadTimeout: TimeAmount = .seconds(10),
        stallTimeout: TimeAmount = .seconds(30), drainTimeout: TimeAmount = .seconds(10),
        maximumConnections: Int? = nil,
        chooseContext: (@Sendable (ClientHelloInfo) async throws -> SecureContext?)? = nil,
        onHandshake: (@Sendable (SecureConnection) -> Void)? = nil,
        onHandshakeFailure: (@Sendable (HandshakeFailure) -> Void)? = nil
    ) {
        self.handshakeTimeout = handshakeTimeout
        self.requestHeadTimeout = requestHeadTimeout
        self.stallTimeout = stallTimeout
        self.drainTimeout = drainTimeout
        self.maximumConnections = maximumConnections
        self.chooseContext = chooseContext
        self.onHandshake = onHandshake
        self.onHandshakeFailure = onHandshakeFailure
    }
}

extension HTTP1Channel.Configuration {
    /// Limits for a server that strangers can reach: a field of a request may have 8 KiB, all together 16 KiB and 100
    /// in number, which is more than browsers send; a connection without a request is closed after 60 seconds.
    public static var strict: HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            idleTimeout: .seconds(60),
            httpDecoderConfiguration: DecoderConfiguration(
                maxHeaderFieldSize: 8 << 10, maxHeaderListSize: 16 << 10, maxHeaderFieldCount: 100))
    }
}
