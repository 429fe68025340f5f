//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspEngine

/// A client and a server joined in memory, without sockets or clocks: every handshake, failure and byte of a test
/// happens inside the calls of this class.
///
/// ```swift
/// let pair = try EnginePair(client: clientContext, server: serverContext, name: "localhost")
/// try pair.shake()
/// let echo = try pair.transfer(Array("hello".utf8), from: .client)
/// ```
///
/// Not safe to use from two threads at once.
public final class EnginePair {
    /// Where bytes are going.
    public enum Direction: Sendable, Hashable {
        /// From the client.
        case toServer
        /// From the server.
        case toClient
    }

    /// The client's end.
    public let client: SecurePair

    /// The server's end.
    public let server: SecurePair

    /// How many bytes are handed over at once: 1 for the hardest case. `nil`, the default, hands over whatever waits.
    public var chunkSize: Int?

    /// Sees all ciphertext on its way and gives what is to arrive in its place: changed, shortened, empty or more.
    /// It is called with whatever waits in one direction, before that is cut into chunks.
    public var tamper: ((_ direction: Direction, _ bytes: [UInt8]) -> [UInt8])?

    /// The error that ended the client's end.
    public private(set) var clientError: TLSError?

    /// The error that ended the server's end.
    public private(set) var serverError: TLSError?

    /// The error that came first: the cause, where the other side's error is mostly the alert that told of it.
    public private(set) var firstError: TLSError?

    /// How many bytes of ciphertext went to the server, after ``tamper``.
    public private(set) var bytesToServer = 0

    /// How many bytes of ciphertext went to the client, after ``tamper``.
    public private(set) var bytesToClient = 0

    /// Makes both ends. Nothing is exchanged before ``shake()`` or ``exchange()``.
    ///
    /// - Parameters:
    ///   - name: whom the client means: it is sent as SNI unless it is an address, and compared with the certificate.
    ///     With `nil` no name is sent and none compared.
    ///   - isStoppingAtClientHello: whether the server waits for ``TLSEngine/choose(_:)``.
    /// - Throws: ``TLSError`` when one of the ends cannot be made.
    public convenience init(
        client: SecureContext, server: SecureContext, name: String? = nil, isStoppingAtClientHello: Bool = false
    ) throws(TLSError) {
        let peer = name.flatMap { PeerName($0) }
        if let name, peer == nil {
            throw TLSError(.nameInvalid, "\"\(name)\" is neither a host name nor an address", phase: .configuration)
        }
        var serverName: String?
        if case .dns(let host) = peer { serverName = host }
        try self.init(
            client: client, clientOptions: TLSEngine.Options(serverName: serverName, peerName: peer), server: server,
            serverOptions: TLSEngine.Options(isStoppingAtClientHello: isStoppingAtClientHello))
    }

    /// Makes both ends with options of their own.
    public init(
        client: SecureContext, clientOptions: TLSEngine.Options, server: SecureContext,
        serverOptions: TLSEngine.Options = TLSEngine.Options()
    ) throws(TLSError) {
        self.client = try SecurePair(context: client, role: .client, options: clientOptions)
        self.server = try SecurePair(context: server, role: .server, options: serverOptions)
    }

    /// Whether both ends have finished the handshake and neither has failed.
    public var isSecure: Bool { client.isSecure && server.isSecure }
}

@available(*, unavailable)
extension EnginePair: Sendable {}

// MARK: - Steps

extension EnginePair {
    /// Runs the handshake to its end.
    ///
    /// - Returns: what each end knows of it.
    /// - Throws: the error that came first; ``TLSError`` with the code `handshakeFailed` when both ends wait, as a
    ///   server at the ClientHello does.
    @discardableResult
    public func shake() throws(TLSError) -> (client: HandshakeReport, server: HandshakeReport) {
        exchange()
        if let firstError { throw firstError }
        guard isSecure else { throw TLSError(.handshakeFailed, "both ends wait for something else than bytes") }
        return (client.engine.report, server.engine.report)
    }

    /// Carries ciphertext in both directions until nothing is left to carry. Errors stand in ``clientError`` and
    /// ``serverError``; the alert of a failed end is still carried.
    public func exchange() {
        while carry(.toServer) || carry(.toClient) {}
    }

    /// Carries what waits in one direction, without an answer.
    ///
    /// - Returns: whether there was anything.
    @discardableResult
    public func carry(_ direction: Direction) -> Bool {
        let source = direction == .toServer ? client : server
        let waiting = source.encrypted.read()
        guard !waiting.isEmpty else { return false }
        deliver(tamper?(direction, waiting) ?? waiting, direction)
        return true
    }

    /// Lets bytes arrive as if the other end had sent them.
    public func deliver(_ bytes: [UInt8], _ direction: Direction) {
        let size = max(1, chunkSize ?? bytes.count)
        var rest = bytes[...]
        while !rest.isEmpty {
            accept(Array(rest.prefix(size)), direction)
            rest = rest.dropFirst(size)
        }
    }

    /// Encrypts bytes at one end, carries them over and gives what the other end has read. Before the handshake is done
    /// they wait for it.
    ///
    /// - Returns: the plaintext that the other end has and that was not taken from it before.
    /// - Throws: the error of either end.
    public func transfer(_ plaintext: [UInt8], from role: TLSRole) throws(TLSError) -> [UInt8] {
        let (source, target) = role == .client ? (client, server) : (server, client)
        try source.cleartext.write(plaintext)
        exchange()
        if let firstError { throw firstError }
        return target.cleartext.read()
    }

    /// Goes on after ``TLSEngine/choose(_:)`` or ``TLSEngine/refuse(_:because:)`` and carries what comes of it.
    public func resumeServer() {
        do throws(TLSError) { try server.resume() } catch { record(error, .server) }
        exchange()
    }

    /// Ends the bytes towards one side, as a FIN does: in good order if the other end had said goodbye before and that
    /// was carried over, otherwise as a truncation.
    public func cut(_ direction: Direction) {
        let (target, role): (SecurePair, TLSRole) = direction == .toServer ? (server, .server) : (client, .client)
        do throws(TLSError) { try target.encrypted.end() } catch { record(error, role) }
    }

    private func accept(_ bytes: [UInt8], _ direction: Direction) {
        let (target, role): (SecurePair, TLSRole)
        switch direction {
        case .toServer:
            (target, role) = (server, .server)
            bytesToServer += bytes.count
        case .toClient:
            (target, role) = (client, .client)
            bytesToClient += bytes.count
        }
        do throws(TLSError) { try target.encrypted.write(bytes) } catch { record(error, role) }
    }

    private func record(_ error: TLSError, _ role: TLSRole) {
        firstError = firstError ?? error
        switch role {
        case .client: clientError = clientError ?? error
        case .server: serverError = serverError ?? error
        }
    }
}
