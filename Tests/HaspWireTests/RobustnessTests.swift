//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspWire
import Testing

/// No bytes whatever make a parser trap, loop, or accept what it cannot give back.
@Suite struct RobustnessTests {
    @Test(arguments: Captures.all)
    func everyTruncation(capture: [UInt8]) throws {
        for count in 0...capture.count { Self.feed(Array(capture.prefix(count))) }

        for message in try messages(in: capture) {
            for count in 0..<message.body.count {
                let part = Array(message.body.prefix(count))
                switch message.type {
                case .clientHello where count != Self.endOfCompression(in: part):
                    #expect(throws: WireError.self) { try ClientHello(parsing: part) }
                case .certificate:
                    #expect(throws: WireError.self) { try CertificateMessage(parsing: part) }
                default:
                    Self.parseMessages(part)
                }
            }
        }
    }

    @Test(arguments: 0..<4)
    func mutations(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let captures = Captures.all
        let bodies = try captures.flatMap { try messages(in: $0).map(\.body) }
        for _ in 0..<50_000 {
            guard let capture = captures.randomElement(using: &random),
                let body = bodies.randomElement(using: &random)
            else { return }
            Self.feed(Self.mutate(capture, using: &random))
            Self.parseMessages(Self.mutate(body, using: &random))
        }
    }

    @Test func noise() {
        var random = SeededGenerator(seed: 99)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...120, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            Self.feed(bytes)
            Self.parseMessages(bytes)
        }
    }

    /// Where a ClientHello may end without extensions; nil when the bytes do not reach so far.
    private static func endOfCompression(in body: [UInt8]) -> Int? {
        guard body.count > 34 else { return nil }
        let suites = 35 + Int(body[34])
        guard body.count > suites + 1 else { return nil }
        let compression = suites + 2 + Int(body[suites]) << 8 + Int(body[suites + 1])
        return body.count > compression ? compression + 1 + Int(body[compression]) : nil
    }

    /// Everything that reads a stream.
    private static func feed(_ bytes: [UInt8]) {
        _ = FirstBytes.classify(bytes)
        _ = FirstBytes.classify(bytes, isComplete: true).name
        var records = RecordParser()
        var handshake = HandshakeParser()
        records.append(bytes)
        while let record = try? records.next() {
            _ = try? Alert(parsing: record.payload)
            handshake.append(record.payload)
            while let message = try? handshake.next() { parseMessages(message.body) }
        }
        #expect(records.bufferedByteCount <= bytes.count)
    }

    /// Everything that reads a message, and every property of what comes out.
    private static func parseMessages(_ body: [UInt8]) {
        if let hello = try? ClientHello(parsing: body) {
            #expect(hello.serialized() == body)
            _ = (hello.serverName, hello.alpnProtocols, hello.supportedVersions, hello.supportedGroups)
            _ = (hello.keyShares, hello.signatureSchemes, hello.certificateSignatureSchemes, hello.pskIdentities)
            _ = (hello.pskKeyExchangeModes, hello.statusRequest, hello.ecPointFormats, hello.recordSizeLimit)
            _ = (hello.certificateCompressionAlgorithms, hello.cookie, hello.sessionTicket)
        }
        if let hello = try? ServerHello(parsing: body) {
            #expect(hello.serialized() == body)
            _ = (hello.selectedVersion, hello.selectedGroup, hello.selectedALPN, hello.selectedPSKIdentity)
            _ = (hello.cookie, hello.keyShare, hello.hasDowngradeSignal)
        }
        if let message = try? CertificateMessage(parsing: body) { #expect(message.serialized() == body) }
    }

    /// Changes bytes and bits, cuts, doubles and inserts, one to four times.
    private static func mutate(_ original: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard !bytes.isEmpty else { return bytes }
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 2: bytes[index] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
            case 3: bytes.removeSubrange(index...)
            case 4: bytes.remove(at: index)
            default: bytes.insert(contentsOf: bytes[index..<min(index + 8, bytes.count)], at: index)
            }
        }
        return bytes
    }
}
