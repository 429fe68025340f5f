//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL
import HaspExplain
import HaspWire

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Turns what OpenSSL left behind when it failed into a ``TLSError``.
struct EngineFailure {
    var role: TLSRole
    var context: SecureContext
    var options: TLSEngine.Options
    var entries: [OpenSSLErrorEntry]
    var alert: TLSError.AlertEvent?
    var verification: VerificationRecord
    var opening: OpeningBytes
    var phase: TLSError.Phase
    var values: [String: String]
    /// Whether the server asked this client for a certificate.
    var isCertificateRequested = false

    var error: TLSError {
        if let rejection = rejectionOfPeer { return rejection }
        if let foreign = foreignProtocol { return foreign }
        let (code, blame) = classification
        var filled = values
        if role == .client { filled["lowest"] = context.minimumVersion.name }
        return TLSError(
            code, detail, phase: phase, blame: blame, role: role, alert: alert, openSSL: entries, values: filled,
            faultID: isCertificateMissed ? .clientCertRequired12 : nil)
    }

    /// A TLS 1.2 server that wanted a certificate and got none says no more than handshake_failure.
    private var isCertificateMissed: Bool {
        role == .client && isCertificateRequested && context.chains.isEmpty && alert?.isReceived == true
            && alert?.alert.description == .handshakeFailure
    }

    /// The reason inside the TLS part of OpenSSL, deepest first.
    private var reason: Int? { entries.first(where: \.isSSL)?.reason }

    private var detail: String { entries.last?.reasonText ?? "the connection failed without a word of OpenSSL" }

    // MARK: This side refused the peer's certificate

    private var rejectionOfPeer: TLSError? {
        guard phase == .handshake, reason == Int(SSL_R_CERTIFICATE_VERIFY_FAILED),
            let first = verification.errors.first
        else { return nil }
        let isNameOnly = verification.errors.allSatisfy { [.hostnameMismatch, .addressMismatch].contains($0.code) }
        var filled = values
        if let certificate = verification.chain.indices.contains(first.depth)
            ? verification.chain[first.depth] : verification.chain.first
        {
            filled["names"] = certificate.namesForPeople
            filled["issuer"] = certificate.issuer.description
            filled["date"] = certificate.dateForPeople(of: first.code)
            filled["name"] = values["host"]
        }
        return TLSError(
            isNameOnly ? .nameMismatch : .certificateRejected,
            isNameOnly ? verification.nameMismatch : "\(first.code): \(first.subject)",
            phase: phase, role: role, alert: alert, openSSL: entries, verification: verification.errors,
            values: filled, faultID: isLinkMissing ? .certMissingIntermediate : nil)
    }

    /// One certificate, an issuer nobody here knows, and an address where that issuer can be fetched: a public
    /// authority's certificate whose server forgot the intermediate. A private authority leaves no such address.
    private var isLinkMissing: Bool {
        guard verification.chain.count == 1, let leaf = verification.chain.first, !leaf.isSelfIssued else {
            return false
        }
        let isIssuerUnknown = verification.errors.contains { $0.code == .unableToGetIssuerLocally && $0.depth == 0 }
        return isIssuerUnknown && leaf.infoAccess["CA Issuers - URI"] != nil
    }

    // MARK: The peer does not speak TLS

    private var foreignProtocol: TLSError? {
        guard phase == .handshake, !opening.sawMessage, let found = opening.foreignProtocol else { return nil }
        var filled = values
        filled["protocol"] = found.name
        return TLSError(
            .notTLS, "the peer sent \(found.name): \(opening.sample)", phase: phase, role: role, alert: alert,
            openSSL: entries, firstBytes: found, values: filled)
    }

    // MARK: Everything else

    private var classification: (TLSError.Code, TLSError.Blame?) {
        guard let reason else { return (phase == .handshake ? .handshakeFailed : .protocolViolation, nil) }
        if reason >= Self.receivedAlertBase { return (receivedAlertCode, nil) }
        switch CInt(truncatingIfNeeded: reason) {
        case SSL_R_NO_PROTOCOLS_AVAILABLE: return (.versionMismatch, .configuration)
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_VERSION_TOO_HIGH, SSL_R_WRONG_SSL_VERSION,
            SSL_R_WRONG_VERSION_NUMBER, SSL_R_UNKNOWN_PROTOCOL, SSL_R_INAPPROPRIATE_FALLBACK:
            return (.versionMismatch, nil)
        case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_CIPHERS_AVAILABLE:
            return hasCertificate ? (.noSharedCipher, nil) : (.noCertificate, nil)
        case SSL_R_NO_SUITABLE_KEY_SHARE, SSL_R_NO_SUITABLE_GROUPS, SSL_R_UNSUPPORTED_ELLIPTIC_CURVE:
            return (.noSharedGroup, nil)
        case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
            SSL_R_WRONG_SIGNATURE_TYPE:
            return hasCertificate ? (.noSharedSignatureAlgorithm, nil) : (.noCertificate, nil)
        case SSL_R_NO_APPLICATION_PROTOCOL: return (.noApplicationProtocol, nil)
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return (.clientCertificateMissing, nil)
        case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, SSL_R_DECRYPTION_FAILED, SSL_R_DIGEST_CHECK_FAILED:
            return (.recordCorrupt, nil)
        default: return (phase == .handshake ? .handshakeFailed : .protocolViolation, nil)
        }
    }

