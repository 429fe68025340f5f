//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspHTTP
import HaspTLS
import Hummingbird
import HummingbirdCore
import NIOCore
import Testing

/// Clients that are slow but honest.
@Suite(.timeLimit(.minutes(1))) struct SlowReaderTests {
    /// A client that takes bytes all the time has not stalled, however long the whole takes.
    @Test func aSteadyReaderGetsAllOfALongAnswer() async throws {
        let size = 24 << 20
        let respond: @Sendable (Request) async throws -> Response = { _ in
            Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(repeating: 0x61, count: size)))
        }
        let options = HTTPSOptions(stallTimeout: .milliseconds(700))
        try await HTTPFixture.with(options: options, respond: respond) { server in
            let socket = try await server.connect()
            try await socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            var count = 0
            var next = 1 << 20
            while let bytes = try await socket.read() {
                count += bytes.readableBytes
                // 1 MiB in 0.1 s: all of it takes more than two seconds.
                if count >= next {
                    next += 1 << 20
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
            #expect(count > size)
        }
    }
}
