//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL
import Testing

/// OpenSSL's own client over memory: it trusts everybody, may change its mind and keeps sessions.
final class ForeignClient {
    private let context: OpaquePointer
    private let connection: OpaquePointer
    private let input: OpaquePointer
    private let output: OpaquePointer

    init(name: String, groups: String = "X25519:P-256", session: ForeignSession? = nil) throws {
        context = try #require(SSL_CTX_new(TLS_method()))
        _ = CHasp_SSL_CTX_set1_groups_list(context, groups)
        connection = try #require(SSL_new(context))
        input = try #require(CHasp_BIO_new_memory())
        output = try #require(CHasp_BIO_new_memory())
        SSL_set_bio(connection, input, output)
        SSL_set_connect_state(connection)
        self.name = name
        _ = CHasp_SSL_set_tlsext_host_name(connection, name)
        if let session { SSL_set_session(connection, session.pointer) }
    }

    var name: String {
        didSet { _ = CHasp_SSL_set_tlsext_host_name(connection, name) }
    }

    var isSessionReused: Bool { SSL_session_reused(connection) == 1 }

    /// What may be resumed later, with the tickets that have been read.
    var session: ForeignSession? { SSL_get1_session(connection).map { ForeignSession(pointer: $0) } }

    /// Takes bytes and gives those for the server.
    func advance(_ bytes: [UInt8]) -> [UInt8] {
        _ = BIO_write(input, bytes, CInt(bytes.count))
        ERR_clear_error()
        if SSL_do_handshake(connection) == 1 {
            var byte: UInt8 = 0
            _ = SSL_read(connection, &byte, 1)
        }
        ERR_clear_error()
        var out = [UInt8](repeating: 0, count: 64 << 10)
        let count = BIO_read(output, &out, CInt(out.count))
        return Array(out.prefix(max(0, Int(count))))
    }

    deinit {
        SSL_free(connection)
        SSL_CTX_free(context)
    }
}

final class ForeignSession {
    let pointer: OpaquePointer

    init(pointer: OpaquePointer) { self.pointer = pointer }

    deinit { SSL_SESSION_free(pointer) }
}
