//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import Logging
import Metrics
import MetricsTestKit
import NIOCore
import Testing

/// What a server tells swift-metrics and swift-log.
@Suite(.timeLimit(.minutes(1))) struct ServerObservationTests {
    @Test func everyMetric() async throws {
        let metrics = TestMetrics()
        let server = try withMetricsFactory(metrics) {
            TLSServer(
                context: try TLSFixture.serverContext(),
                options: TLSFixture.serverOptions { $0.maximumConnections = 2 },
                handler: echo)
        }
        try await server.listen(host: "127.0.0.1", port: 0)
        let port = try #require(server.localAddress?.port)

        let first = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
        let second = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
        #expect(try await first.echoes("12345"))
        let completed = try metrics.expectCounter(
            "hasp_handshakes_total", [("role", "server"), ("outcome", "completed")])
        try await eventually("both are counted") { completed.totalValue == 2 }
        let open = try metrics.expectMeter("hasp_connections_open", [("role", "server")])
        try await eventually("both are open") { open.lastValue == 2 }
        let duration = try metrics.expectTimer("hasp_handshake_duration", [("role", "server")])
        #expect(duration.values.count == 2)
        #expect(duration.values.allSatisfy { (1_000...30_000_000_000).contains($0) }, "\(duration.values)")

        // One too many, then one that does not speak TLS.
        await #expect(throws: TLSError.self) {
            _ = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
        }
        try await eventually("the refusal is counted") {
            metrics.counters(label: "hasp_handshakes_total").contains {
                $0.has("outcome", "failed") && $0.has("fault", "connectionLimit") && $0.totalValue == 1
            }
        }
        try await first.close()
        try await second.close()
        try await eventually("all are closed") { open.lastValue == 0 }
        let client = try await FaultyClient.connect(port: port, .httpGet)
        _ = try await client.ended()
        try await eventually("the failure is counted") {
            metrics.counters(label: "hasp_handshakes_total").contains {
                $0.has("role", "server") && $0.has("outcome", "failed")
                    && $0.has("fault", "plain.client-speaks-http") && $0.totalValue == 1
            }
        }
        let read = try metrics.expectCounter("hasp_bytes_total", [("role", "server"), ("direction", "read")])
        let written = try metrics.expectCounter("hasp_bytes_total", [("role", "server"), ("direction", "written")])
        try await eventually("bytes are counted") { read.totalValue == 5 && written.totalValue == 5 }
        #expect(completed.totalValue == 2)
        await server.close()
    }

    /// What strangers send must not decide how many series there are.
    @Test func faultsAreAClosedSet() async throws {
        let metrics = TestMetrics()
        let server = try withMetricsFactory(metrics) {
            TLSServer(context: try TLSFixture.serverContext(), options: TLSFixture.serverOptions(), handler: echo)
        }
        try await server.listen(host: "127.0.0.1", port: 0)
        let port = try #require(server.localAddress?.port)
        for seed in 1...20 {
            let client = try await FaultyClient.connect(port: port, .randomBytes(count: 64, seed: UInt64(seed)))
            _ = try await client.ended()
        }
        let failed = { metrics.counters(label: "hasp_handshakes_total").filter { $0.has("outcome", "failed") } }
        try await eventually("all are counted") { failed().reduce(0) { $0 + $1.totalValue } == 20 }
        #expect(failed().count == 1)
        #expect(failed().first?.has("fault", "garbage") == true)
        await server.close()
    }

    @Test func logLines() async throws {
        struct Oops: Error {}
        let log = LogRecord()
        let options = TLSFixture.serverOptions { $0.logger = log.logger }
        try await serving(options: options) { _ in throw Oops() }.run { server, port in
            #expect(log.lines.contains { $0.hasPrefix("debug listening address=127.0.0.1:") })
            let client = try await FaultyClient.connect(port: port, .httpGet)
            _ = try await client.ended()
            try await eventually("the failure is logged") {
                log.lines.contains { $0.hasPrefix("debug handshake failed error=127.0.0.1:") }
            }
            let line = try #require(log.lines.first { $0.contains("handshake failed") })
            #expect(line.contains("[plain.client-speaks-http]"))
            #expect(!line.contains("\n"))
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            _ = try? await socket.read()
            try await eventually("the end is logged") { log.lines.contains("debug connection ended error=Oops()") }
        }
    }
}

extension TestCounter {
    fileprivate func has(_ name: String, _ value: String) -> Bool { dimensions.contains { $0 == (name, value) } }
}

/// Keeps what is logged, one text for each line.
final class LogRecord: Sendable {
    private let kept = Shared<[String]>([])

    var lines: [String] { kept.value }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(kept: self.kept) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        var kept: Shared<[String]>
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
            let text = all.map { " \($0.key)=\($0.value)" }.joined()
            kept.append("\(event.level) \(event.message)\(text)")
        }
    }
}
