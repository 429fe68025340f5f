//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspExplain
import HaspTesting
import HaspWire
import Testing

/// What a program and a person are told when a handshake fails: one row for each situation.
@Suite struct FailureTableTests {
    /// What one end says.
    struct Verdict: Sendable {
        var code: TLSError.Code
        /// More than one where the words of OpenSSL changed between versions.
        var nodeCodes: [String]
        var alert: SeenAlert?
        var faultID: FaultID?
        var blame: TLSError.Blame

        init(
            _ code: TLSError.Code, _ nodeCodes: String..., alert: SeenAlert? = nil, fault: FaultID?,
            blame: TLSError.Blame = .peer
        ) {
            self.code = code
            self.nodeCodes = nodeCodes
            self.alert = alert
            self.faultID = fault
            self.blame = blame
        }
    }

    struct Situation: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var version: ProtocolVersion
        var client: @Sendable (inout TLSOptions) throws -> Void
        var server: @Sendable (inout TLSOptions) throws -> Void
        var clientSays: Verdict?
        var serverSays: Verdict?

        init(
            _ description: String, _ version: ProtocolVersion = .tls13,
            client: @escaping @Sendable (inout TLSOptions) throws -> Void = { _ in },
            server: @escaping @Sendable (inout TLSOptions) throws -> Void = { _ in },
            clientSays: Verdict?, serverSays: Verdict?
        ) {
            testDescription = "\(description), \(version)"
            self.version = version
            self.client = client
            self.server = server
            self.clientSays = clientSays
            self.serverSays = serverSays
        }
    }

    @Test(arguments: situations)
    func bothEndsSayWhatIsWrong(_ situation: Situation) throws {
        let pair = try Fixture.pair(
            client: Fixture.client {
                $0.maximumVersion = situation.version
                try situation.client(&$0)
            },
            server: Fixture.server(situation.server))
        pair.exchange()
        check(pair.clientError, situation.clientSays, .client)
        check(pair.serverError, situation.serverSays, .server)
    }

    private func check(_ error: TLSError?, _ verdict: Verdict?, _ role: TLSRole) {
        #expect(error?.code == verdict?.code)
        guard let error, let verdict else { return }
        #expect(verdict.nodeCodes.contains(error.nodeCode))
        #expect(error.seenAlert == verdict.alert)
        #expect(error.faultID == verdict.faultID)
        #expect(error.blame == verdict.blame)
        #expect(error.role == role)
        #expect(error.fault != nil)
        for language in Language.allCases {
            let explanation = error.explanation(in: language) ?? ""
            #expect(explanation.contains(verdict.faultID?.rawValue ?? "?"))
            #expect(!explanation.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        }
        #expect(error.description.hasPrefix(error.summary + "\n"))
        #expect(!error.summary.unicodeScalars.contains { $0.value < 0x20 })
        #expect(!error.openSSL.isEmpty)
    }

    // MARK: The table

    static let situations = hello + serverCertificates(.tls12) + serverCertificates(.tls13) + clientCertificates

    /// What the two ends cannot agree upon.
    static let hello = [
        Situation(
            "client older than the server allows", .tls12, server: { $0.minimumVersion = .tls13 },
            clientSays: Verdict(
                .versionMismatch, "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", alert: .received(70),
                fault: .verServer13Only),
            serverSays: Verdict(
                .versionMismatch, "ERR_SSL_UNSUPPORTED_PROTOCOL", alert: .sent(70), fault: .verClientLegacy)),
        Situation(
            "server older than the client allows", client: { $0.minimumVersion = .tls13 },
            server: { $0.maximumVersion = .tls12 },
            clientSays: Verdict(
                .versionMismatch, "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", alert: .received(70),
                fault: .verServer12Only),
            serverSays: Verdict(
                .versionMismatch, "ERR_SSL_UNSUPPORTED_PROTOCOL", "ERR_SSL_NO_PROTOCOLS_AVAILABLE", alert: .sent(70),
                fault: .verClientLegacy)),
        Situation(
            "no cipher suite in common", .tls12, client: { $0.ciphers = "ECDHE-RSA-AES128-GCM-SHA256" },
            server: { $0.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384" },
            clientSays: refused,
            serverSays: Verdict(
                .noSharedCipher, "ERR_SSL_NO_SHARED_CIPHER", alert: .sent(40), fault: .cipherNoneShared)),
        Situation(
            "no cipher suite in common", client: { $0.ciphers = "TLS_CHACHA20_POLY1305_SHA256" },
            server: { $0.ciphers = "TLS_AES_128_GCM_SHA256" },
            clientSays: refused,
            serverSays: Verdict(
                .noSharedCipher, "ERR_SSL_NO_SHARED_CIPHER", alert: .sent(40), fault: .cipherNoneShared)),
        Situation(
            "no group in common", client: { $0.groups = [.x25519] }, server: { $0.groups = [.secp256r1] },
            clientSays: refused,
            serverSays: Verdict(
                .noSharedGroup, "ERR_SSL_NO_SUITABLE_KEY_SHARE", alert: .sent(40), fault: .groupNoneShared13)),
        Situation(
            "no signature algorithm in common", client: { $0.signatureAlgorithms = "RSA-PSS+SHA256" },
            clientSays: refused,
            serverSays: Verdict(
                .noSharedSignatureAlgorithm, "ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM", alert: .sent(40),
                fault: .sigalgNoneShared)),
        Situation(
            "lists of signature algorithms without overlap", client: { $0.signatureAlgorithms = "RSA-PSS+SHA256" },
            server: { $0.signatureAlgorithms = "ECDSA+SHA256" },
            clientSays: refused,
            serverSays: Verdict(
                .noSharedSignatureAlgorithm, "ERR_SSL_NO_SHARED_SIGNATURE_ALGORITHMS", alert: .sent(40),
                fault: .sigalgNoneShared)),
        Situation(
            "server without certificate", server: { $0.identities = [] },
            clientSays: refused,
            // OpenSSL falls back to TLS 1.2 when there is nothing to sign with in 1.3.
            serverSays: Verdict(
                .noCertificate, "ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM", "ERR_SSL_NO_SHARED_CIPHER",
                alert: .sent(40), fault: .noCert, blame: .configuration)),
        Situation(
            "server without certificate", .tls12, server: { $0.identities = [] },
            clientSays: refused,
            serverSays: Verdict(
                .noCertificate, "ERR_SSL_NO_SHARED_CIPHER", alert: .sent(40), fault: .noCert, blame: .configuration)),
    ]

    /// What the client does not like about the server's certificate. The server learns only the alert.
    static func serverCertificates(_ version: ProtocolVersion) -> [Situation] {
        func situation(
            _ description: String, _ node: String, alert: UInt8, _ fault: FaultID,
            code: TLSError.Code = .certificateRejected, serverSeen: [String],
            _ identity: @escaping @Sendable () throws -> IssuedIdentity
        ) -> Situation {
            var seen = Verdict(
                .rejectedByPeer, alert: .received(alert), fault: .peerRejectedOurCertificate)
            seen.nodeCodes = serverSeen
            return Situation(
                description, version, server: { $0.identities = [try identity().identity] },
                clientSays: Verdict(code, node, alert: .sent(alert), fault: fault), serverSays: seen)
        }
        let expired = ["ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED", "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED"]
        let bad = ["ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", "ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE"]
        let unknown = ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"]
        let purpose = ["ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE", "ERR_SSL_SSL/TLS_ALERT_UNSUPPORTED_CERTIFICATE"]
        return [
            situation("expired", "CERT_HAS_EXPIRED", alert: 45, .certExpired, serverSeen: expired) {
                try Fixture.ca.issue(names: ["localhost"], validity: .expired)
            },
            situation("not yet valid", "CERT_NOT_YET_VALID", alert: 42, .certNotYetValid, serverSeen: bad) {
                try Fixture.ca.issue(names: ["localhost"], validity: .notYet)
            },
            situation(
                "unknown issuer, leaf alone", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", alert: 48, .certPrivateCA,
                serverSeen: unknown
            ) { try Fixture.identity(of: Fixture.stranger) },
            situation(
                "unknown root above an intermediate", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", alert: 48, .certPrivateCA,
                serverSeen: unknown
            ) { try Fixture.identity(of: Fixture.stranger.intermediate()) },
            situation(
                "unknown root that was sent", "SELF_SIGNED_CERT_IN_CHAIN", alert: 48, .certPrivateCA,
                serverSeen: unknown
            ) {
                let issued = try Fixture.identity(of: Fixture.stranger)
                return IssuedIdentity(
                    certificateChain: issued.certificateChain + [try Fixture.stranger.certificate],
                    privateKey: issued.privateKey)
            },
            situation(
                "self-signed", "DEPTH_ZERO_SELF_SIGNED_CERT", alert: 48, .certSelfSigned, serverSeen: unknown
            ) {
                let key = try TestKeys.shared(.p256)
                let template = CertificateTemplate(subject: [("CN", "localhost")], dnsNames: ["localhost"])
                let own = try CertificateIssuer.selfSigned(template, key: key)
                return IssuedIdentity(certificateChain: [own], privateKey: key)
            },
            situation("for a client", "INVALID_PURPOSE", alert: 43, .certEKU, serverSeen: purpose) {
                try Fixture.ca.issue(names: ["localhost"], usages: ["clientAuth"])
            },
            situation(
                "for another name", "ERR_TLS_CERT_ALTNAME_INVALID", alert: 42, .certHostname, code: .nameMismatch,
                serverSeen: bad
            ) { try Fixture.ca.issue(names: ["elsewhere.test"]) },
            situation(
                "issuer is no authority", "INVALID_PURPOSE", alert: 48, .certIssuerNotCA, serverSeen: unknown
            ) {
                try Fixture.identity(
                    of: Fixture.ca.intermediate {
                        $0.isCA = false
                        $0.keyUsage = ["keyCertSign"]
                    })
            },
            situation(
                "expired intermediate", "CERT_HAS_EXPIRED", alert: 45, .certIntermediateExpired, serverSeen: expired
            ) {
                try Fixture.identity(
                    of: Fixture.ca.intermediate {
                        $0.notBefore = TestValidity.expired.notBefore
                        $0.notAfter = TestValidity.expired.notAfter
                    })
            },
        ]
    }

    /// What the server does not like about the client's certificate.
    static let clientCertificates = testedVersions.flatMap { version -> [Situation] in
        let isOld = version == .tls12
        var noneSeen = refused
        if isOld {
            noneSeen.faultID = .clientCertRequired12
        } else {
            noneSeen = Verdict(
                .rejectedByPeer, "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", alert: .received(116),
                fault: .clientCertRequired13)
        }
        let demanding: @Sendable (inout TLSOptions) throws -> Void = { $0.verification = .required }
        return [
            Situation(
                "client without certificate", version, server: demanding, clientSays: noneSeen,
                serverSays: Verdict(
                    .clientCertificateMissing, "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE",
                    alert: .sent(isOld ? 40 : 116), fault: isOld ? .clientCertRequired12 : .clientCertRequired13)),
            Situation(
                "client from elsewhere", version,
                client: { $0.identities = [try Fixture.clientIdentity(of: Fixture.stranger).identity] },
                server: demanding,
                clientSays: Verdict(
                    .rejectedByPeer, "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", alert: .received(48), fault: .clientCertWrongCA),
                serverSays: Verdict(
                    .certificateRejected, "UNABLE_TO_VERIFY_LEAF_SIGNATURE", alert: .sent(48),
                    fault: .clientCertWrongCA)),
            Situation(
                "expired client", version,
                client: { $0.identities = [try Fixture.clientIdentity(validity: .expired).identity] },
                server: demanding,
                clientSays: Verdict(
                    .rejectedByPeer, "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED",
                    "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED", alert: .received(45), fault: .clientCertExpired),
                serverSays: Verdict(
                    .certificateRejected, "CERT_HAS_EXPIRED", alert: .sent(45), fault: .clientCertExpired)),
        ]
    }

    /// Alert 40 tells a client no more than that; the commonest reason is shown.
    private static var refused: Verdict {
        Verdict(.rejectedByPeer, refused40, refused40New, alert: .received(40), fault: .cipherNoneShared)
    }

    private static let refused40 = "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"
    private static let refused40New = "ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE"
}
