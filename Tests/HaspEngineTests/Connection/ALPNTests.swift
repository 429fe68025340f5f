//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspExplain
import HaspTesting
import HaspWire
import Testing

/// Application protocols (RFC 7301).
@Suite struct ALPNTests {
    @Test(arguments: testedVersions)
    func orderOfTheServerDecides(_ version: ProtocolVersion) throws {
        #expect(try agreed(["http/1.1", "h2"], ["h2", "http/1.1"], version) == "h2")
        #expect(try agreed(["http/1.1", "h2"], ["http/1.1", "h2"], version) == "http/1.1")
        #expect(try agreed(["a", "b", "h2"], ["c", "h2"], version) == "h2")
        // A name is compared as a whole.
        #expect(try agreed(["h2c", "h2"], ["h2"], version) == "h2")
    }

    @Test(arguments: testedVersions)
    func withoutAListOnOneSideNothingIsAgreed(_ version: ProtocolVersion) throws {
        #expect(try agreed([], ["h2"], version) == nil)
        #expect(try agreed(["h2"], [], version) == nil)
        #expect(try agreed([], [], version) == nil)
    }

    @Test(arguments: testedVersions)
    func nothingInCommonIsFatal(_ version: ProtocolVersion) throws {
        let pair = try pair(["h3"], ["h2", "http/1.1"], version)
        pair.exchange()
        #expect(pair.serverError?.code == .noApplicationProtocol)
        #expect(pair.serverError?.seenAlert == .sent(120))
        #expect(pair.serverError?.nodeCode == "ERR_SSL_NO_APPLICATION_PROTOCOL")
        #expect(pair.clientError?.code == .noApplicationProtocol)
        #expect(pair.clientError?.seenAlert == .received(120))
        #expect(pair.clientError?.nodeCode == "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL")
        #expect(pair.serverError?.faultID == .alpnNone && pair.clientError?.faultID == .alpnNone)
    }

    @Test func longestNamesArePossible() throws {
        let long = String(repeating: "x", count: 255)
        #expect(try agreed([long], [long], .tls13) == long)
    }

    @Test(arguments: ["", String(repeating: "x", count: 256), String(repeating: "é", count: 128)])
    func impossibleNamesAreRefused(_ name: String) throws {
        let error = try #require(
            throws: TLSError.self, performing: { try SecureContext(TLSOptions(alpnProtocols: ["h2", name])) })
        #expect(error.code == .alpnInvalid)
        #expect(error.detail.contains("1"))
        #expect(error.nodeCode == "ERR_OUT_OF_RANGE")
    }

    @Test func listThatDoesNotFitIntoAnExtensionIsRefused() throws {
        let names = Array(repeating: String(repeating: "x", count: 255), count: 257)
        let error = try #require(
            throws: TLSError.self, performing: { try SecureContext(TLSOptions(alpnProtocols: names)) })
        #expect(error.code == .alpnInvalid)
    }

    private func agreed(_ client: [String], _ server: [String], _ version: ProtocolVersion) throws -> String? {
        let pair = try pair(client, server, version)
        let reports = try pair.shake()
        #expect(reports.client.alpnProtocol == reports.server.alpnProtocol)
        #expect(reports.server.clientHello?.alpnProtocols == client)
        return reports.client.alpnProtocol
    }

    private func pair(_ client: [String], _ server: [String], _ version: ProtocolVersion) throws -> EnginePair {
        try Fixture.pair(
            client: Fixture.client {
                $0.alpnProtocols = client
                $0.maximumVersion = version
            },
            server: Fixture.server { $0.alpnProtocols = server })
    }
}
