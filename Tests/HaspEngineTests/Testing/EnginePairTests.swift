//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspTesting
import HaspWire
import Testing

/// The pair in memory and its two halves.
@Suite struct EnginePairTests {
    @Test(arguments: testedVersions, [nil, 1, 13, 4096])
    func handshakeSucceedsWhateverThePieces(_ version: ProtocolVersion, _ chunkSize: Int?) throws {
        let pair = try Fixture.pair(client: Fixture.client { $0.maximumVersion = version })
        pair.chunkSize = chunkSize
        try pair.shake()
        #expect(pair.isSecure && pair.client.isSecure && pair.server.isSecure)
        #expect(pair.bytesToServer > 0 && pair.bytesToClient > pair.bytesToServer)
    }

    @Test func clientSpeaksFirst() throws {
        let pair = try Fixture.pair()
        #expect(pair.server.encrypted.read().isEmpty)
        let hello = pair.client.encrypted.read()
        #expect(FirstBytes.classify(hello) == .tlsRecord)
        #expect(pair.client.encrypted.read().isEmpty)
    }

    @Test func tamperSeesAllAndDecidesWhatArrives() throws {
        let pair = try Fixture.pair()
        var seen: [EnginePair.Direction: Int] = [:]
        pair.tamper = { direction, bytes in
            seen[direction, default: 0] += bytes.count
            return bytes
        }
        try pair.shake()
        #expect(seen == [.toServer: pair.bytesToServer, .toClient: pair.bytesToClient])
        pair.tamper = { _, _ in [] }
        #expect(try pair.transfer([1, 2, 3], from: .client).isEmpty)
    }

    @Test func waitingOnBothSidesIsNoSuccess() throws {
        let pair = try Fixture.pair()
        pair.tamper = { _, _ in [] }
        let error = try #require(throws: TLSError.self, performing: { try pair.shake() })
        #expect(error.code == .handshakeFailed)
        #expect(pair.clientError == nil && pair.serverError == nil)
    }

    @Test func firstErrorIsTheCause() throws {
        let pair = try Fixture.pair(server: Fixture.server(showing: Fixture.identity(of: Fixture.stranger)))
        let error = try #require(throws: TLSError.self, performing: { try pair.shake() })
        #expect(error.code == .certificateRejected)
        #expect(pair.firstError == pair.clientError)
        #expect(pair.serverError?.code == .rejectedByPeer)
    }

    @Test(arguments: ["", "two words", "a..b", "host:443"])
    func impossibleNameIsRefused(_ name: String) throws {
        let error = try #require(throws: TLSError.self, performing: { try Fixture.pair(name: name) })
        #expect(error.code == .nameInvalid)
    }

    @Test(arguments: ["", "a\u{0}b", String(repeating: "a", count: 256)])
    func impossibleServerNameIsRefused(_ name: String) throws {
        let error = try #require(
            throws: TLSError.self,
            performing: {
                try TLSEngine(
                    context: Fixture.client(), role: .client, options: TLSEngine.Options(serverName: name))
            })
        #expect(error.code == .nameInvalid)
        #expect(error.phase == .configuration)
    }

    /// Contexts are shared by all threads; under the thread sanitizer this is the test of that promise.
    @Test func contextsServeManyThreadsAtOnce() async throws {
        let server = try Fixture.server {
            $0.identities = try [.p256, .ed25519].map { try Fixture.identity($0).identity }
            $0.verification = .reportOnly
        }
        let client = try Fixture.client { $0.identities = [try Fixture.clientIdentity().identity] }
        let answers = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for number in 0..<64 {
                group.addTask {
                    let pair = try Fixture.pair(client: client, server: server)
                    try pair.shake()
                    #expect(pair.server.engine.report.isAuthorized)
                    return try pair.transfer([UInt8(number)], from: .client)
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(answers.sorted() == Array(0..<64))
    }

    @Test func emptyTrafficIsNoTraffic() throws {
        let pair = try Fixture.pair()
        try pair.server.encrypted.write([])
        try pair.client.encrypted.write([])
        try pair.shake()
        try pair.server.encrypted.write([])
        #expect(pair.isSecure)
    }
}
