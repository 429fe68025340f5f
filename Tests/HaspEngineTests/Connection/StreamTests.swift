//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspExplain
import HaspTesting
import HaspWire
import Testing

/// What happens after the handshake: data, its end, and what must not be taken for an end.
@Suite struct StreamTests {
    @Test(arguments: testedVersions, [nil, 1, 1000])
    func dataArrivesWhateverThePieces(_ version: ProtocolVersion, _ chunkSize: Int?) throws {
        let pair = try pair(version)
        pair.chunkSize = chunkSize
        try pair.shake()
        for role in [TLSRole.client, .server] {
            #expect(try pair.transfer(Array("hello".utf8), from: role) == Array("hello".utf8))
            #expect(try pair.transfer([], from: role).isEmpty)
            let long = pattern(40_000)
            #expect(try pair.transfer(long, from: role) == long)
        }
    }

    @Test(arguments: testedVersions)
    func aMebibyteEachWay(_ version: ProtocolVersion) throws {
        let pair = try pair(version)
        try pair.shake()
        let data = pattern(1 << 20)
        for role in [TLSRole.client, .server] { #expect(try pair.transfer(data, from: role) == data) }
    }

    @Test(arguments: testedVersions)
    func dataWrittenBeforeTheHandshakeWaitsForIt(_ version: ProtocolVersion) throws {
        let pair = try pair(version)
        try pair.client.cleartext.write(Array("from the client, ".utf8))
        try pair.client.cleartext.write(Array("early".utf8))
        try pair.server.cleartext.write(Array("from the server".utf8))
        pair.client.cleartext.end()
        try pair.shake()
        #expect(pair.server.cleartext.read() == Array("from the client, early".utf8))
        #expect(pair.client.cleartext.read() == Array("from the server".utf8))
        #expect(pair.server.cleartext.isEnded)
    }

    @Test(arguments: testedVersions)
    func recordsAreNoLongerThanTheirBound(_ version: ProtocolVersion) throws {
        let pair = try pair(version)
        try pair.shake()
        for count in [1, 100, 16_384, 16_385, 100_000] {
            let before = pair.bytesToServer
            _ = try pair.transfer(pattern(count), from: .client)
            let sent = pair.bytesToServer - before
            #expect(sent > count)
            #expect(sent <= pair.client.engine.ciphertextBound(for: count))
        }
    }

    // MARK: The end

    @Test(arguments: testedVersions, [TLSRole.client, .server])
    func eachSideCanCloseAndStillRead(_ version: ProtocolVersion, _ role: TLSRole) throws {
        let pair = try pair(version)
        try pair.shake()
        let (closing, other) = role == .client ? (pair.client, pair.server) : (pair.server, pair.client)
        try closing.cleartext.write(Array("last words".utf8))
        closing.cleartext.end()
        pair.exchange()
        #expect(other.cleartext.read() == Array("last words".utf8))
        #expect(other.cleartext.isEnded && !closing.cleartext.isEnded)
        #expect(closing.engine.isOutputClosed && !other.engine.isOutputClosed)

        // The other side goes on as long as it likes.
        let answer = try pair.transfer(pattern(50_000), from: role == .client ? .server : .client)
        #expect(answer == pattern(50_000))
        other.cleartext.end()
        pair.exchange()
        #expect(closing.cleartext.isEnded)
        for direction in [EnginePair.Direction.toServer, .toClient] { pair.cut(direction) }
        #expect(pair.firstError == nil)
        #expect(pair.isSecure)
    }

    @Test func endIsSaidOnce() throws {
        let pair = try pair(.tls13)
        try pair.shake()
        pair.client.cleartext.end()
        #expect(!pair.client.encrypted.read().isEmpty)
        pair.client.cleartext.end()
        #expect(pair.client.encrypted.read().isEmpty)
    }

    @Test(arguments: testedVersions)
    func writeAfterEndFailsAndHarmsNothing(_ version: ProtocolVersion) throws {
        let pair = try pair(version)
        try pair.shake()
        pair.client.cleartext.end()
        let error = try #require(
            throws: TLSError.self, performing: { try pair.client.cleartext.write(Array("more".utf8)) })
        #expect(error.code == .closed)
        #expect(error.blame == .local)
        #expect(error.nodeCode == "ERR_STREAM_WRITE_AFTER_END")
        pair.exchange()
        #expect(pair.server.cleartext.read().isEmpty)
        #expect(try pair.transfer(Array("still".utf8), from: .server) == Array("still".utf8))
    }

    @Test func writeAfterEndBeforeTheHandshakeFailsAsWell() throws {
        let pair = try pair(.tls13)
        pair.client.cleartext.end()
        let error = try #require(throws: TLSError.self, performing: { try pair.client.cleartext.write([1]) })
        #expect(error.code == .closed)
        try pair.shake()
        #expect(pair.server.cleartext.read().isEmpty)
    }

    @Test(arguments: testedVersions)
    func endWithoutGoodbyeIsATruncation(_ version: ProtocolVersion) throws {
        for direction in [EnginePair.Direction.toServer, .toClient] {
            let pair = try pair(version)
            try pair.shake()
            pair.cut(direction)
            let error = try #require(pair.firstError)
            #expect(error.code == .truncated)
            #expect(error.phase == .established)
            #expect(error.faultID == .truncated)
            #expect(error.role == (direction == .toServer ? .server : .client))
            #expect(!pair.isSecure)
        }
    }

