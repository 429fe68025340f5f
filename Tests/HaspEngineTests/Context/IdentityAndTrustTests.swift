//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspExplain
import HaspTesting
import HaspWire
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Identities in every form, and what each form of trust accepts.
@Suite struct IdentityAndTrustTests {
    // MARK: Identities

    enum Form: CaseIterable, Sendable { case pem, encryptedPEM, der, files, encryptedFiles }

    @Test(arguments: Form.allCases)
    func identityIsShownWhateverItsForm(_ form: Form) throws {
        let directory = try TemporaryDirectory()
        for kind in [PrivateKey.Kind.rsa(), .p256, .ed25519] {
            let issued = try Fixture.identity(kind, of: Fixture.ca.intermediate())
            let identity: Identity
            switch form {
            case .pem: identity = .pem(certificate: issued.certificatePEM, key: issued.keyPEM)
            case .encryptedPEM:
                identity = .pem(
                    certificate: issued.certificatePEM, key: try issued.privateKey.pem(passphrase: "päss"),
                    passphrase: "päss")
            case .der:
                identity = .der(chain: issued.certificateChain.map(\.der), key: try der(ofPEM: issued.keyPEM))
            case .files:
                let files = try issued.write(to: directory.path)
                identity = .files(certificate: files.certificateFile, key: files.keyFile)
            case .encryptedFiles:
                let files = try issued.write(to: directory.path, passphrase: "secret")
                identity = .files(certificate: files.certificateFile, key: files.keyFile, passphrase: "secret")
            }
            let reports = try Fixture.pair(server: SecureContext(identity: identity)).shake()
            #expect(reports.client.peerChain == issued.certificateChain)
            #expect(reports.server.localChain == issued.certificateChain)
        }
    }

