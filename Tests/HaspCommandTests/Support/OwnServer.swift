//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import NIOCore

/// A server of this package in the process of the tests.
struct OwnServer {
    var server: TLSServer
    var folder: CertificateFolder

    /// - Parameter isEncryptedFromStart: whether TLS begins at once.
    static func start(
        isEncryptedFromStart: Bool = true, folder: CertificateFolder? = nil,
        _ handler: @escaping @Sendable (TLSSocket) async throws -> Void
    ) async throws -> OwnServer {
        let folder = try folder ?? CertificateFolder()
        let server = try TLS.createServer(
            identity: .files(certificate: folder.certificateFile, key: folder.keyFile),
            options: ServerOptions(
                drainTimeout: .milliseconds(100), lingerTimeout: .seconds(10),
                isEncryptedFromStart: isEncryptedFromStart),
            handler: handler)
        try await server.listen(host: "127.0.0.1", port: 0)
        return OwnServer(server: server, folder: folder)
    }

    var port: Int { server.localAddress?.port ?? 0 }

    var target: String { "localhost:\(port)" }

    func stop() async { await server.close() }
}

extension TLSSocket {
    /// Everything until the peer's end.
    func readAll() async throws -> ByteBuffer {
        var all = ByteBuffer()
        while let bytes = try await read() { all.writeImmutableBuffer(bytes) }
        return all
    }

    /// The next line; bytes behind it are kept nowhere, so the peer has to wait for an answer.
    func readLine() async throws -> String {
        var line = ""
        while line.utf8.last != UInt8(ascii: "\n"), let bytes = try await read() { line += String(buffer: bytes) }
        return line
    }

    /// At least so many bytes, or what there is before the end.
    func readBytes(atLeast count: Int) async throws -> ByteBuffer {
        var all = ByteBuffer()
        while all.readableBytes < count, let bytes = try await read() { all.writeImmutableBuffer(bytes) }
        return all
    }
}
