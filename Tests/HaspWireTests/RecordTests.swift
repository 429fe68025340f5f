//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspWire
import Testing

@Suite struct RecordTests {
    @Test(arguments: Captures.all)
    func recordsSerializeToTheSameBytes(capture: [UInt8]) throws {
        let records = try records(in: capture)
        #expect(!records.isEmpty)
        #expect(records.flatMap { $0.serialized() } == capture)
    }

    @Test(arguments: Captures.all)
    func oneByteAtATimeGivesTheSameRecords(capture: [UInt8]) throws {
        var parser = RecordParser()
        var arrived: [Record] = []
        for byte in capture {
            parser.append(CollectionOfOne(byte))
            while let record = try parser.next() { arrived.append(record) }
        }
        #expect(try arrived == records(in: capture))
        #expect(parser.bufferedByteCount == 0)
    }

    @Test func aCutRecordWaits() throws {
        var parser = RecordParser()
        let cut = Array(Captures.openSSL13.dropLast())
        parser.append(cut.span.bytes)
        #expect(try parser.next() == nil)
        #expect(parser.bufferedByteCount == Captures.openSSL13.count - 1)
        parser.append(Captures.openSSL13.suffix(1))
        #expect(try parser.next()?.type == .handshake)
    }

    @Test func whatIsNoRecordIsRefusedAtOnce() {
        var http = RecordParser()
        http.append("H".utf8)
        #expect(throws: WireError(.notTLS, in: "record type 0x48", at: 0)) { try http.next() }
        // It stays failed, whatever comes.
        http.append(Captures.openSSL13)
        #expect(throws: WireError(.notTLS, in: "record type 0x48", at: 0)) { try http.next() }

        var version = RecordParser()
        version.append([22, 2])
        #expect(throws: WireError(.notTLS, in: "record version", at: 1)) { try version.next() }
    }

    @Test func errorsCountFromTheBeginningOfTheStream() throws {
        var parser = RecordParser()
        parser.append(Captures.handshakeFailureAlert + [0x99])
        #expect(try parser.next()?.type == .alert)
        #expect(throws: WireError(.notTLS, in: "record type 0x99", at: 7)) { try parser.next() }
    }

    @Test(arguments: [
        (Record.maximumTLS12CiphertextSize, RecordParser()),
        (Record.maximumTLS13CiphertextSize, RecordParser(maximumPayloadSize: Record.maximumTLS13CiphertextSize)),
        (Record.maximumPlaintextSize, RecordParser(maximumPayloadSize: Record.maximumPlaintextSize)),
    ])
    func theLimitIsExact(limit: Int, parser: RecordParser) throws {
        var atLimit = parser
        atLimit.append(Record(type: .applicationData, payload: Array(repeating: 1, count: limit)).serialized())
        #expect(try atLimit.next()?.payload.count == limit)

        // The header alone is enough to refuse.
        var overLimit = parser
        overLimit.append([23, 3, 3, UInt8((limit + 1) >> 8), UInt8((limit + 1) & 0xFF)])
        #expect(throws: WireError(.tooLarge, in: "record of \(limit + 1) bytes", at: 3)) { try overLimit.next() }
    }

    @Test func afterAnErrorNothingIsKeptOrAccepted() {
        var parser = RecordParser(maximumPayloadSize: 1)
        parser.append(Captures.handshakeFailureAlert)
        let error = WireError(.tooLarge, in: "record of 2 bytes", at: 3)
        #expect(throws: error) { try parser.next() }
        parser.maximumPayloadSize = 2
        #expect(throws: error) { try parser.next() }
        parser.append(Captures.chromium)
        #expect(parser.bufferedByteCount == Captures.handshakeFailureAlert.count)
    }

    @Test func theLimitsAreThoseOfTheRFCs() {
        #expect(Record.maximumPlaintextSize == 16_384)
        #expect(Record.maximumTLS13CiphertextSize == 16_640)
        #expect(Record.maximumTLS12CiphertextSize == 18_432)
    }

    @Test func alerts() throws {
        let record = try #require(try records(in: Captures.handshakeFailureAlert).first)
        #expect(record.type == .alert)
        let alert = try Alert(parsing: record.payload)
        #expect(alert == Alert(level: .fatal, description: .handshakeFailure))
        #expect("\(alert)" == "fatal handshake_failure")
        #expect(alert.record() == record)
        #expect(!alert.isCloseNotify)
        #expect(Alert(level: .warning, description: .closeNotify).isCloseNotify)
        #expect(throws: WireError.self) { try Alert(parsing: [2]) }
        #expect(throws: WireError(.trailingBytes, in: "alert", at: 2)) { try Alert(parsing: [2, 40, 0]) }
    }
}