    private var receivedAlertCode: TLSError.Code {
        switch alert?.alert.description {
        case .noApplicationProtocol: .noApplicationProtocol
        case .protocolVersion: .versionMismatch
        case .unrecognizedName: .nameUnrecognized
        default: .rejectedByPeer
        }
    }

    private var hasCertificate: Bool { role == .client || !context.chains.isEmpty }

    /// `SSL_AD_REASON_OFFSET`: a received alert n is reported as reason 1000 + n.
    private static let receivedAlertBase = 1000
}

/// The first bytes of the peer, kept until the handshake is done, to say what it speaks if that is not TLS.
struct OpeningBytes {
    private var bytes: [UInt8] = []
    private var total = 0

    /// Whether a whole handshake message was read, so that the peer does speak TLS.
    var sawMessage = false

    /// Enough for the status line or banner of every protocol that is told apart.
    private static let kept = 64

    mutating func append(_ more: UnsafeRawBufferPointer) {
        total += more.count
        guard bytes.count < Self.kept else { return }
        bytes.append(contentsOf: more.prefix(Self.kept - bytes.count))
    }

    /// What the peer speaks; nil when it is TLS or nothing came.
    var foreignProtocol: FirstBytes? {
        guard !bytes.isEmpty, !stopsInsideRecordHeader else { return nil }
        let found = FirstBytes.classify(bytes, isComplete: true)
        switch found {
        case .tlsRecord, .sslv2Hello: return nil
        case .needMoreData: return .unknown
        default: return found
        }
    }

    /// Too little for the classifier, but what there is fits a record (RFC 8446, section 5.1): the peer was cut off.
    private var stopsInsideRecordHeader: Bool {
        guard bytes.count < Record.headerSize, let type = bytes.first else { return false }
        return ContentType(rawValue: type).isKnown && bytes.dropFirst().first ?? 3 == 3
    }

    /// The beginning of it, for people.
    var sample: String {
        let line = bytes.prefix { $0 != 0x0D && $0 != 0x0A }
        if line.count >= 4, line.allSatisfy({ (0x20...0x7E).contains($0) }) {
            return "\"\(String(decoding: line, as: UTF8.self))\""
        }
        return bytes.prefix(16).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined(separator: " ")
    }

    /// The error for a peer that ends the connection inside the handshake.
    func errorForEnd(role: TLSRole, context values: [String: String], alert: TLSError.AlertEvent?) -> TLSError {
        if !sawMessage, let found = foreignProtocol {
            var filled = values
            filled["protocol"] = found.name
            return TLSError(
                .notTLS, "the peer sent \(found.name): \(sample)", role: role, firstBytes: found, values: filled)
        }
        let detail =
            total == 0
            ? "the peer closed the connection without sending a byte"
            : "the peer closed the connection after \(total) bytes"
        var filled = values
        filled["bytes"] = String(total)
        return TLSError(.closedDuringHandshake, detail, role: role, alert: alert, values: filled)
    }
}

extension Certificate {
    /// The names that the certificate is for, as a sentence can hold them.
    fileprivate var namesForPeople: String {
        let names = subjectAlternativeNames.prefix(8).map(\.description)
        return names.isEmpty ? subject.description : names.joined(separator: ", ")
    }

    fileprivate func dateForPeople(of code: VerifyCode) -> String {
        let seconds = Int64((code == .notYetValid ? notBefore : notAfter).timeIntervalSince1970)
        return UTCText.day(ofEpoch: seconds)
    }
}

/// Dates as `2026-11-20`, without a formatter.
enum UTCText {
    static func day(ofEpoch seconds: Int64) -> String {
        // Days to civil date, after the proleptic Gregorian calendar, with years that begin in March.
        let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400 + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(year)-\(pad(month))-\(pad(day))"
    }

    private static func pad(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
