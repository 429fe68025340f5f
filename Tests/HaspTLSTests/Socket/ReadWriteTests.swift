//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import NIOCore
import NIOPosix
import Testing

/// Reading and writing through a socket.
@Suite(.timeLimit(.minutes(1))) struct ReadWriteTests {
    @Test func textBytesAndBuffers() async throws {
        try await withServer { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            try await socket.write("text ")
            try await socket.write([UInt8]("bytes ".utf8))
            try await socket.write(ByteBuffer(string: "buffer"))
            try await socket.write("")
            #expect(try await socket.read(exactly: 17) == "text bytes buffer")
            #expect(socket.bytesWritten == 17)
            #expect(socket.bytesRead == 17)
            try await socket.close()
        }
    }

    @Test func aSequenceEndsWithTheGoodbye() async throws {
        try await serving { socket in
            try await socket.write("one")
            try await socket.write("two")
        }.run { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            var all = ""
            for try await bytes in socket { all += String(buffer: bytes) }
            #expect(all == "onetwo")
            #expect(try await socket.read() == nil, "the end stays the end")
            #expect(socket.failure == nil)
        }
    }

    @Test func aWriteThatWaitsCanBeCancelled() async throws {
        let isReading = Gate()
        try await serving { _ in await isReading.wait() }.run { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            let writing = Task {
                let chunk = ByteBuffer(repeating: 1, count: 1 << 20)
                while true { try await socket.write(chunk) }
            }
            try await eventually("the writer waits") { !socket.channel.isWritable }
            writing.cancel()
            let outcome = await writing.result
            #expect(throws: TLSError.self) { try outcome.get() }
            #expect((outcome.failure as? TLSError)?.code == .cancelled)
            #expect(socket.isEncrypted, "the connection lives on")
            isReading.open()
        }
    }

    @Test(arguments: [ProtocolVersion.tls12, .tls13]) func aMiBEachWay(version: ProtocolVersion) async throws {
        let context = try TLSFixture.serverContext { $0.maximumVersion = version }
        try await withServer(context: context) { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            let sent = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) }
            async let received: [UInt8] = {
                var all: [UInt8] = []
                while all.count < sent.count, let bytes = try await socket.read() {
                    all += Array(bytes.readableBytesView)
                }
                return all
            }()
            for start in stride(from: 0, to: sent.count, by: 50_000) {
                try await socket.write(sent[start..<min(start + 50_000, sent.count)])
            }
            let isSame = try await received == sent
            #expect(isSame)
            #expect(socket.bytesRead == sent.count)
            #expect(socket.bytesWritten == sent.count)
            try await socket.close()
        }
    }

    @Test func manyTasksMayWrite() async throws {
        let total = Shared(0)
        try await serving { socket in
            let count = try await socket.drain()
            total.change { $0 = count }
        }.run { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        for _ in 0..<50 { try await socket.write(Array(repeating: 1, count: 100)) }
                    }
                }
                try await group.waitForAll()
            }
            try await socket.end()
            #expect(try await socket.read() == nil)
            try await eventually("all has come") { total.value == 16 * 50 * 100 }
        }
    }

    // MARK: One reader

    @Test func twoReadersAreRefused() async throws {
        try await withServer { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            let first = Task { try await socket.read() }
            // Which of the two comes first is not known; exactly one is refused, and the other gets the bytes.
            let second = Task { try await socket.read() }
            let results = Shared<[Result<ByteBuffer?, any Error>]>([])
            let watchers = [first, second].map { task in Task { results.append(await task.result) } }
            try await eventually("one is refused") { results.value.count == 1 }
            guard case .failure(let error)? = results.value.first else {
                return #expect(Bool(false), "nothing can have come")
            }
            #expect((error as? TLSError)?.code == .optionInvalid)
            #expect((error as? TLSError)?.blame == .local)
            try await socket.write("x")
            for watcher in watchers { await watcher.value }
            let texts = results.value.compactMap { try? $0.get() }.map { String(buffer: $0) }
            #expect(texts == ["x"])
        }
    }

    @Test func aCancelledReadLosesNothing() async throws {
        try await withServer { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            for round in 0..<20 {
                let reading = Task { try await socket.read() }
                if round.isMultiple(of: 2) { await Task.yield() }
                reading.cancel()
                let error = await #expect(throws: TLSError.self) {
                    try await within(15, "the read ends") { _ = try await reading.value }
                }
                #expect(error?.code == .cancelled)
            }
            #expect(socket.isEncrypted, "only the read was cancelled")
            #expect(try await socket.echoes("all here"))
        }
    }

    @Test func aTaskThatIsCancelledAlreadyDoesNotWait() async throws {
        try await withServer { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            let gate = Gate()
            let reading = Task {
                await gate.wait()
                return try await socket.read()
            }
            reading.cancel()
            gate.open()
            let error = await #expect(throws: TLSError.self) {
                try await within(15, "the read ends") { _ = try await reading.value }
            }
            #expect(error?.code == .cancelled)
        }
    }

    // MARK: Back-pressure

    @Test func aWriterWaitsForASlowReader() async throws {
        let written = Shared(0)
        let total = 24 << 20
        try await serving { socket in
            let chunk = ByteBuffer(repeating: 1, count: 64 << 10)
            for _ in 0..<(total / chunk.readableBytes) {
                try await socket.write(chunk)
                written.change { $0 += chunk.readableBytes }
            }
        }.run { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            try await eventually("something is written") { written.value > 0 }
            // Without a reader it comes to a halt: what is on its way is bounded by both sides' queues and the kernel.
            try await eventually("the writer stands still", within: 15) {
                let before = written.value
                try await Task.sleep(for: .milliseconds(300))
                return written.value == before
            }
            #expect(written.value < total, "the writer has not waited")
            #expect(socket.bytesRead < 1 << 20, "what arrives unread is bounded")
            #expect(try await socket.drain() == total)
            try await eventually("the writer has finished") { written.value == total }
        }
    }

    @Test func aClientWaitsForASlowServer() async throws {
        let go = Gate()
        let total = 24 << 20
        let received = Shared(0)
        try await serving(options: TLSFixture.serverOptions { $0.drainTimeout = .seconds(5) }) { socket in
            await go.wait()
            let count = try await socket.drain()
            received.change { $0 = count }
        }.run { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            let writer = Task {
                let chunk = ByteBuffer(repeating: 1, count: 64 << 10)
                for _ in 0..<(total / chunk.readableBytes) { try await socket.write(chunk) }
                try await socket.end()
            }
            try await socket.waitUntilStalled()
            #expect(socket.bytesWritten < total)
            go.open()
            try await within(20, "all is written") { try await writer.value }
            try await eventually("all is read") { received.value == total }
        }
    }

    @Test func aWaitingWriterIsToldOfTheEnd() async throws {
        let go = Gate()
        try await serving { socket in
            await go.wait()
            try await socket.close()
        }.run { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            let writer = Task {
                let chunk = ByteBuffer(repeating: 1, count: 64 << 10)
                while true { try await socket.write(chunk) }
            }
            try await socket.waitUntilStalled()
            go.open()
            let error = await #expect(throws: TLSError.self) {
                try await within(20, "the writer ends") { try await writer.value }
            }
            #expect(error != nil)
        }
    }

    // MARK: Threads

    @Test func aServersTaskRunsOnItsEventLoop() async throws {
        let findings = Shared<[String: Bool]>([:])
        try await serving { socket in
            let loop = socket.channel.eventLoop
            @Sendable func note(_ place: String) { findings.change { $0[place] = loop.inEventLoop } }
            note("at the beginning")
            _ = try await socket.read()
            note("after a read")
            try await socket.write("x")
            note("after a write")
            try await Task.sleep(for: .milliseconds(1))
            note("after a sleep")
            await Task.yield()
            note("after a yield")
            async let child: Void = note("in a child task")
            await child
            await withTaskGroup(of: Void.self) { group in
                group.addTask { note("in a group") }
            }
            await Task.detached {}.value
            note("after another task")
            try await socket.end()
            note("after end")
        }.run { _, port in
            let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            try await socket.write("go")
            _ = try await socket.drain()
            try await eventually("all was looked at") { findings.value.count == 9 }
            for (place, isOnLoop) in findings.value { #expect(isOnLoop, "\(place)") }
        }
    }

    @Test func writesFromAnywhereReachThePeer() async throws {
        let sockets = Shared<[TLSSocket]>([])
        let over = Gate()
        try await serving { socket in
            sockets.append(socket)
            await over.wait()
        }.run { _, port in
            let client = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
            try await eventually("the server's side is there") { sockets.value.count == 1 }
            let server = try #require(sockets.value.first)
            #expect(!server.channel.eventLoop.inEventLoop)
            try await server.write("from outside")
            #expect(try await client.read(exactly: 12) == "from outside")
            try await client.write("to outside")
            #expect(try await server.read(exactly: 10) == "to outside")
            sockets.change { $0 = [] }
            over.open()
        }
    }

    @Test func writesBeforeASuspensionShareARecord() async throws {
        try await serving { socket in
            for index in 0..<50 { try await socket.write("\(index) ") }
        }.run { _, port in
            let client = try await RawTLSClient.connect(port: port)
            let records = try await client.recordsUntilEnd()
            // Four messages of the handshake, two tickets, one record with all of the text, the goodbye.
            #expect(records.count { $0.type == .applicationData } <= 8, "\(records.map(\.payload.count))")
            let expected = (0..<50).reduce(0) { $0 + "\($1) ".utf8.count } + 17
            #expect(records.contains { $0.payload.count == expected })
        }
    }
}

extension Result {
    fileprivate var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
