//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import HaspTesting
import NIOCore
import NIOEmbedded
import Testing

/// Peers that time their moves so that a handler does the wrong thing.
@Suite(.timeLimit(.minutes(1))) struct HostilePeerHandlerTests {
    /// A client may say goodbye, half-close its TCP connection and still read a long answer.
    @Test func aFINDoesNotTakeTheLastRecordsAlong() throws {
        let pair = try EmbeddedPair(server: .init(isHalfClosureAllowed: true)).connected()
        pair.server.wire.forgetEvents()
        pair.server.wire.isHolding = true
        pair.server.write("the last bytes")
        pair.server.close()
        pair.server.endInput()
        #expect(!pair.server.wire.events.contains(.closeAll), "the last bytes have not left yet")
        pair.server.wire.release()
        pair.loop.run()
        #expect(pair.server.wire.events.last == .closeAll)
        pair.finish()
    }

    /// The same after the peer's own goodbye.
    @Test func goodbyeAndFINDoNotTakeTheLastRecordsAlong() throws {
        let pair = try EmbeddedPair(server: .init(isHalfClosureAllowed: true)).connected()
        pair.server.wire.forgetEvents()
        pair.server.wire.isHolding = true
        pair.server.write("the last bytes")
        pair.server.close(.output)
        pair.client.close(.output)
        pair.carry(from: pair.client, to: pair.server)
        pair.server.endInput()
        #expect(!pair.server.wire.events.contains(.closeAll), "the last bytes have not left yet")
        pair.server.wire.release()
        pair.loop.run()
        #expect(pair.server.wire.events.last == .closeAll)
        pair.finish()
    }

    /// What cannot be read must not get past whoever chooses by what it says.
    @Test func aHelloInTheFormOfSSLv2DoesNotPassTheChooser() throws {
        struct Refused: Error {}
        let pair = try EmbeddedPair(chooser: .immediately { _ in throw Refused() })
        try pair.activate()
        pair.server.deliver(Self.sslv2Hello)
        #expect(try pair.server.wire.takeRecords().map(\.type) == [.alert])
        #expect(pair.server.recorder.errors.map(\.code) == [.protocolViolation])
        pair.finish()
    }

    /// RFC 5246, appendix E.2: version 3.3, one suite, no extensions.
    private static let sslv2Hello: [UInt8] =
        [0x80, 9 + 3 + 32, 1, 3, 3, 0, 3, 0, 0, 0, 32, 0x00, 0xC0, 0x2B] + [UInt8](repeating: 7, count: 32)
}
