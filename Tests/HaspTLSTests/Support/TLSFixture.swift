//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import NIOCore
import NIOPosix
import Testing

/// Certificates and contexts that most tests share. Made once, when the first test asks.
enum TLSFixture {
    /// The authority that clients and servers of the tests trust.
    static var ca: TestCA { get throws { try madeCA.get() } }

    /// An authority that nobody trusts.
    static var stranger: TestCA { get throws { try madeStranger.get() } }

    /// A server's identity; for loopback unless names are given.
    static func identity(
        _ names: [String] = ["localhost", "127.0.0.1", "::1"], of ca: TestCA? = nil
    ) throws -> IssuedIdentity {
        try (ca ?? Self.ca).issue(names: names, privateKey: TestKeys.shared(.p256))
    }

    /// A client's identity.
    static func clientIdentity(_ name: String = "alice", of ca: TestCA? = nil) throws -> IssuedIdentity {
        try (ca ?? Self.ca).issue(
            names: [], usages: ["clientAuth"], privateKey: TestKeys.shared(.p256, slot: 1)
        ) { $0.subject = [("CN", name)] }
    }

    /// A server's options: certificate for loopback, trust in ``ca``.
    static func serverTLS(_ names: [String]? = nil, _ change: (inout TLSOptions) throws -> Void = { _ in }) throws
        -> TLSOptions
    {
        let identity = try names.map { try Self.identity($0) } ?? Self.identity()
        var options = TLSOptions(identities: [identity.identity], trust: .pem(try ca.pem))
        try change(&options)
        return options
    }

    static func serverContext(
        _ names: [String]? = nil, _ change: (inout TLSOptions) throws -> Void = { _ in }
    ) throws -> SecureContext {
        try SecureContext(serverTLS(names, change))
    }

    /// A client's options: trust in ``ca`` and a short time limit.
    static func client(_ change: (inout ClientOptions) throws -> Void = { _ in }) throws -> ClientOptions {
        var options = ClientOptions(tls: TLSOptions(trust: .pem(try ca.pem)), timeout: .seconds(20))
        try change(&options)
        return options
    }

    static func clientContext(_ change: (inout TLSOptions) throws -> Void = { _ in }) throws -> SecureContext {
        var options = TLSOptions(trust: .pem(try ca.pem))
        try change(&options)
        return try SecureContext(options)
    }

    /// A server's options with times that suit tests.
    static func serverOptions(_ change: (inout ServerOptions) -> Void = { _ in }) -> ServerOptions {
        var options = ServerOptions(drainTimeout: .milliseconds(300))
        change(&options)
        return options
    }

    private static let madeCA = Result { try TestCA() }
    private static let madeStranger = Result { try TestCA(name: "A stranger") }
}

/// Runs a server on loopback that sends everything back while `body` runs.
func withServer<R>(
    context: SecureContext? = nil, options: ServerOptions = TLSFixture.serverOptions(),
    _ body: (_ server: TLSServer, _ port: Int) async throws -> R
) async throws -> R {
    try await serving(context: context, options: options, handler: echo).run(body)
}

/// A server on loopback with a handler of its own.
func serving(
    context: SecureContext? = nil, options: ServerOptions = TLSFixture.serverOptions(),
    handler: @escaping @Sendable (TLSSocket) async throws -> Void
) throws -> Serving {
    Serving(
        server: TLS.createServer(
            context: try context ?? TLSFixture.serverContext(), options: options, handler: handler))
}

/// The same for connections that begin in the clear.
func servingPlain(handler: @escaping @Sendable (TLSSocket) async throws -> Void) throws -> Serving {
    try serving(options: TLSFixture.serverOptions { $0.isEncryptedFromStart = false }, handler: handler)
}

struct Serving {
    var server: TLSServer

    /// Listens while `body` runs; then closes, which must not take long whatever `body` left open.
    func run<R>(_ body: (_ server: TLSServer, _ port: Int) async throws -> R) async throws -> R {
        let server = server
        try await server.listen(host: "127.0.0.1", port: 0)
        let result: Result<R, any Error>
        do {
            result = .success(try await body(server, server.localAddress?.port ?? 0))
        } catch {
            result = .failure(error)
        }
        try await within(20, "the server closes") { await server.close() }
        return try result.get()
    }
}

/// Sends everything back until the peer ends.
@Sendable func echo(_ socket: TLSSocket) async throws {
    for try await bytes in socket { try await socket.write(bytes) }
}

extension TLSSocket {
    /// Reads until so many bytes have come, or the end.
    func read(exactly count: Int) async throws -> String {
        var all = ByteBuffer()
        while all.readableBytes < count, let bytes = try await read() { all.writeImmutableBuffer(bytes) }
        return String(buffer: all)
    }

    /// Waits until nothing more of what is written leaves: the queues of both sides are full.
    func waitUntilStalled() async throws {
        try await eventually("the writer stands still", within: 20) {
            let before = bytesWritten
            try await Task.sleep(for: .milliseconds(200))
            return before > 0 && bytesWritten == before && !channel.isWritable
        }
    }

    /// Counts bytes until the end.
    func drain() async throws -> Int {
        var count = 0
        while let bytes = try await read() { count += bytes.readableBytes }
        return count
    }

    /// Whether the other end gives back what it gets.
    func echoes(_ text: String = "hello") async throws -> Bool {
        try await write(text)
        return try await read(exactly: text.utf8.count) == text
    }
}