    @Test(arguments: testedVersions)
    func endInsideARecordIsATruncation(_ version: ProtocolVersion) throws {
        let pair = try pair(version)
        try pair.shake()
        try pair.client.cleartext.write(pattern(1000))
        pair.tamper = { _, bytes in Array(bytes.dropLast()) }
        pair.carry(.toServer)
        #expect(pair.server.cleartext.read().isEmpty)
        pair.cut(.toServer)
        #expect(pair.serverError?.code == .truncated)
    }

    @Test func bytesAfterGoodbyeAreIgnored() throws {
        let pair = try pair(.tls13)
        try pair.shake()
        pair.client.cleartext.end()
        pair.tamper = { _, bytes in bytes + Array("and then some".utf8) }
        pair.carry(.toServer)
        #expect(pair.server.cleartext.isEnded)
        #expect(pair.server.cleartext.read().isEmpty)
        #expect(pair.serverError == nil)
    }

    // MARK: Tampering

    @Test(arguments: testedVersions)
    func changedRecordIsFound(_ version: ProtocolVersion) throws {
        for position in [5, 20, -1] {
            let pair = try pair(version)
            try pair.shake()
            try pair.client.cleartext.write(Array("pay 10 to Bob".utf8))
            pair.tamper = { direction, bytes in
                var changed = bytes
                if direction == .toServer { changed[position < 0 ? bytes.count - 1 : position] ^= 1 }
                return changed
            }
            pair.exchange()
            #expect(pair.serverError?.code == .recordCorrupt)
            #expect(pair.serverError?.seenAlert == .sent(20))
            #expect(pair.serverError?.phase == .established)
            #expect(pair.serverError?.blame == .network)
            #expect(pair.serverError?.faultID == .tamperMAC)
            #expect(pair.clientError?.seenAlert == .received(20))
            #expect(pair.server.cleartext.read().isEmpty)
            #expect(!pair.server.isSecure)
        }
    }

    @Test(arguments: testedVersions)
    func repeatedRecordIsFound(_ version: ProtocolVersion) throws {
        let pair = try pair(version)
        try pair.shake()
        try pair.client.cleartext.write(Array("pay 10 to Bob".utf8))
        pair.tamper = { direction, bytes in direction == .toServer ? bytes + bytes : bytes }
        pair.carry(.toServer)
        #expect(pair.server.cleartext.read() == Array("pay 10 to Bob".utf8))
        #expect(pair.serverError?.code == .recordCorrupt)
    }

    @Test(arguments: testedVersions)
    func changedHandshakeNeverCompletes(_ version: ProtocolVersion) throws {
        // One bit at many places of each flight: neither end may call it secure with the other's agreement.
        for direction in [EnginePair.Direction.toServer, .toClient] {
            for step in 0..<24 {
                let pair = try pair(version)
                var isChanged = false
                pair.tamper = { way, bytes in
                    guard way == direction, !isChanged else { return bytes }
                    isChanged = true
                    var changed = bytes
                    changed[bytes.count * step / 24] ^= 0x10
                    return changed
                }
                pair.exchange()
                #expect(isChanged)
                pair.cut(.toServer)
                pair.cut(.toClient)
                #expect(!pair.isSecure)
                #expect(pair.firstError != nil)
            }
        }
    }

    @Test func failureIsForGood() throws {
        let pair = try pair(.tls13)
        try pair.shake()
        pair.deliver(Array("garbage in the middle of it all".utf8), .toServer)
        let error = try #require(pair.serverError)
        #expect(throws: error) { try pair.server.cleartext.write([1]) }
        #expect(throws: error) { try pair.server.encrypted.write([1]) }
        #expect(throws: error) { try pair.server.engine.handshake() }
        #expect(pair.server.engine.failure == error)
        pair.server.cleartext.end()
        pair.exchange()
        #expect(pair.clientError != nil)
        #expect(!pair.client.cleartext.isEnded)
    }

    // MARK: Memory

    @Test(arguments: testedVersions)
    func nothingHoldsAnEngineThatIsDone(_ version: ProtocolVersion) throws {
        weak var client: TLSEngine?
        weak var server: TLSEngine?
        weak var context: SecureContext?
        do {
            let own = try Fixture.server()
            let pair = try Fixture.pair(client: Fixture.client { $0.maximumVersion = version }, server: own)
            (client, server, context) = (pair.client.engine, pair.server.engine, own)
            try pair.shake()
            _ = try pair.transfer(pattern(100), from: .server)
            #expect(client != nil && server != nil && context != nil)
        }
        #expect(client == nil && server == nil && context == nil)
    }

    @Test func nothingHoldsAnEngineThatWaitsOrFailed() throws {
        weak var waiting: TLSEngine?
        weak var failed: TLSEngine?
        do {
            let pair = try EnginePair(
                client: Fixture.client(), server: Fixture.server(), name: "localhost", isStoppingAtClientHello: true)
            pair.exchange()
            waiting = pair.server.engine
            let bad = try Fixture.pair(server: Fixture.server(showing: Fixture.identity(of: Fixture.stranger)))
            bad.exchange()
            failed = bad.client.engine
            #expect(waiting?.isWaitingAtClientHello == true && failed?.failure != nil)
        }
        #expect(waiting == nil && failed == nil)
    }

    // MARK: Helpers

    private func pair(_ version: ProtocolVersion) throws -> EnginePair {
        try Fixture.pair(client: Fixture.client { $0.maximumVersion = version })
    }

    private func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) } }
}