    @Test func passphraseMissingOrWrong() throws {
        let issued = try Fixture.identity()
        let key = try issued.privateKey.pem(passphrase: "do not print me")
        for passphrase in [nil, "wrong", ""] {
            let error = try #require(
                throws: TLSError.self,
                performing: {
                    try SecureContext(
                        identity: .pem(certificate: issued.certificatePEM, key: key, passphrase: passphrase))
                })
            #expect(error.code == .passphraseWrong)
            #expect(error.nodeCode == "ERR_OSSL_BAD_DECRYPT")
            #expect(error.faultID == .configKeyPassphrase)
            #expect(!error.description.contains("do not print me"))
        }
    }

    @Test func keyOfAnotherCertificate() throws {
        for other in [PrivateKey.Kind.p256, .ed25519, .rsa()] {
            let key = try TestKeys.shared(other, slot: 7).pem()
            let error = try #require(
                throws: TLSError.self,
                performing: {
                    try SecureContext(
                        identity: .pem(certificate: try Fixture.identity().certificatePEM, key: key))
                })
            #expect(error.code == .keyMismatch)
            #expect(error.nodeCode == "ERR_OSSL_X509_KEY_VALUES_MISMATCH")
            #expect(error.faultID == .certKeyMismatch)
            #expect(error.blame == .configuration)
        }
    }

    @Test func unreadableParts() throws {
        let issued = try Fixture.identity()
        func code(_ identity: Identity) -> TLSError.Code? {
            do {
                _ = try SecureContext(identity: identity)
                return nil
            } catch { return error.code }
        }
        #expect(code(.pem(certificate: "rubbish", key: issued.keyPEM)) == .certificateUnreadable)
        #expect(code(.pem(certificate: issued.keyPEM, key: issued.keyPEM)) == .certificateUnreadable)
        #expect(code(.pem(certificate: "", key: issued.keyPEM)) == .certificateUnreadable)
        #expect(code(.pem(certificate: issued.certificatePEM, key: "rubbish")) == .privateKeyUnreadable)
        #expect(code(.pem(certificate: issued.certificatePEM, key: issued.certificatePEM)) == .privateKeyUnreadable)
        #expect(code(.der(chain: [], key: [])) == .certificateUnreadable)
        #expect(code(.der(chain: [[0x30, 0x03]], key: [])) == .certificateUnreadable)
        #expect(code(.files(certificate: "/nonexistent/cert.pem", key: "/nonexistent/key.pem")) == .fileUnreadable)
        #expect(code(issued.identity) == nil)
    }

    @Test func missingFileIsNamed() throws {
        let error = try #require(
            throws: TLSError.self,
            performing: {
                try SecureContext(identity: .files(certificate: "/nonexistent/cert.pem", key: "/nonexistent/key.pem"))
            })
        #expect(error.description.contains("/nonexistent/cert.pem"))
        #expect(error.nodeCode == "ENOENT")
        #expect(error.faultID == .configFileMissing)
    }

    @Test func weakKeyIsRefusedWithItsCertificate() throws {
        let key = try TestKeys.shared(.rsa(bits: 1024))
        let issued = try Fixture.ca.issue(names: ["localhost"], privateKey: key)
        let error = try #require(throws: TLSError.self, performing: { try SecureContext(identity: issued.identity) })
        #expect(error.code == .certificateRefused)
        #expect(error.faultID == .certWeakKey)
        // The security level inside the cipher string governs what is loaded after it.
        #expect(throws: Never.self) {
            try SecureContext(TLSOptions(ciphers: "DEFAULT@SECLEVEL=0", identities: [issued.identity]))
        }
    }

    @Test func identityPrintsNothingSecret() throws {
        let issued = try Fixture.identity()
        let identity = Identity.pem(
            certificate: issued.certificatePEM, key: issued.keyPEM, passphrase: "do not print me")
        var dumped = ""
        dump(identity, to: &dumped)
        for text in ["\(identity)", String(reflecting: identity), dumped] {
            #expect(!text.contains("PRIVATE") && !text.contains("do not print me"))
        }
    }

    @Test func serverWithoutIdentityHasNothingToShow() throws {
        for version in testedVersions {
            let pair = try Fixture.pair(
                client: Fixture.client { $0.maximumVersion = version }, server: SecureContext())
            pair.exchange()
            #expect(pair.serverError?.code == .noCertificate)
            #expect(pair.serverError?.faultID == .noCert)
            #expect(pair.serverError?.blame == .configuration)
            #expect(pair.clientError?.seenAlert == .received(40))
        }
    }

    // MARK: Trust

    @Test func trustInAFileOrText() throws {
        let directory = try TemporaryDirectory()
        let file = try Fixture.ca.write(to: directory.path)
        let both = try Fixture.stranger.pem + Fixture.ca.pem
        for trust in [Trust.file(file), .pem(try Fixture.ca.pem), .pem(both), .nobody.adding(file: file)] {
            #expect(try shake(trust).client.isAuthorized)
        }
    }

    @Test func trustReplacesUnlessItAdds() throws {
        let ca = try Fixture.ca.pem
        #expect(try refusal(.system) == .certificateRejected)
        #expect(try refusal(.nobody) == .certificateRejected)
        #expect(try refusal(.pem(Fixture.stranger.pem)) == .certificateRejected)
        #expect(try shake(.system.adding(pem: ca)).client.isAuthorized)
        #expect(try shake(.nobody.adding(pem: ca)).client.isAuthorized)
        #expect(try shake(.pem(Fixture.stranger.pem).adding(pem: ca)).client.isAuthorized)
    }

    @Test func addedTrustKeepsWhatWasThere() throws {
        let trust = Trust.pem(try Fixture.ca.pem).adding(pem: try Fixture.stranger.pem)
        #expect(try shake(trust).client.isAuthorized)
        let client = try SecureContext(TLSOptions(trust: trust))
        let stranger = try Fixture.server(showing: Fixture.identity(of: Fixture.stranger))
        #expect(try Fixture.pair(client: client, server: stranger).shake().client.isAuthorized)
    }

    @Test func unusableTrustIsRefused() throws {
        let directory = try TemporaryDirectory()
        func code(_ trust: Trust) -> TLSError.Code? {
            do {
                _ = try SecureContext(TLSOptions(trust: trust))
                return nil
            } catch { return error.code }
        }
        #expect(code(.pem("no certificate here")) == .trustUnreadable)
        #expect(code(.pem("")) == .trustUnreadable)
        #expect(code(.file("/nonexistent/ca.pem")) == .fileUnreadable)
        #expect(code(.file(directory.path)) == .fileUnreadable)
    }

    /// In a process of its own, since the place of the system's certificates is a matter of the environment.
    @Test func systemTrustIsThatOfTheSystem() async {
        await #expect(processExitsWith: .success) {
            let directory = try TemporaryDirectory()
            let ca = try TestCA()
            setenv("SSL_CERT_FILE", try ca.write(to: directory.path), 1)
            let pair = try EnginePair(
                client: SecureContext(), server: SecureContext(identity: ca.issue(names: ["localhost"]).identity),
                name: "localhost")
            let report = try pair.shake().client
            try #require(report.isAuthorized)
        }
    }

    // MARK: Helpers

    private func shake(_ trust: Trust) throws -> (client: HandshakeReport, server: HandshakeReport) {
        try Fixture.pair(client: SecureContext(TLSOptions(trust: trust))).shake()
    }

    private func refusal(_ trust: Trust) throws -> TLSError.Code? {
        try Fixture.pair(client: SecureContext(TLSOptions(trust: trust))).failure()?.code
    }

    private func der(ofPEM pem: String) throws -> [UInt8] {
        let base64 = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        return Array(try #require(Data(base64Encoded: base64)))
    }
}
