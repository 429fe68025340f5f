//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import NIOCore

/// A Hasp server on loopback that notes how each connection went.
final class HaspServer: Sendable {
    struct Record: Sendable {
        var established: [HandshakeReport] = []
        /// How the handlers ended: nil for an orderly end.
        var endings: [TLSError?] = []
        var failures: [TLSError] = []
    }

    let server: TLSServer
    let port: Int
    let record: Watched<Record>

    /// A server that echoes until the client ends its side.
    static func echo(
        _ tls: TLSOptions, options: ServerOptions = ServerOptions()
    ) async throws -> HaspServer {
        try await HaspServer(tls, options: options) { socket in
            for try await bytes in socket { try await socket.write(bytes) }
        }
    }

    init(
        _ tls: TLSOptions, options: ServerOptions = ServerOptions(),
        handler: @escaping @Sendable (TLSSocket) async throws -> Void
    ) async throws {
        let record = Watched(Record())
        self.record = record
        let context = try SecureContext(tls)
        server = TLS.createServer(context: context, options: options) { socket in
            do {
                try await handler(socket)
                record.change { $0.endings.append(nil) }
            } catch {
                let failure = error as? TLSError
                record.change { $0.endings.append(failure) }
                throw error
            }
        }
        server.onSecureConnection { socket in
            let report = socket.handshake
            record.change { $0.established.append(report) }
        }
        server.onHandshakeFailure { failure in record.change { $0.failures.append(failure.error) } }
        try await server.listen(host: "127.0.0.1", port: 0)
        guard let port = server.localAddress?.port else { throw Unmet("the server has no port") }
        self.port = port
    }

    /// Waits for the report of the n-th connection.
    func report(_ index: Int = 0) async throws -> HandshakeReport {
        try await record.wait(for: "connection \(index)") { record in
            if let failure = record.failures.first { throw failure }
            return record.established.count > index ? record.established[index] : nil
        }
    }

    /// Waits until the n-th handler has ended.
    ///
    /// - Returns: nil for an orderly end.
    func ending(_ index: Int = 0) async throws -> TLSError? {
        // Found or not, and if found, an error or none.
        let found: [TLSError?] = try await record.wait(for: "end of connection \(index)") {
            $0.endings.count > index ? [$0.endings[index]] : nil
        }
        return found.first ?? nil
    }

    /// Waits for the n-th failed handshake.
    func failure(_ index: Int = 0) async throws -> TLSError {
        try await record.wait(for: "failure \(index)") { $0.failures.count > index ? $0.failures[index] : nil }
    }
}

extension TLSSocket {
    /// Reads so many bytes, or what comes until the end.
    func read(count: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count, let more = try await read() { bytes.append(contentsOf: more.readableBytesView) }
        return bytes
    }

    /// Reads until the peer ends.
    func readAll() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let more = try await read() { bytes.append(contentsOf: more.readableBytesView) }
        return bytes
    }
}
