//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspEngine
public import NIOCore

/// How a client connects: what its context is made from, which names it uses and how long it waits.
public struct ClientOptions: Sendable {
    /// Versions, suites, trust, identity, application protocols.
    public var tls: TLSOptions

    /// The name to send as SNI (`servername` in node:tls). Nil, the default, sends the host unless it is an address.
    public var serverName: String?

    /// Whether SNI is sent at all. Default: true.
    public var isServerNameSent: Bool

    /// The name or address that the server's certificate must be for. Nil, the default, means the SNI if one is given
    /// here, otherwise the host.
    public var peerName: String?

    /// The time for everything: name look-up, connection and handshake. Default: 30 seconds.
    public var timeout: TimeAmount

    /// Every option has the default that its property names.
    public init(
        tls: TLSOptions = TLSOptions(), serverName: String? = nil, isServerNameSent: Bool = true,
        peerName: String? = nil, timeout: TimeAmount = .seconds(30)
    ) {
        self.tls = tls
        self.serverName = serverName
        self.isServerNameSent = isServerNameSent
        self.peerName = peerName
        self.timeout = timeout
    }

    var handlerConfiguration: TLSHandler.Configuration {
        TLSHandler.Configuration(handshakeTimeout: timeout, isHalfClosureAllowed: true)
    }

    /// The SNI to send and the name to check for a host.
    func names(host: String) throws(TLSError) -> (serverName: String?, peerName: PeerName) {
        let wanted = peerName ?? serverName ?? host
        guard let peer = PeerName(wanted) else {
            throw TLSError(
                .nameInvalid, "\"\(wanted.prefix(80))\" is neither a host name nor an address", phase: .configuration,
                role: .client)
        }
        guard isServerNameSent else { return (nil, peer) }
        if let serverName { return (serverName, peer) }
        // RFC 6066, section 3: an address is no server name; a trailing dot is not sent.
        return (PeerName(host)?.serverName, peer)
    }
}
