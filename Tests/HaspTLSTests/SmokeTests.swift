import HaspEngine
import HaspTLS
import HaspTesting
import NIOCore
import Testing

@Suite struct SmokeTests {
    @Test func echo() async throws {
        let ca = try TestCA(kind: .p256, name: "Hasp test CA")
        let issued = try ca.issue(names: ["localhost", "127.0.0.1"], key: .p256)
        let server = try TLS.createServer(identity: .pem(certificate: issued.certificatePEM, key: issued.keyPEM)) { socket in
            for try await bytes in socket { try await socket.write(bytes) }
        }
        try await server.listen(host: "127.0.0.1", port: 0)
        let port = server.localAddress!.port!
        var options = ClientOptions()
        options.tls.trust = .pem(ca.pem)
        let socket = try await TLS.connect(host: "localhost", port: port, options: options)
        #expect(socket.isEncrypted)
        #expect(socket.isAuthorized)
        print(socket.handshake.version, socket.handshake.cipherSuite, socket.handshake.group as Any, socket.handshake.signatureScheme as Any, socket.handshake.timeline.steps)
        try await socket.write("hello")
        var got = ""
        while got.utf8.count < 5, let b = try await socket.read() { got += String(buffer: b) }
        #expect(got == "hello")
        try await socket.end()
        #expect(try await socket.read() == nil)
        try await socket.close()
        do {
            _ = try await TLS.connect(host: "localhost", port: port)
            Issue.record("must fail")
        } catch { print(error) }
        await server.close()
    }
}
