//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspTLS
import HaspTesting
import NIOCore
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Ten thousand connections that send garbage, half a hello, HTTP, hang up or reset: nothing stays behind, and a good
/// client is served throughout.
///
/// It runs in a process of its own, where no other test opens files or needs memory.
@Suite struct TenThousandConnectionsTests {
    #if os(Linux)
    @Test(.timeLimit(.minutes(3))) func nothingStaysBehind() async throws {
        if Siege.isInside {
            try await Siege().run()
        } else {
            let outcome = try await Task.detached { try Siege.runInProcessOfItsOwn() }.value
            #expect(outcome == 0, "see above for what the process said")
        }
    }
    #endif
}

#if os(Linux)
private struct Siege {
    /// A sanitizer makes everything slower and keeps memory on purpose.
    private let isSanitized = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil
    private static let mark = "HASP_TESTS_SIEGE"
    private let wave = 100
    private var total: Int { isSanitized ? 1000 : 10_000 }
    private var warmUp: Int { total / 5 }

    /// What a wave of connections may leave in the allocator's corners.
    private let allowedGrowth = 4 << 20

    static var isInside: Bool { getenv(mark) != nil }

    /// Starts this test's own executable again for this test alone.
    ///
    /// - Returns: what the process returned.
    static func runInProcessOfItsOwn() throws -> Int32 {
        // Sockets of tests that run meanwhile must not be inherited: their peers would wait for the end in vain.
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
        if let function = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") {
            _ = unsafeBitCast(function, to: CloseFrom.self)(&actions, 3)
        }

        let words = [
            CommandLine.arguments[0], "--testing-library", "swift-testing", "--filter", "TenThousandConnectionsTests",
        ]
        var arguments = words.map { strdup($0) } + [nil]
        var environment = ProcessInfo.processInfo.environment
        // What singletons keep until the end is no leak.
        environment["ASAN_OPTIONS", default: ""] += ":detect_leaks=0"
        var variables = environment.map { strdup("\($0.key)=\($0.value)") }
        variables += [strdup("\(mark)=1"), nil]
        defer { for text in arguments + variables { free(text) } }

        var process = pid_t()
        let result = posix_spawn(&process, words[0], &actions, nil, &arguments, &variables)
        guard result == 0 else { throw TemporaryFolder.POSIXFailure(code: result) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }

    func run() async throws {
        let failures = Shared(0)
        let server = TLS.createServer(
            context: try TLSFixture.serverContext(), options: TLSFixture.serverOptions(), handler: echo)
        server.onHandshakeFailure { _ in failures.change { $0 += 1 } }
        try await server.listen(host: "127.0.0.1", port: 0)
        let port = try #require(server.localAddress?.port)
        let good = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
        #expect(try await good.echoes())
        let socketsBefore = RawSocket.openSockets()

        var memory = 0
        var done = 0
        while done < total {
            try await within(30, "a wave") { [wave, done] in try await attack(port, count: wave, from: done) }
            done += wave
            #expect(try await good.echoes("wave \(done)"), "a good client is served throughout")
            let fresh = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            #expect(try await fresh.echoes())
            try await fresh.close()
            if done == warmUp {
                try await settle(server)
                memory = Self.residentBytes()
            }
        }
        try await settle(server)
        let growth = Self.residentBytes() - memory
        print("\(total) connections: \(growth) bytes more, \(RawSocket.openSockets()) sockets, before \(socketsBefore)")
        try await eventually("as many sockets as before: \(socketsBefore)") {
            RawSocket.openSockets() == socketsBefore
        }
        #expect(failures.value == total, "each of them is told")
        if !isSanitized { #expect(growth < allowedGrowth, "\(growth) bytes more") }
        try await good.close()
        await server.close()
        #expect(server.connectionCount == 0)
    }

    private func attack(_ port: Int, count: Int, from start: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in start..<start + count {
                group.addTask {
                    let client = try await FaultyClient.connect(port: port, Self.script(index))
                    _ = try await client.ended()
                }
            }
            try await group.waitForAll()
        }
    }

    private static func script(_ index: Int) -> FaultyScript {
        switch index % 5 {
        case 0: .randomBytes(count: 200 + index % 1000, seed: UInt64(index))
        case 1: .halfHello
        case 2: .httpGet
        case 3: .closeAtOnce
        default: FaultyScript([.send(Array("\u{16}\u{3}\u{1}".utf8)), .reset])
        }
    }

    /// Only the good connection is left.
    private func settle(_ server: TLSServer) async throws {
        try await eventually("the server has closed the others") { server.connectionCount == 1 }
        Self.giveFreeMemoryBack()
    }

    /// `malloc_trim`, which the system's module does not show to Swift.
    private static func giveFreeMemoryBack() {
        guard let function = dlsym(nil, "malloc_trim") else { return }
        _ = unsafeBitCast(function, to: (@convention(c) (Int) -> Int32).self)(0)
    }

    private static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, 256, file) != nil else { return 0 }
        let text = line.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
#endif
