//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspExplain
import HaspWire

extension TLSError {
    /// The entry of the fault catalogue that fits: a stable name for logs, metrics and `hasp faults`. Nil where there
    /// is nothing to explain, as after a cancelled task.
    public var faultID: FaultID? {
        if let knownFault { return knownFault }
        return switch code {
        case .fileUnreadable: .configFileMissing
        case .certificateUnreadable, .privateKeyUnreadable, .trustUnreadable: .configPEMUnreadable
        case .passphraseWrong: .configKeyPassphrase
        case .keyMismatch: .certKeyMismatch
        case .certificateRefused: .certWeakKey
        case .cipherStringInvalid: .configCipherString
        case .addressInUse: .configPortInUse
        case .nameNotFound: .netDNS
        case .connectionRefused: .netRefused
        case .connectTimeout: .netConnectTimeout
        case .unreachable: .netUnreachable
        case .certificateRejected: faultOfVerification
        case .nameMismatch: verification.first?.code == .addressMismatch ? .certIPSAN : .certHostname
        case .rejectedByPeer, .nameUnrecognized: faultOfAlert
        case .notTLS: faultOfFirstBytes
        case .versionMismatch: faultOfVersions
        case .noSharedCipher: .cipherNoneShared
        case .noSharedGroup: .groupNoneShared13
        case .noSharedSignatureAlgorithm: .sigalgNoneShared
        case .noApplicationProtocol: .alpnNone
        case .noCertificate: .noCert
        // Before TLS 1.3 there was no alert of its own for it.
        case .clientCertificateMissing:
            alert?.alert.description == .handshakeFailure ? .clientCertRequired12 : .clientCertRequired13
        case .handshakeTimeout: role == .client ? .netHalfOpen : .handshakeTimeout
        case .closedDuringHandshake: values["bytes"] == "0" ? .tlsCloseOnHello : .tlsCutMidHandshake
        // After the handshake a reset says nothing about TLS.
        case .resetByPeer: phase == .established || phase == .closing ? nil : .tlsResetOnHello
        case .truncated: .truncated
        case .recordCorrupt: .tamperMAC
        default: nil
        }
    }

    /// Title, reason and mend from the catalogue; nil where ``faultID`` is.
    public var fault: Fault? { faultID.flatMap(FaultCatalogue.fault) }

    /// The whole explanation in a language: what happened, why, and what to change, in a few lines.
    public func explanation(in language: Language = .english) -> String? {
        fault?.rendered(language: language, values: values)
    }

    /// One line for logs: where, what, and the catalogue's id. It never holds a secret or a raw control character.
    public var summary: String {
        var text = "\(code)"
        if let peerAddress { text = "\(peerAddress): \(text)" }
        if !detail.isEmpty { text += ": \(detail)" }
        if let alert { text += " (\(alert))" }
        if let faultID { text += " [\(faultID)]" }
        return text
    }
}

extension TLSError: CustomStringConvertible {
    /// The summary, followed by the explanation in English.
    public var description: String {
        guard let explanation = explanation(in: .english) else { return summary }
        return summary + "\n" + explanation
    }
}

extension TLSError {
    private var faultOfVerification: FaultID {
        guard let error = verification.first else { return .certOther }
        guard role == .server else { return Self.fault(of: error) }
        // What is refused here is a client's certificate, which is mended at another place than a server's.
        return switch Self.fault(of: error) {
        case .certExpired, .certIntermediateExpired: .clientCertExpired
        case .certPrivateCA, .certMissingIntermediate, .certSelfSigned: .clientCertWrongCA
        case let other: other
        }
    }

    private static func fault(of error: VerificationError) -> FaultID {
        switch error.code {
        case .expired: error.depth == 0 ? .certExpired : .certIntermediateExpired
        case .notYetValid: .certNotYetValid
        case .selfSigned: .certSelfSigned
        case .selfSignedInChain, .unableToGetIssuer: .certPrivateCA
        case .unableToGetIssuerLocally, .unableToVerifyLeaf:
            .certPrivateCA
        case .revoked: .certRevoked
        case .invalidPurpose: .certEKU
        case .invalidCA: .certIssuerNotCA
        case .leafKeyTooSmall, .caKeyTooSmall: .certWeakKey
        case .digestTooWeak: .certWeakSig
        case .hostnameMismatch: .certHostname
        case .addressMismatch: .certIPSAN
        default: .certOther
        }
    }

    private var faultOfAlert: FaultID? {
        guard let alert else { return nil }
        let candidates = AlertMeaning.faultIDs(
            for: alert.alert.description.rawValue, received: alert.isReceived, asClient: role == .client)
        return candidates.first
    }

    private var faultOfFirstBytes: FaultID {
        switch firstBytes {
        case .httpResponse, .htmlPage: .plainHTTP
        case .httpRequest: .plainClientSpeaksHTTP
        case .smtp, .smtpOrFTP, .imap, .pop3, .ftp: .plainSTARTTLS
        case .ssh, .postgreSQL, .mySQL: .plainSSHOrOther
        case .proxyV1, .proxyV2: .proxyProtoUnexpected
        default: .garbage
        }
    }

    private var faultOfVersions: FaultID {
        guard role == .client else { return .verClientLegacy }
        // The server complained (alert 70), or answered with something older than this side accepts.
        guard alert?.isReceived == true else { return .verServerLegacy }
        return values["lowest"] == ProtocolVersion.tls13.name ? .verServer12Only : .verServer13Only
    }
}
