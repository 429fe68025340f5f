//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspTLS
import HaspTesting
import NIOCore
import NIOPosix
import Testing

/// Connections that do not come about: what is thrown, and that it is thrown in time.
@Suite(.timeLimit(.minutes(1))) struct ConnectFailureTests {
    @Test(arguments: [0, -1, 65_536, 1 << 40]) func portsOutOfRange(port: Int) async throws {
        for attempt in [
            { _ = try await TLS.connect(host: "localhost", port: port) },
            { _ = try await TLS.connectPlain(host: "localhost", port: port) },
        ] {
            let error = await #expect(throws: TLSError.self) { try await attempt() }
            #expect(error?.code == .optionInvalid)
            #expect(error?.detail.contains("\(port)") == true)
        }
    }

    @Test(arguments: ["", "a b", "x..y", "host:80", "\u{7}", "[::1", "999.1.1.1"])
    func namesThatAreNone(host: String) async throws {
        let error = await #expect(throws: TLSError.self) { _ = try await TLS.connect(host: host, port: 443) }
        #expect(error?.code == .nameInvalid)
        #expect(error?.phase == .configuration)
    }

    @Test func aNameWithoutAddress() async throws {
        let error = await failure(host: "no-such-host.invalid", port: 443)
        #expect(error?.code == .nameNotFound)
        #expect(error?.nodeCode == "ENOTFOUND")
        #expect(error?.faultID == .netDNS)
        #expect(error?.summary.contains("no-such-host.invalid") == true)
    }

    @Test func nobodyListens() async throws {
        let port = try await closedPort()
        let error = await failure(host: "127.0.0.1", port: port)
        #expect(error?.code == .connectionRefused)
        #expect(error?.nodeCode == "ECONNREFUSED")
        #expect(error?.faultID == .netRefused)
        #expect(error?.peerAddress == "127.0.0.1:\(port)")
        #expect(error?.phase == .connecting)
    }

    @Test func nobodyListensOnEitherFamily() async throws {
        let port = try await closedPort()
        let error = await failure(host: "localhost", port: port)
        #expect(error?.code == .connectionRefused)
        #expect(error?.detail.contains("127.0.0.1:\(port)") == true)
    }

    @Test func noUnixSocket() async throws {
        let error = await #expect(throws: TLSError.self) {
            _ = try await TLS.connect(unixPath: "/tmp/hasp-no-such-socket", options: try TLSFixture.client())
        }
        #expect(error?.code == .connectionRefused)
        #expect(error?.summary.contains("/tmp/hasp-no-such-socket") == true)
    }

    @Test func aUnixPathThatIsTooLong() async throws {
        let path = "/tmp/" + String(repeating: "x", count: 99)
        let error = await #expect(throws: TLSError.self) {
            _ = try await TLS.connect(unixPath: path, options: try TLSFixture.client())
        }
        #expect(error?.code == .optionInvalid)
        #expect(error?.phase == .configuration)
        #expect(error?.blame == .configuration)
        #expect(error?.faultID == nil)
        #expect(error?.detail.contains("103 bytes") == true)
        #expect(error?.summary.contains(path) == true)
        // One byte less is no mistake.
        let fitting = await #expect(throws: TLSError.self) {
            _ = try await TLS.connect(unixPath: String(path.dropLast()), options: try TLSFixture.client())
        }
        #expect(fitting?.code == .connectionRefused)
    }

    @Test(arguments: [
        (EACCES, TLSError.Code.permissionDenied, "EACCES"), (EPERM, .permissionDenied, "EACCES"),
        (EADDRNOTAVAIL, .addressNotAvailable, "EADDRNOTAVAIL"),
        (EAFNOSUPPORT, .addressNotAvailable, "EADDRNOTAVAIL"), (EADDRINUSE, .addressInUse, "EADDRINUSE"),
    ])
    func whatTheSystemRefuses(number: CInt, code: TLSError.Code, nodeCode: String) {
        let failed = IOError(errnoCode: number, reason: "bind")
        let error = NetworkFailure.error(for: failed, phase: .configuration, role: .server)
        #expect(error.code == code)
        #expect(error.nodeCode == nodeCode)
        #expect(error.blame == .configuration)
        #expect(error.detail == String(cString: strerror(number)))
    }

    @Test func aWrongName() async throws {
        try await withServer(context: TLSFixture.serverContext(["other.example"])) { _, port in
            let error = await failure(host: "localhost", port: port)
            #expect(error?.code == .nameMismatch)
            #expect(error?.nodeCode == "ERR_TLS_CERT_ALTNAME_INVALID")
            #expect(error?.faultID == .certHostname)
            #expect(error?.alert?.isReceived == false)
            #expect(error?.explanation(in: .english)?.contains("other.example") == true)
        }
    }

    @Test func aWrongAddress() async throws {
        try await withServer(context: TLSFixture.serverContext(["other.example"])) { _, port in
            let error = await failure(host: "127.0.0.1", port: port)
            #expect(error?.code == .nameMismatch)
            #expect(error?.faultID == .certIPSAN)
        }
    }

    @Test func anUntrustedCertificate() async throws {
        let stranger = try TLSFixture.identity(of: TLSFixture.stranger)
        try await withServer(context: SecureContext(identity: stranger.identity)) { _, port in
            let error = await failure(host: "localhost", port: port)
            #expect(error?.code == .certificateRejected)
            #expect(error?.phase == .handshake)
            #expect(error?.peerAddress?.hasSuffix(":\(port)") == true)
            #expect(error?.description.contains("\n") == true, "explained")
        }
    }

    @Test func trustThatCannotBeRead() async throws {
        var options = try TLSFixture.client()
        options.tls.trust = .file("/no/such/file.pem")
        let chosen = options
        let error = await #expect(throws: TLSError.self) {
            _ = try await TLS.connect(host: "localhost", port: 9, options: chosen)
        }
        #expect(error?.code == .fileUnreadable)
        #expect(error?.summary.contains("/no/such/file.pem") == true)
    }

    // MARK: Time

    @Test func aSilentPeerIsGivenUp() async throws {
        let peer = try await FaultyServer.start(.silent)
        let start = ContinuousClock.now
        let error = await failure(host: "127.0.0.1", port: peer.port) { $0.timeout = .seconds(2) }
        #expect(error?.code == .handshakeTimeout)
        #expect(error?.faultID == .netHalfOpen)
        #expect(ContinuousClock.now - start >= .milliseconds(1900))
        #expect(ContinuousClock.now - start < .seconds(15))
        try await peer.close()
    }

    /// A listener whose queue is full does not answer.
    @Test func aConnectionThatIsNotAnswered() async throws {
        let full = try FullListener()
        defer { full.close() }
        let start = ContinuousClock.now
        let error = await failure(host: "127.0.0.1", port: full.port) { $0.timeout = .milliseconds(300) }
        #expect(error?.code == .connectTimeout)
        #expect(error?.nodeCode == "ETIMEDOUT")
        #expect(error?.phase == .connecting)
        #expect(ContinuousClock.now - start < .seconds(15))
    }

    // MARK: Cancellation

    @Test func cancelledInsideTheHandshake() async throws {
        let peer = try await FaultyServer.start(.silent)
        let task = Task { try await TLS.connect(host: "127.0.0.1", port: peer.port, options: try TLSFixture.client()) }
        try await eventually("the client's hello has come") { peer.received.first?.isEmpty == false }
        task.cancel()
        let error = await #expect(throws: TLSError.self) {
            try await within(15, "cancelled") { _ = try await task.value }
        }
        #expect(error?.code == .cancelled)
        #expect(error?.nodeCode == "ABORT_ERR")
        try await within(15, "the connection is closed") { try await peer.close() }
    }

    @Test func cancelledWhileConnecting() async throws {
        let full = try FullListener()
        defer { full.close() }
        let task = Task { try await TLS.connect(host: "127.0.0.1", port: full.port, options: try TLSFixture.client()) }
        try await eventually("the attempt is under way") { full.hasAttempt }
        task.cancel()
        let error = await #expect(throws: TLSError.self) {
            try await within(15, "cancelled") { _ = try await task.value }
        }
        #expect(error?.code == .cancelled)
        try await eventually("the attempt is given up") { !full.hasAttempt }
    }

    @Test func cancelledBeforeItBegins() async throws {
        try await withServer { _, port in
            let gate = Gate()
            let task = Task {
                await gate.wait()
                return try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            }
            task.cancel()
            gate.open()
            let error = await #expect(throws: TLSError.self) {
                try await within(15, "cancelled") { _ = try await task.value }
            }
            #expect(error?.code == .cancelled)
        }
    }

    /// Before anything else a context is made, which takes its time too.
    @Test func cancelledBeforeTheContextIsMade() async throws {
        let options = try TLSFixture.client { $0.tls.alpnProtocols = ["never-used-before"] }
        let gate = Gate()
        let task = Task {
            await gate.wait()
            return try await TLS.connect(host: "127.0.0.1", port: 9, options: options)
        }
        task.cancel()
        gate.open()
        let error = await #expect(throws: TLSError.self) {
            try await within(15, "cancelled") { _ = try await task.value }
        }
        #expect(error?.code == .cancelled)
    }

    private func failure(
        host: String, port: Int, _ change: (inout ClientOptions) -> Void = { _ in }
    ) async -> TLSError? {
        guard var options = try? TLSFixture.client() else { return nil }
        change(&options)
        let chosen = options
        return await #expect(throws: TLSError.self) {
            try await within(30, "connect") {
                let socket = try await TLS.connect(host: host, port: port, options: chosen)
                Issue.record("connected to \(socket.remoteAddress as Any)")
            }
        }
    }
}
