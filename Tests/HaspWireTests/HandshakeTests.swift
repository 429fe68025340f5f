//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspWire
import Testing

@Suite struct HandshakeTests {
    @Test(arguments: [1, 2, 3, 4, 5, 100, 1_923, 1_924, 16_384])
    func aHelloCutOverRecordsComesTogether(fragmentSize: Int) throws {
        let message = try #require(try messages(in: Captures.chromium).first)
        let records = message.records(version: .tls10, maximumFragmentSize: fragmentSize)
        let size = message.serialized().count
        #expect(records.count == (size + fragmentSize - 1) / fragmentSize)
        #expect(records.allSatisfy { $0.version == .tls10 && $0.payload.count <= fragmentSize })
        #expect(try messages(in: records.flatMap { $0.serialized() }) == [message])
    }

    @Test(arguments: [Int.min, 0, 16_385, Int.max])
    func fragmentSizesOutsideTheRangeCountAsTheNearest(size: Int) throws {
        let message = HandshakeMessage(type: .certificate, body: Array(repeating: 9, count: 20_000))
        let records = message.records(maximumFragmentSize: size)
        #expect(records.count == (size < 1 ? 20_004 : 2))
        #expect(try messages(in: records.flatMap { $0.serialized() }) == [message])
    }

    @Test func severalMessagesInOneRecordComeApart() throws {
        let flight = try messages(in: Captures.serverFlightTLS12)
        var parser = HandshakeParser()
        parser.append(flight.flatMap { $0.serialized() })
        var arrived: [HandshakeMessage] = []
        while let message = try parser.next() { arrived.append(message) }
        #expect(arrived == flight)
        #expect(arrived.last?.body == [])
        #expect(parser.bufferedByteCount == 0)
    }

    @Test func oneByteAtATimeGivesTheSameMessages() throws {
        let flight = try messages(in: Captures.serverFlightTLS12)
        var parser = HandshakeParser()
        var arrived: [HandshakeMessage] = []
        for byte in flight.flatMap({ $0.serialized() }) {
            let piece = [byte]
            parser.append(piece.span.bytes)
            while let message = try parser.next() { arrived.append(message) }
        }
        #expect(arrived == flight)
    }

    @Test func theLimitHoldsBeforeTheBodyArrives() throws {
        var parser = HandshakeParser(maximumMessageSize: 300)
        parser.append([1, 0, 1, 44] + Array(repeating: 0, count: 300))
        #expect(try parser.next()?.body.count == 300)
        parser.append([11, 0, 1, 45])
        let error = WireError(.tooLarge, in: "certificate message", at: 304)
        #expect(throws: error) { try parser.next() }
        parser.append([1, 0, 0, 0])
        #expect(throws: error) { try parser.next() }
        #expect(parser.maximumMessageSize == 300)
        #expect(HandshakeParser().maximumMessageSize == 131_072)
    }
}
