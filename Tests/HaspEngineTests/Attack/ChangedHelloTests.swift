//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspWire
import Testing

/// A client that asks for one name, is told to try again, and asks for another.
@Suite struct ChangedHelloTests {
    /// RFC 8446, section 4.1.2: the second ClientHello may differ in a few extensions only, and SNI is none of them. A
    /// context was chosen for the first name, and the report must not say that it was for the second.
    @Test func theNameOfTheFirstHelloHolds() throws {
        let context = try Fixture.server { $0.groups = [.secp384r1] }
        let server = try SecurePair(
            context: context, role: .server, options: TLSEngine.Options(isStoppingAtClientHello: true))
        let client = try ForeignClient(name: "public.test", groups: "X25519:P-384")
        try server.encrypted.write(client.advance([]))
        #expect(server.engine.report.serverName == "public.test")
        server.engine.choose(nil)
        try server.resume()
        client.name = "admin.test"
        let second = client.advance(server.encrypted.read())
        #expect(!second.isEmpty)
        _ = try? server.encrypted.write(second)
        #expect(server.engine.report.isHelloRetried)
        #expect(server.engine.failure?.code == .protocolViolation)
        // Level fatal, illegal_parameter; not encrypted yet.
        #expect(Array(server.encrypted.read().suffix(2)) == [2, AlertDescription.illegalParameter.rawValue])
    }
}
