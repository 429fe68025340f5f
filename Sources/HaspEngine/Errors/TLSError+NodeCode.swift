//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL
import HaspWire

extension TLSError {
    /// The string that node:tls would give as `code` for this failure, such as `CERT_HAS_EXPIRED`,
    /// `ERR_SSL_WRONG_VERSION_NUMBER` or `ECONNRESET`.
    ///
    /// Where OpenSSL changed its texts between versions, this follows the OpenSSL in use, as Node's strings do.
    public var nodeCode: String {
        switch code {
        case .certificateRejected: return verification.nodeCode ?? "UNSPECIFIED"
        case .nameMismatch: return "ERR_TLS_CERT_ALTNAME_INVALID"
        case .handshakeTimeout: return "ERR_TLS_HANDSHAKE_TIMEOUT"
        case .closedDuringHandshake, .resetByPeer: return "ECONNRESET"
        case .connectionRefused: return "ECONNREFUSED"
        case .connectTimeout: return "ETIMEDOUT"
        case .unreachable: return "EHOSTUNREACH"
        case .nameNotFound: return "ENOTFOUND"
        case .addressInUse: return "EADDRINUSE"
        case .addressNotAvailable: return "EADDRNOTAVAIL"
        case .permissionDenied: return "EACCES"
        case .fileUnreadable: return "ENOENT"
        case .cancelled: return "ABORT_ERR"
        case .closed: return "ERR_STREAM_WRITE_AFTER_END"
        case .keyMismatch: return "ERR_OSSL_X509_KEY_VALUES_MISMATCH"
        case .passphraseWrong: return "ERR_OSSL_BAD_DECRYPT"
        case .cipherStringInvalid: return "ERR_SSL_NO_CIPHER_MATCH"
        case .versionsInvalid: return "ERR_TLS_INVALID_PROTOCOL_VERSION"
        case .alpnInvalid: return "ERR_OUT_OF_RANGE"
        case .nameInvalid, .optionInvalid, .signatureAlgorithmsInvalid: return "ERR_INVALID_ARG_VALUE"
        case .groupsInvalid: return "ERR_CRYPTO_OPERATION_FAILED"
        default: return openSSLNodeCode ?? "ERR_TLS_\(code.description.uppercased())"
        }
    }

    /// Node makes its code from OpenSSL's words: upper case, blanks to underscores.
    private var openSSLNodeCode: String? {
        guard let entry = openSSL.first(where: \.isSSL) ?? openSSL.first else { return nil }
        let reason = String(entry.reasonText.uppercased().map { $0 == " " ? "_" : $0 })
        return (entry.isSSL ? "ERR_SSL_" : "ERR_OSSL_") + reason
    }
}

extension [VerificationError] {
    /// What node:tls gives as `authorizationError`: OpenSSL goes on after each objection, and Node reports the last
    /// one; it looks at the name only when the chain has none.
    package var nodeCode: String? {
        let ofChain = last { ![.hostnameMismatch, .addressMismatch].contains($0.code) }
        return (ofChain ?? last)?.code.nodeCode
    }
}
