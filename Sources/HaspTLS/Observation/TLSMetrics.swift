//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

package import HaspEngine
import HaspExplain
import Metrics

/// Counters and timers through swift-metrics. Without a backend each of them costs next to nothing.
///
/// | name | kind | dimensions |
/// |---|---|---|
/// | `hasp_handshakes_total` | counter | `role`, `outcome` (`completed`, `resumed`, `failed`), `fault` when failed |
/// | `hasp_handshake_duration` | timer | `role` |
/// | `hasp_connections_open` | meter | `role` |
/// | `hasp_bytes_total` | counter | `role`, `direction` (`read`, `written`) |
package struct TLSMetrics: Sendable {
    private let role: String
    /// Failures are counted by their fault, which is not known beforehand; they go where all other numbers go.
    private let factory: any MetricsFactory
    /// Without a backend, not even the names are put together.
    private let isRecording: Bool
    private let completed: Counter
    private let resumed: Counter
    private let duration: Timer
    private let open: Meter
    private let read: Counter
    private let written: Counter

    package init(role: TLSRole) {
        self.role = role.rawValue
        factory = MetricsSystem.factory
        isRecording = !(factory is NOOPMetricsHandler)
        let role = ("role", role.rawValue)
        completed = Counter(label: "hasp_handshakes_total", dimensions: [role, ("outcome", "completed")])
        resumed = Counter(label: "hasp_handshakes_total", dimensions: [role, ("outcome", "resumed")])
        duration = Timer(label: "hasp_handshake_duration", dimensions: [role])
        open = Meter(label: "hasp_connections_open", dimensions: [role])
        read = Counter(label: "hasp_bytes_total", dimensions: [role, ("direction", "read")])
        written = Counter(label: "hasp_bytes_total", dimensions: [role, ("direction", "written")])
    }

    package func handshakeCompleted(_ report: HandshakeReport) {
        guard isRecording else { return }
        (report.isSessionReused ? resumed : completed).increment()
        if let elapsed = report.timeline.handshakeDuration {
            let (seconds, attoseconds) = elapsed.components
            duration.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
        }
    }

    /// The ids of the catalogue are a closed set, so that this cannot grow with what strangers send.
    package func handshakeFailed(_ error: TLSError) {
        guard isRecording else { return }
        Counter(
            label: "hasp_handshakes_total",
            dimensions: [
                ("role", role), ("outcome", "failed"), ("fault", error.faultID?.rawValue ?? error.code.description),
            ],
            factory: factory
        ).increment()
    }

    package func connectionOpened() { open.increment() }

    package func connectionClosed(read: Int, written: Int) {
        open.decrement()
        self.read.increment(by: read)
        self.written.increment(by: written)
    }
}
