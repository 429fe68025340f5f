//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspTLS
import HaspTesting
import NIOCore
import Synchronization
import Testing

/// Standard input and output through TLS.
@Suite(.timeLimit(.minutes(5)))
struct ConnectPipeTests {
    private static let large = 20 << 20

    @Test func twentyMegabytesBothWaysAtTheSameTime() async throws {
        let (there, back) = (Data.noise(Self.large, seed: 1), Data.noise(Self.large, seed: 2))
        let received = Mutex<Bool?>(nil)
        let own = try await OwnServer.start { socket in
            async let reading = socket.readAll()
            try await socket.write(ByteBuffer(bytes: back))
            try await socket.end()
            let all = try await reading
            received.withLock { $0 = all.readableBytesView.elementsEqual(there) }
        }
        let result = try await RunningProgram.hasp(
            "connect", own.target, "--ca", own.folder.caFile, input: there)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output == back)
        // The command may end before the server has compared.
        while received.withLock({ $0 }) == nil { try await Task.sleep(for: .milliseconds(10)) }
        #expect(received.withLock { $0 } == true)
        await own.stop()
    }

    @Test func endOfInputIsPassedOnAndTheRestIsRead() async throws {
        let own = try await OwnServer.start { socket in
            let all = try await socket.readAll()
            // Only after the client's goodbye.
            try await socket.write("\(all.readableBytes) bytes, ")
            try await socket.write("goodbye\0\u{1B}[0m")
        }
        let result = try await RunningProgram.hasp(
            "connect", own.target, "--ca", own.folder.caFile, input: Data([0, 13, 10, 255, 27]))
        #expect(result.status == 0)
        // Standard output carries the bytes as they are.
        #expect(result.text == "5 bytes, goodbye\0\u{1B}[0m")
        await own.stop()
    }

    @Test func talkBackAndForth() async throws {
        let own = try await OwnServer.start { socket in
            for try await bytes in socket { try await socket.write(bytes) }
        }
        let program = try RunningProgram.hasp(["connect", own.target, "--ca", own.folder.caFile])
        for word in ["one\n", "two\n", "three\n"] {
            await program.send(word)
            try await program.waitForOutput(word)
        }
        #expect(try await program.end().status == 0)
        await own.stop()
    }

    @Test func serverThatEndsIsTheEndAlthoughInputIsOpen() async throws {
        let own = try await OwnServer.start { socket in try await socket.write("bye\n") }
        let program = try RunningProgram.hasp(["connect", own.target, "--ca", own.folder.caFile])
        let result = try await program.waitForEnd()
        #expect(result.status == 0)
        #expect(result.text == "bye\n")
        await own.stop()
    }

    @Test func slowReaderOfStandardOutputStopsTheServer() async throws {
        let written = Atomic(0)
        let own = try await OwnServer.start { socket in
            let block = ByteBuffer(repeating: 0x61, count: 64 << 10)
            while true {
                try await socket.write(block)
                written.wrappingAdd(block.readableBytes, ordering: .relaxed)
            }
        }
        let program = try RunningProgram.hasp(
            ["connect", own.target, "--ca", own.folder.caFile], isOutputRead: false)
        try await program.waitForErrors("finished")
        // It comes to a stand.
        var last = -1
        while last != written.load(ordering: .relaxed) {
            last = written.load(ordering: .relaxed)
            try await Task.sleep(for: .seconds(1))
        }
        #expect(last > 0)
        #expect(last < 16 << 20, "\(last) bytes were taken although nobody reads")
        // A write that blocks does not keep Ctrl-C from ending the command.
        program.kill(SIGINT)
        #expect(try await program.waitForEnd().status == 130)
        await own.stop()
    }

    @Test func readerThatHasSeenEnoughIsNoError() async throws {
        let own = try await OwnServer.start { socket in
            while true { try await socket.write(ByteBuffer(repeating: 0x61, count: 64 << 10)) }
        }
        let script = "(\"$0\" connect \(own.target) --ca \(own.folder.caFile); echo \"status $?\" >&2) | head -c 10"
        let program = try RunningProgram.program("sh", ["-c", script, try BuiltCommand.path])
        let result = try await program.waitForEnd()
        #expect(result.text == "aaaaaaaaaa")
        #expect(result.errors.hasSuffix(" ms\nstatus 0\n"), "\(result.errors)")
        await own.stop()
    }

    @Test func standardStreamsThatAreClosedOrFull() async throws {
        let own = try await OwnServer.start { socket in try await socket.write("bye\n") }
        let command = "\"$0\" connect \(own.target) --ca \(own.folder.caFile)"
        for (redirection, status, words) in [
            ("<&-", 0, "finished"), (">&-", 1, "standard output cannot be written: Bad file descriptor"),
            (">/dev/full", 1, "standard output cannot be written: No space left"),
            ("</", 1, "standard input cannot be read: Is a directory"),
        ] {
            let program = try RunningProgram.program("sh", ["-c", "\(command) \(redirection)", try BuiltCommand.path])
            let result = try await program.waitForEnd()
            #expect(result.status == Int32(status), "\(redirection)")
            expect(result.errors, has: [words])
        }
        await own.stop()
    }

    @Test func interruptSaysGoodbye() async throws {
        let isOrderly = Mutex<Bool?>(nil)
        let own = try await OwnServer.start { socket in
            do {
                _ = try await socket.readAll()
                isOrderly.withLock { $0 = true }
            } catch {
                isOrderly.withLock { $0 = false }
            }
        }
        let program = try RunningProgram.hasp(["connect", own.target, "--ca", own.folder.caFile])
        try await program.waitForErrors("finished")
        program.kill(SIGINT)
        let result = try await program.waitForEnd()
        #expect(result.status == 130)
        #expect(result.errors.hasSuffix(" ms\n"))
        while isOrderly.withLock({ $0 }) == nil { try await Task.sleep(for: .milliseconds(10)) }
        #expect(isOrderly.withLock { $0 } == true)
        await own.stop()
    }

    @Test func connectionThatIsCutIsReported() async throws {
        let folder = try CertificateFolder()
        let context = try SecureContext(
            identity: .files(certificate: folder.certificateFile, key: folder.keyFile))
        // The handshake takes less than 2,000 bytes; the echo of the input does not fit any more.
        let server = try await FaultyServer.start(.cut(after: 6000, context: context))
        let result = try await RunningProgram.hasp(
            "connect", "localhost:\(server.port)", "--ca", folder.caFile, input: Data.noise(100_000, seed: 3))
        #expect(result.status == 1)
        expect(result.errors, has: ["[truncated]", "finished"])
        try await server.close()
    }
}
