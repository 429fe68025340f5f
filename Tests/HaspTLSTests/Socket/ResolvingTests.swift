//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTesting
import NIOCore
import NIOPosix
import Testing

@testable import HaspTLS

/// Several addresses for a name, and names that take for ever, with a resolver of the test's own.
@Suite(.timeLimit(.minutes(1))) struct ResolvingTests {
    @Test(.enabled(if: LoopbackIPv6.isThere, "no IPv6 on loopback"), arguments: [true, false])
    func theAddressThatAnswersIsUsed(isOldFamilyAlive: Bool) async throws {
        let alive = isOldFamilyAlive ? "127.0.0.1" : "::1"
        let server = TLS.createServer(context: try TLSFixture.serverContext(), handler: echo)
        try await server.listen(host: alive, port: 0)
        let port = try #require(server.localAddress?.port)
        let socket = try await attempt().run {
            $0.resolver(FixedResolver(["127.0.0.1"], ["::1"], on: loop)).connect(host: "localhost", port: port)
        }
        #expect(socket.remoteAddress?.ipAddress == alive)
        #expect(socket.isAuthorized)
        try await socket.close()
        await server.close()
    }

    @Test(.enabled(if: LoopbackIPv6.isThere, "no IPv6 on loopback"))
    func allAddressesAreNamedWhenNoneAnswers() async throws {
        let port = try await closedPort()
        let error = await #expect(throws: TLSError.self) {
            _ = try await attempt().run {
                $0.resolver(FixedResolver(["127.0.0.1"], ["::1"], on: loop)).connect(host: "localhost", port: port)
            }
        }
        #expect(error?.code == .connectionRefused)
        #expect(error?.detail.contains("[::1]:\(port)") == true)
        #expect(error?.detail.contains("127.0.0.1:\(port)") == true)
    }

    @Test func aNameWithoutAddresses() async throws {
        let error = await #expect(throws: TLSError.self) {
            _ = try await attempt().run {
                $0.resolver(FixedResolver([], [], on: loop)).connect(host: "localhost", port: 1)
            }
        }
        #expect(error?.code == .nameNotFound)
    }

    @Test func aLookUpThatHangsIsGivenUpInTime() async throws {
        let error = await #expect(throws: TLSError.self) {
            try await within(15, "the limit") {
                _ = try await attempt(timeout: .milliseconds(100)).run {
                    $0.resolver(HangingResolver(on: loop)).connect(host: "localhost", port: 1)
                }
            }
        }
        #expect(error?.code == .connectTimeout)
    }

    @Test func aLookUpThatHangsCanBeCancelled() async throws {
        let begun = Gate()
        let task = Task {
            _ = try await attempt(timeout: .seconds(30)).run {
                begun.open()
                return $0.resolver(HangingResolver(on: loop)).connect(host: "localhost", port: 1)
            }
        }
        await begun.wait()
        task.cancel()
        let error = await #expect(throws: TLSError.self) { try await within(15, "cancelled") { try await task.value } }
        #expect(error?.code == .cancelled)
    }

    private func attempt(timeout: TimeAmount = .seconds(10)) throws -> ConnectAttempt {
        ConnectAttempt(
            eventLoop: loop, timeout: timeout, start: HandshakeTimeline.now(), values: ["host": "localhost"],
            tls: ConnectAttempt.Security(
                context: try TLSFixture.clientContext(), serverName: "localhost", peerName: .dns("localhost"),
                configuration: .init(isHalfClosureAllowed: true)))
    }

    private let loop = MultiThreadedEventLoopGroup.singleton.next()
}

/// Knows one answer.
private final class FixedResolver: Resolver, Sendable {
    private let old: [String]
    private let new: [String]
    private let loop: any EventLoop

    init(_ old: [String], _ new: [String], on loop: any EventLoop) {
        (self.old, self.new, self.loop) = (old, new, loop)
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { answer(old, port) }
    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { answer(new, port) }
    func cancelQueries() {}

    private func answer(_ addresses: [String], _ port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeCompletedFuture { try addresses.map { try SocketAddress(ipAddress: $0, port: port) } }
    }
}

/// Never answers.
private final class HangingResolver: Resolver, Sendable {
    private let promise: EventLoopPromise<[SocketAddress]>

    init(on loop: any EventLoop) { promise = loop.makePromise() }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { promise.futureResult }
    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { promise.futureResult }
    func cancelQueries() { promise.fail(CancellationError()) }
}
