//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL
import HaspEngine
import HaspWire
import Testing

/// A client that asks for one name, is told to try again, and asks for another.
@Suite struct ChangedHelloTests {
    /// RFC 8446, section 4.1.2: the second ClientHello may differ in a few extensions only, and SNI is none of them. A
    /// context was chosen for the first name, and the report must not say that it was for the second.
    @Test func theNameOfTheFirstHelloHolds() throws {
        let context = try Fixture.server { $0.groups = [.secp384r1] }
        let server = try SecurePair(
            context: context, role: .server, options: TLSEngine.Options(isStoppingAtClientHello: true))
        let client = try ForeignClient(name: "public.test", groups: "X25519:P-384")
        try server.encrypted.write(client.advance([]))
        #expect(server.engine.report.serverName == "public.test")
        server.engine.choose(nil)
        try server.resume()
        client.name = "admin.test"
        let second = client.advance(server.encrypted.read())
        #expect(!second.isEmpty)
        _ = try? server.encrypted.write(second)
        #expect(server.engine.report.isHelloRetried)
        #expect(server.engine.failure?.code == .protocolViolation)
        // Level fatal, illegal_parameter; not encrypted yet.
        #expect(Array(server.encrypted.read().suffix(2)) == [2, AlertDescription.illegalParameter.rawValue])
    }
}

/// OpenSSL's own client over memory, which may change its mind.
private final class ForeignClient {
    private let context: OpaquePointer
    private let connection: OpaquePointer
    private let input: OpaquePointer
    private let output: OpaquePointer

    init(name: String, groups: String) throws {
        context = try #require(SSL_CTX_new(TLS_method()))
        _ = CHasp_SSL_CTX_set1_groups_list(context, groups)
        connection = try #require(SSL_new(context))
        input = try #require(CHasp_BIO_new_memory())
        output = try #require(CHasp_BIO_new_memory())
        SSL_set_bio(connection, input, output)
        SSL_set_connect_state(connection)
        self.name = name
        _ = CHasp_SSL_set_tlsext_host_name(connection, name)
    }

    var name: String {
        didSet { _ = CHasp_SSL_set_tlsext_host_name(connection, name) }
    }

    /// Takes bytes and gives those for the server.
    func advance(_ bytes: [UInt8]) -> [UInt8] {
        _ = BIO_write(input, bytes, CInt(bytes.count))
        ERR_clear_error()
        _ = SSL_do_handshake(connection)
        var out = [UInt8](repeating: 0, count: 64 << 10)
        let count = BIO_read(output, &out, CInt(out.count))
        return Array(out.prefix(max(0, Int(count))))
    }

    deinit {
        SSL_free(connection)
        SSL_CTX_free(context)
    }
}
