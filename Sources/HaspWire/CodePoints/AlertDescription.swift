//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// What an alert says (RFC 8446 section 6; IANA registry "TLS Alerts").
public struct AlertDescription: CodePoint {
    /// The number on the wire.
    public var rawValue: UInt8

    /// Makes the value for a number, known or not.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The peer will send no more: an orderly end.
    public static let closeNotify = AlertDescription(rawValue: 0)
    /// A message that has no place here.
    public static let unexpectedMessage = AlertDescription(rawValue: 10)
    /// A record that does not decrypt.
    public static let badRecordMAC = AlertDescription(rawValue: 20)
    /// A record that does not decrypt (TLS 1.0).
    public static let decryptionFailed = AlertDescription(rawValue: 21)
    /// A record that is too long.
    public static let recordOverflow = AlertDescription(rawValue: 22)
    /// Compression failed (up to TLS 1.2).
    public static let decompressionFailure = AlertDescription(rawValue: 30)
    /// No parameters that both sides accept.
    public static let handshakeFailure = AlertDescription(rawValue: 40)
    /// No certificate (SSL 3.0).
    public static let noCertificate = AlertDescription(rawValue: 41)
    /// A certificate that is corrupt or wrongly signed.
    public static let badCertificate = AlertDescription(rawValue: 42)
    /// A certificate of a kind that is not supported.
    public static let unsupportedCertificate = AlertDescription(rawValue: 43)
    /// A revoked certificate.
    public static let certificateRevoked = AlertDescription(rawValue: 44)
    /// A certificate that has expired or is not valid yet.
    public static let certificateExpired = AlertDescription(rawValue: 45)
    /// A certificate refused for another reason.
    public static let certificateUnknown = AlertDescription(rawValue: 46)
    /// A field with a value that is wrong or does not fit the others.
    public static let illegalParameter = AlertDescription(rawValue: 47)
    /// A chain that ends at no trusted authority.
    public static let unknownCA = AlertDescription(rawValue: 48)
    /// A good certificate, but no access for it.
    public static let accessDenied = AlertDescription(rawValue: 49)
    /// A message that does not parse.
    public static let decodeError = AlertDescription(rawValue: 50)
    /// A signature or a Finished that does not verify.
    public static let decryptError = AlertDescription(rawValue: 51)
    /// Too many connection ids (DTLS 1.3).
    public static let tooManyCIDsRequested = AlertDescription(rawValue: 52)
    /// Export restrictions (TLS 1.0).
    public static let exportRestriction = AlertDescription(rawValue: 60)
    /// No version that both sides accept.
    public static let protocolVersion = AlertDescription(rawValue: 70)
    /// The parameters are too weak for the peer.
    public static let insufficientSecurity = AlertDescription(rawValue: 71)
    /// A fault of the peer's own.
    public static let internalError = AlertDescription(rawValue: 80)
    /// A retry with a lower version than needed (RFC 7507).
    public static let inappropriateFallback = AlertDescription(rawValue: 86)
    /// The peer gave up for a reason outside the protocol.
    public static let userCanceled = AlertDescription(rawValue: 90)
    /// No renegotiation (TLS 1.2).
    public static let noRenegotiation = AlertDescription(rawValue: 100)
    /// An extension that must be there is not.
    public static let missingExtension = AlertDescription(rawValue: 109)
    /// An extension that was not offered.
    public static let unsupportedExtension = AlertDescription(rawValue: 110)
    /// No certificate at the URL given (RFC 6066).
    public static let certificateUnobtainable = AlertDescription(rawValue: 111)
    /// No server of that name (SNI).
    public static let unrecognizedName = AlertDescription(rawValue: 112)
    /// A bad stapled OCSP response.
    public static let badCertificateStatusResponse = AlertDescription(rawValue: 113)
    /// A certificate that does not fit its hash (RFC 6066).
    public static let badCertificateHashValue = AlertDescription(rawValue: 114)
    /// No key for that PSK identity.
    public static let unknownPSKIdentity = AlertDescription(rawValue: 115)
    /// A client certificate is needed (TLS 1.3).
    public static let certificateRequired = AlertDescription(rawValue: 116)
    /// An error that fits no other alert.
    public static let generalError = AlertDescription(rawValue: 117)
    /// No application protocol that both sides accept (ALPN).
    public static let noApplicationProtocol = AlertDescription(rawValue: 120)
    /// Encrypted ClientHello is needed.
    public static let echRequired = AlertDescription(rawValue: 121)

    /// The names of the numbers known here.
    public static let registeredNames: [AlertDescription: String] = [
        .closeNotify: "close_notify",
        .unexpectedMessage: "unexpected_message",
        .badRecordMAC: "bad_record_mac",
        .decryptionFailed: "decryption_failed",
        .recordOverflow: "record_overflow",
        .decompressionFailure: "decompression_failure",
        .handshakeFailure: "handshake_failure",
        .noCertificate: "no_certificate",
        .badCertificate: "bad_certificate",
        .unsupportedCertificate: "unsupported_certificate",
        .certificateRevoked: "certificate_revoked",
        .certificateExpired: "certificate_expired",
        .certificateUnknown: "certificate_unknown",
        .illegalParameter: "illegal_parameter",
        .unknownCA: "unknown_ca",
        .accessDenied: "access_denied",
        .decodeError: "decode_error",
        .decryptError: "decrypt_error",
        .tooManyCIDsRequested: "too_many_cids_requested",
        .exportRestriction: "export_restriction",
        .protocolVersion: "protocol_version",
        .insufficientSecurity: "insufficient_security",
        .internalError: "internal_error",
        .inappropriateFallback: "inappropriate_fallback",
        .userCanceled: "user_canceled",
        .noRenegotiation: "no_renegotiation",
        .missingExtension: "missing_extension",
        .unsupportedExtension: "unsupported_extension",
        .certificateUnobtainable: "certificate_unobtainable",
        .unrecognizedName: "unrecognized_name",
        .badCertificateStatusResponse: "bad_certificate_status_response",
        .badCertificateHashValue: "bad_certificate_hash_value",
        .unknownPSKIdentity: "unknown_psk_identity",
        .certificateRequired: "certificate_required",
        .generalError: "general_error",
        .noApplicationProtocol: "no_application_protocol",
        .echRequired: "ech_required",
    ]
}
