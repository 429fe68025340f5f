//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL
import HaspEngine
import HaspTesting
import HaspWire
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a check leaves on OpenSSL's error queue must not become the outcome of the handshake.
@Suite struct StaleErrorTests {
    /// A signature that does not fit leaves errors of the cryptographic library behind. "Verify but tell me" goes on,
    /// however the client's messages are cut.
    @Test(arguments: testedVersions, [nil, 1])
    func aBadSignatureIsReportedOnly(_ version: ProtocolVersion, _ chunk: Int?) throws {
        let alice = try Fixture.clientIdentity()
        var der = try Certificate(pem: alice.certificatePEM).der
        // The last byte belongs to the issuer's signature.
        der[der.count - 1] ^= 1
        let text = Data(der).base64EncodedString()
        let pem = "-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n"
        let client = try Fixture.client {
            $0.identities = [.pem(certificate: pem, key: alice.keyPEM)]
            $0.maximumVersion = version
        }
        let pair = try Fixture.pair(client: client, server: Fixture.server { $0.verification = .reportOnly })
        pair.chunkSize = chunk
        let (_, server) = try pair.shake()
        #expect(!server.isAuthorized)
        #expect(server.verificationErrors.map(\.code.nodeCode) == ["CERT_SIGNATURE_FAILURE"])
        #expect(ERR_peek_error() == 0, "nothing is left for whoever comes next")
        #expect(try pair.transfer(Array("hello".utf8), from: .client) == Array("hello".utf8))
    }
}
