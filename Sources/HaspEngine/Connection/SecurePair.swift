//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// A TLS connection without a transport: an encrypted half for the bytes of the network, a cleartext half for the
/// program, joined by the caller as it likes. Counterpart of `tls.createSecurePair()` of early node:tls.
///
/// ```swift
/// let pair = try SecurePair(context: context, role: .server)
/// try pair.encrypted.write(bytesFromTheNetwork)
/// send(pair.encrypted.read())
/// let plaintext = pair.cleartext.read()
/// ```
///
/// Not safe to use from two threads at once.
public final class SecurePair {
    /// The engine behind the pair, for its facts.
    public let engine: TLSEngine

    private var received: [UInt8] = []
    private var early: [UInt8] = []
    private var isEndWanted = false

    /// - Throws: ``TLSError`` as ``TLSEngine/init(context:role:options:)`` does.
    public init(
        context: SecureContext, role: TLSRole, options: TLSEngine.Options = TLSEngine.Options()
    ) throws(TLSError) {
        engine = try TLSEngine(context: context, role: role, options: options)
        if role == .client { try advance([]) }
    }

    /// The half that faces the network.
    public var encrypted: Encrypted { Encrypted(pair: self) }

    /// The half that faces the program.
    public var cleartext: Cleartext { Cleartext(pair: self) }

    /// Whether the handshake is done and the connection has not failed (event `secure`).
    public var isSecure: Bool { engine.isEstablished }

    /// Goes on after ``TLSEngine/choose(_:)`` or ``TLSEngine/refuse(_:because:)``.
    public func resume() throws(TLSError) { try advance([]) }

    /// Ciphertext in, ciphertext out.
    public struct Encrypted {
        fileprivate let pair: SecurePair

        /// Takes bytes that came from the peer.
        ///
        /// - Throws: the ``TLSError`` that ended the connection; ``read()`` may still hold an alert for the peer.
        public func write(_ bytes: [UInt8]) throws(TLSError) { try pair.advance(bytes) }

        /// The bytes to send to the peer, in order.
        public func read() -> [UInt8] { pair.engine.takeOutput() }

        /// Says that nothing more will come from the peer.
        ///
        /// - Throws: ``TLSError`` when the peer had not said goodbye.
        public func end() throws(TLSError) { if let error = pair.engine.receiveEnd() { throw error } }
    }

    /// Plaintext in, plaintext out.
    public struct Cleartext {
        fileprivate let pair: SecurePair

        /// Encrypts bytes for the peer; before the handshake is done they wait for it.
        public func write(_ bytes: [UInt8]) throws(TLSError) { try pair.send(bytes) }

        /// The bytes that the peer sent.
        public func read() -> [UInt8] {
            defer { pair.received = [] }
            return pair.received
        }

        /// Whether the peer said that it will send nothing more.
        public var isEnded: Bool { pair.engine.isInputClosed }

        /// Says that this side will send nothing more (close_notify).
        public func end() { pair.end() }
    }
}

@available(*, unavailable)
extension SecurePair: Sendable {}

extension SecurePair {
    private func advance(_ ciphertext: [UInt8]) throws(TLSError) {
        let outcome: Result<Void, TLSError> = ciphertext.withUnsafeBytes { bytes in
            do throws(TLSError) {
                try engine.receive(bytes) { () throws(TLSError) in try step() }
                return .success(())
            } catch { return .failure(error) }
        }
        try outcome.get()
    }

    private func step() throws(TLSError) {
        guard try engine.handshake() == .complete else { return }
        if !early.isEmpty {
            let waiting = early
            early = []
            try engine.write(waiting)
        }
        if isEndWanted { engine.closeOutput() }
        var buffer = [UInt8](repeating: 0, count: TLSEngine.maximumFragment)
        while true {
            let outcome: Result<TLSEngine.ReadResult, TLSError> = buffer.withUnsafeMutableBytes { bytes in
                do throws(TLSError) { return .success(try engine.read(into: bytes)) } catch { return .failure(error) }
            }
            guard case .bytes(let count) = try outcome.get() else { return }
            received += buffer.prefix(count)
        }
    }

    private func send(_ plaintext: [UInt8]) throws(TLSError) {
        if let failure = engine.failure { throw failure }
        if isEndWanted, !engine.isEstablished {
            throw TLSError(.closed, "write after end", phase: .handshake, blame: .local, role: engine.role)
        }
        if engine.isEstablished { try engine.write(plaintext) } else { early += plaintext }
    }

    private func end() {
        isEndWanted = true
        engine.closeOutput()
    }
}
