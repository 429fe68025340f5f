//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL

/// One objection of OpenSSL (or of the name check) to a certificate.
public struct VerificationError: Hashable, Sendable, CustomStringConvertible {
    /// OpenSSL's verify code (`X509_V_ERR_…`).
    public var code: VerifyCode
    /// The certificate's place in the chain: 0 is the peer's own.
    public var depth: Int
    /// The certificate's subject, for people.
    public var subject: String

    /// Code, depth and subject on one line.
    public var description: String { "\(code) at depth \(depth) (\(subject))" }
}

/// A verify code of OpenSSL (`X509_V_OK` and `X509_V_ERR_…`).
public struct VerifyCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// OpenSSL's number; 0 is none.
    public let rawValue: Int32

    /// Takes any number; one that OpenSSL does not know can still be printed.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// OpenSSL's text, such as `certificate has expired`.
    public var description: String {
        X509_verify_cert_error_string(Int(rawValue)).map { String(cString: $0) } ?? "verify code \(rawValue)"
    }

    /// The string that node:tls gives as `authorizationError`; `UNSPECIFIED` where it has none.
    public var nodeCode: String { Self.nodeCodes[rawValue] ?? "UNSPECIFIED" }

    /// Nothing is wrong.
    public static let ok = VerifyCode(rawValue: X509_V_OK)
    /// An issuer's certificate was not found (2).
    public static let unableToGetIssuer = VerifyCode(rawValue: X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT)
    /// The revocation list of the issuer was not found (3).
    public static let unableToGetCRL = VerifyCode(rawValue: X509_V_ERR_UNABLE_TO_GET_CRL)
    /// The signature is not that of the issuer (7).
    public static let signatureFailure = VerifyCode(rawValue: X509_V_ERR_CERT_SIGNATURE_FAILURE)
    /// The first day of validity lies ahead (9).
    public static let notYetValid = VerifyCode(rawValue: X509_V_ERR_CERT_NOT_YET_VALID)
    /// The last day of validity is over (10).
    public static let expired = VerifyCode(rawValue: X509_V_ERR_CERT_HAS_EXPIRED)
    /// The peer's own certificate signs itself, and is not trusted (18).
    public static let selfSigned = VerifyCode(rawValue: X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT)
    /// The chain ends at a root that is not trusted (19).
    public static let selfSignedInChain = VerifyCode(rawValue: X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN)
    /// The issuer is not among the trusted certificates, nor was it sent (20).
    public static let unableToGetIssuerLocally = VerifyCode(rawValue: X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY)
    /// Only one certificate came, and its issuer is unknown (21).
    public static let unableToVerifyLeaf = VerifyCode(rawValue: X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE)
    /// The chain is longer than is accepted (22).
    public static let chainTooLong = VerifyCode(rawValue: X509_V_ERR_CERT_CHAIN_TOO_LONG)
    /// The issuer has revoked the certificate (23).
    public static let revoked = VerifyCode(rawValue: X509_V_ERR_CERT_REVOKED)
    /// A CA has more CAs below it than it may have (25).
    public static let pathLengthExceeded = VerifyCode(rawValue: X509_V_ERR_PATH_LENGTH_EXCEEDED)
    /// The certificate was not issued for this purpose (26).
    public static let invalidPurpose = VerifyCode(rawValue: X509_V_ERR_INVALID_PURPOSE)
    /// A certificate in the chain is no CA and signed another (79).
    public static let invalidCA = VerifyCode(rawValue: X509_V_ERR_INVALID_CA)
    /// The certificate is for other names (62).
    public static let hostnameMismatch = VerifyCode(rawValue: X509_V_ERR_HOSTNAME_MISMATCH)
    /// The certificate is for other addresses (64).
    public static let addressMismatch = VerifyCode(rawValue: X509_V_ERR_IP_ADDRESS_MISMATCH)
    /// The peer's key is too short for the security level (66).
    public static let leafKeyTooSmall = VerifyCode(rawValue: X509_V_ERR_EE_KEY_TOO_SMALL)
    /// A CA's key is too short for the security level (67).
    public static let caKeyTooSmall = VerifyCode(rawValue: X509_V_ERR_CA_KEY_TOO_SMALL)
    /// A certificate in the chain is signed with a hash that is too weak (68).
    public static let digestTooWeak = VerifyCode(rawValue: X509_V_ERR_CA_MD_TOO_WEAK)
    /// The peer sent no certificate at all.
    public static let noCertificate = VerifyCode(rawValue: X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT)

    /// The codes that have a name in node:tls (reference of Node's X.509 errors).
    private static let nodeCodes: [Int32: String] = [
        X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT: "UNABLE_TO_GET_ISSUER_CERT",
        X509_V_ERR_UNABLE_TO_GET_CRL: "UNABLE_TO_GET_CRL",
        X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE: "UNABLE_TO_DECRYPT_CERT_SIGNATURE",
        X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE: "UNABLE_TO_DECRYPT_CRL_SIGNATURE",
        X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY: "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY",
        X509_V_ERR_CERT_SIGNATURE_FAILURE: "CERT_SIGNATURE_FAILURE",
        X509_V_ERR_CRL_SIGNATURE_FAILURE: "CRL_SIGNATURE_FAILURE",
        X509_V_ERR_CERT_NOT_YET_VALID: "CERT_NOT_YET_VALID",
        X509_V_ERR_CERT_HAS_EXPIRED: "CERT_HAS_EXPIRED",
        X509_V_ERR_CRL_NOT_YET_VALID: "CRL_NOT_YET_VALID",
        X509_V_ERR_CRL_HAS_EXPIRED: "CRL_HAS_EXPIRED",
        X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD: "ERROR_IN_CERT_NOT_BEFORE_FIELD",
        X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD: "ERROR_IN_CERT_NOT_AFTER_FIELD",
        X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD: "ERROR_IN_CRL_LAST_UPDATE_FIELD",
        X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD: "ERROR_IN_CRL_NEXT_UPDATE_FIELD",
        X509_V_ERR_OUT_OF_MEM: "OUT_OF_MEM",
        X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: "DEPTH_ZERO_SELF_SIGNED_CERT",
        X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: "SELF_SIGNED_CERT_IN_CHAIN",
        X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        X509_V_ERR_CERT_CHAIN_TOO_LONG: "CERT_CHAIN_TOO_LONG",
        X509_V_ERR_CERT_REVOKED: "CERT_REVOKED",
        X509_V_ERR_INVALID_CA: "INVALID_CA",
        X509_V_ERR_PATH_LENGTH_EXCEEDED: "PATH_LENGTH_EXCEEDED",
        X509_V_ERR_INVALID_PURPOSE: "INVALID_PURPOSE",
        X509_V_ERR_CERT_UNTRUSTED: "CERT_UNTRUSTED",
        X509_V_ERR_CERT_REJECTED: "CERT_REJECTED",
        X509_V_ERR_HOSTNAME_MISMATCH: "ERR_TLS_CERT_ALTNAME_INVALID",
        X509_V_ERR_IP_ADDRESS_MISMATCH: "ERR_TLS_CERT_ALTNAME_INVALID",
    ]
}
