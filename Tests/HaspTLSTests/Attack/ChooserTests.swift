//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import NIOCore
import Testing

/// Clients that leave while their context is being chosen.
@Suite(.timeLimit(.minutes(1))) struct ChooserTests {
    /// Ten thousand strangers who hang up must not leave ten thousand look-ups behind.
    @Test func aChoiceForNobodyIsCancelled() async throws {
        let (begun, cancelled) = (Shared(0), Shared(0))
        var options = TLSFixture.serverOptions()
        options.chooseContext = { _ in
            begun.change { $0 += 1 }
            do { try await Task.sleep(for: .seconds(600)) } catch { cancelled.change { $0 += 1 } }
            return nil
        }
        try await withServer(options: options) { server, port in
            for count in 1...3 {
                let client = Task {
                    try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
                }
                try await eventually("the choice begins") { begun.value == count }
                client.cancel()
                await #expect(throws: TLSError.self) { _ = try await client.value }
            }
            try await eventually("nobody chooses any more") { cancelled.value == 3 && server.connectionCount == 0 }
        }
    }
}
