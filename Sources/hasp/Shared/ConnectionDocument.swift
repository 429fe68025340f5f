//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a connection negotiated, as JSON: the answer of `/connection` and the output of `hasp connect --json`.
///
/// The schema is documented in `docs/connection-json.md`. Every key is always there; what is unknown is null.
struct ConnectionDocument: Encodable, Sendable {
    /// `client` or `server`: the end that reports.
    var role: String
    @OrNull var peerAddress: String?
    @OrNull var localAddress: String?
    var isEncrypted: Bool
    var isAuthorized: Bool
    var authorizationErrors: [Objection]
    @OrNull var version: String?
    @OrNull var cipherSuite: Suite?
    @OrNull var group: String?
    @OrNull var signatureScheme: String?
    @OrNull var clientSignatureScheme: String?
    @OrNull var alpn: String?
    @OrNull var serverName: String?
    var isSessionReused: Bool
    var isHelloRetried: Bool
    var isClientCertificateRequested: Bool
    var timeline: [Step]
    @OrNull var offered: Offer?
    var peerChain: [CertificateFacts]
    var localChain: [CertificateFacts]

    enum CodingKeys: String, CodingKey {
        case role, version, group, alpn, timeline, offered
        case peerAddress = "peer_address"
        case localAddress = "local_address"
        case isEncrypted = "is_encrypted"
        case isAuthorized = "is_authorized"
        case authorizationErrors = "authorization_errors"
        case cipherSuite = "cipher_suite"
        case signatureScheme = "signature_scheme"
        case clientSignatureScheme = "client_signature_scheme"
        case serverName = "server_name"
        case isSessionReused = "session_reused"
        case isHelloRetried = "hello_retried"
        case isClientCertificateRequested = "client_certificate_requested"
        case peerChain = "peer_chain"
        case localChain = "local_chain"
    }

    /// - Parameters:
    ///   - report: what is known of the handshake, finished or not.
    ///   - moment: the moment from which the days left are counted.
    init(
        _ report: HandshakeReport, isEncrypted: Bool, peerAddress: String? = nil, localAddress: String? = nil,
        at moment: Date = Date()
    ) {
        let isAgreed = report.version.rawValue != 0
        role = report.role.rawValue
        self.peerAddress = peerAddress
        self.localAddress = localAddress
        self.isEncrypted = isEncrypted
        isAuthorized = report.isAuthorized
        authorizationErrors = report.verificationErrors.map(Objection.init)
        version = isAgreed ? report.version.name : nil
        cipherSuite = isAgreed ? Suite(report.cipherSuite) : nil
        group = report.group?.name
        signatureScheme = report.signatureScheme?.name
        clientSignatureScheme = report.clientSignatureScheme?.name
        alpn = report.alpnProtocol
        let hello = report.clientHello
        serverName = hello?.serverName
        isSessionReused = report.isSessionReused
        isHelloRetried = report.isHelloRetried
        isClientCertificateRequested = report.isClientCertificateRequested
        timeline = report.timeline.steps.map(Step.init)
        offered = hello.map(Offer.init)
        peerChain = report.peerChain.map { CertificateFacts($0, at: moment) }
        localChain = report.localChain.map { CertificateFacts($0, at: moment) }
    }

    /// The document as text. Keys are sorted, so that two documents can be compared by eye.
    func json() throws -> String { try SafeJSON.text(self) }
}

// MARK: - Parts

extension ConnectionDocument {
    /// One objection to the peer's certificate.
    struct Objection: Encodable, Sendable {
        /// As node:tls names it.
        var code: String
        var message: String
        var depth: Int
        var subject: String

        init(_ error: VerificationError) {
            code = error.code.nodeCode
            message = error.code.description
            depth = error.depth
            subject = error.subject
        }
    }

    struct Suite: Encodable, Sendable {
        var iana: String
        @OrNull var openssl: String?

        init(_ suite: CipherSuite) {
            iana = suite.name
            openssl = suite.openSSLName
        }
    }

    struct Step: Encodable, Sendable {
        /// As in ``HandshakeTimeline/Step/name``, with `_` in place of blanks.
        var step: String
        /// Since the beginning of the connection.
        var microseconds: Int

        init(_ entry: (step: HandshakeTimeline.Step, elapsed: Duration)) {
            step = String(entry.step.name.map { $0 == " " ? "_" : $0 })
            microseconds = entry.elapsed.wholeMicroseconds
        }
    }

    /// What the client offered, in its order.
    struct Offer: Encodable, Sendable {
        var versions: [String]
        var cipherSuites: [String]
        var groups: [String]
        var keyShares: [String]
        var signatureSchemes: [String]
        var alpn: [String]
        @OrNull var serverName: String?

        enum CodingKeys: String, CodingKey {
            case versions, groups, alpn
            case cipherSuites = "cipher_suites"
            case keyShares = "key_shares"
            case signatureSchemes = "signature_schemes"
            case serverName = "server_name"
        }

        init(_ hello: ClientHello) {
            versions = hello.supportedVersions.map(\.name)
            cipherSuites = hello.cipherSuites.map(\.name)
            groups = hello.supportedGroups.map(\.name)
            keyShares = hello.keyShares.map(\.group.name)
            signatureSchemes = hello.signatureSchemes.map(\.name)
            alpn = hello.alpnProtocols
            serverName = hello.serverName
        }
    }

    struct CertificateFacts: Encodable, Sendable {
        var subject: String
        var issuer: String
        var altNames: [String]
        var notBefore: String
        var notAfter: String
        var daysLeft: Int
        var serial: String
        var fingerprint256: String
        var keyType: String
        var keyBits: Int
        var signatureAlgorithm: String

        enum CodingKeys: String, CodingKey {
            case subject, issuer, serial, fingerprint256
            case altNames = "alt_names"
            case notBefore = "not_before"
            case notAfter = "not_after"
            case daysLeft = "days_left"
            case keyType = "key_type"
            case keyBits = "key_bits"
            case signatureAlgorithm = "signature_algorithm"
        }

        init(_ certificate: Certificate, at moment: Date) {
            subject = certificate.subject.description
            issuer = certificate.issuer.description
            altNames = certificate.subjectAlternativeNames.map(\.description)
            notBefore = certificate.notBefore.formatted(.iso8601)
            notAfter = certificate.notAfter.formatted(.iso8601)
            daysLeft = certificate.daysLeft(at: moment)
            serial = certificate.serialNumber
            fingerprint256 = certificate.fingerprint256
            keyType = certificate.keyType
            keyBits = certificate.keyBits
            signatureAlgorithm = certificate.signatureAlgorithm
        }
    }
}

extension Duration {
    /// Rounded down; what is too long for a number ends at the largest.
    var wholeMicroseconds: Int {
        let (seconds, attoseconds) = components
        let (scaled, isOverflown) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !isOverflown else { return seconds < 0 ? .min : .max }
        return Int(clamping: scaled &+ attoseconds / 1_000_000_000_000)
    }
}
