//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspTLS
public import NIOCore
import Synchronization

/// The TLS connection that brought a request: what it negotiated and who is at its other end.
///
/// ```swift
/// router.get("/") { _, _ in "hello over \(SecureConnection.current?.handshake.version.name ?? "-")" }
/// ```
public final class SecureConnection: Sendable {
    /// The connection of the request that the current task answers; nil elsewhere, and in tasks detached from it.
    @TaskLocal public static var current: SecureConnection?

    /// The client's address, as it was when the connection was accepted.
    public let remoteAddress: SocketAddress?

    /// This end's address.
    public let localAddress: SocketAddress?

    private struct Facts {
        var report = HandshakeReport(role: .server)
        var isEncrypted = false
    }

    private let facts = Mutex(Facts())

    init(remoteAddress: SocketAddress?, localAddress: SocketAddress?) {
        self.remoteAddress = remoteAddress
        self.localAddress = localAddress
    }

    /// What was offered, agreed and verified. Before the handshake is done it is empty.
    public var handshake: HandshakeReport { facts.withLock { $0.report } }

    /// Whether the client proved who it is, by a certificate that this server trusts.
    public var isAuthorized: Bool { facts.withLock { $0.report.isAuthorized } }

    /// Whether the connection is protected now: false before the handshake is done and after the end.
    public var isEncrypted: Bool { facts.withLock { $0.isEncrypted } }

    func establish(_ report: HandshakeReport) {
        facts.withLock { $0 = Facts(report: report, isEncrypted: true) }
    }

    func close() { facts.withLock { $0.isEncrypted = false } }
}
