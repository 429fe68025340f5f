//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

extension TLSError {
    /// The kinds of failure. New ones may come with any release: a `switch` needs a `default`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String, Sendable {
            // Configuration
            case fileUnreadable, certificateUnreadable, privateKeyUnreadable, passphraseWrong, keyMismatch
            case certificateRefused, trustUnreadable, cipherStringInvalid, groupsInvalid, signatureAlgorithmsInvalid
            case versionsInvalid, alpnInvalid, nameInvalid, optionInvalid
            // Network
            case nameNotFound, connectionRefused, connectTimeout, unreachable, addressInUse, addressNotAvailable
            case permissionDenied, networkFailure
            // Handshake
            case certificateRejected, nameMismatch, rejectedByPeer, notTLS, versionMismatch, noSharedCipher
            case noSharedGroup, noSharedSignatureAlgorithm, noApplicationProtocol, noCertificate
            case clientCertificateMissing, nameUnrecognized, handshakeTimeout, closedDuringHandshake
            case resetByPeer, handshakeFailed, hookFailed, connectionLimit
            // Established
            case truncated, recordCorrupt, protocolViolation, closed, bufferLimit, cancelled, internalFailure
        }

        private let kind: Kind

        private init(_ kind: Kind) { self.kind = kind }

        /// The name of the code, such as `certificateRejected`.
        public var description: String { kind.rawValue }

        // MARK: Configuration

        /// A file is missing or cannot be read.
        public static let fileUnreadable = Code(.fileUnreadable)
        /// A certificate is neither PEM nor DER.
        public static let certificateUnreadable = Code(.certificateUnreadable)
        /// A private key is neither PEM nor DER.
        public static let privateKeyUnreadable = Code(.privateKeyUnreadable)
        /// The key is encrypted and the passphrase is wrong or missing.
        public static let passphraseWrong = Code(.passphraseWrong)
        /// The private key does not belong to the certificate.
        public static let keyMismatch = Code(.keyMismatch)
        /// OpenSSL refuses to use the certificate, for example because its key is too small.
        public static let certificateRefused = Code(.certificateRefused)
        /// The trusted certificates cannot be read.
        public static let trustUnreadable = Code(.trustUnreadable)
        /// No cipher suite matches the cipher string.
        public static let cipherStringInvalid = Code(.cipherStringInvalid)
        /// A group (curve) is not known to the OpenSSL in use.
        public static let groupsInvalid = Code(.groupsInvalid)
        /// A signature algorithm is not known to the OpenSSL in use.
        public static let signatureAlgorithmsInvalid = Code(.signatureAlgorithmsInvalid)
        /// The lowest version is above the highest, or unknown.
        public static let versionsInvalid = Code(.versionsInvalid)
        /// An ALPN protocol name is empty or longer than 255 bytes.
        public static let alpnInvalid = Code(.alpnInvalid)
        /// A host name cannot be used: empty, too long, or with a NUL.
        public static let nameInvalid = Code(.nameInvalid)
        /// Another option has a value that cannot work.
        public static let optionInvalid = Code(.optionInvalid)

        // MARK: Network

        /// The host name has no address.
        public static let nameNotFound = Code(.nameNotFound)
        /// Nothing listens there.
        public static let connectionRefused = Code(.connectionRefused)
        /// No answer to the connection attempt in time.
        public static let connectTimeout = Code(.connectTimeout)
        /// There is no route to the address.
        public static let unreachable = Code(.unreachable)
        /// The port to listen on is taken.
        public static let addressInUse = Code(.addressInUse)
        /// The address does not belong to this machine, or the machine lacks its family, such as IPv6.
        public static let addressNotAvailable = Code(.addressNotAvailable)
        /// The operating system does not let this user listen or connect there.
        public static let permissionDenied = Code(.permissionDenied)
        /// Another failure of the network or the operating system.
        public static let networkFailure = Code(.networkFailure)

        // MARK: Handshake

        /// This side does not trust the peer's certificate; ``TLSError/verification`` says why.
        public static let certificateRejected = Code(.certificateRejected)
        /// The peer's certificate is for another name.
        public static let nameMismatch = Code(.nameMismatch)
        /// The peer ended the handshake with an alert; ``TLSError/alert`` says which.
        public static let rejectedByPeer = Code(.rejectedByPeer)
        /// The peer does not speak TLS here; ``TLSError/firstBytes`` says what it speaks.
        public static let notTLS = Code(.notTLS)
        /// The two ends have no protocol version in common.
        public static let versionMismatch = Code(.versionMismatch)
        /// The two ends have no cipher suite in common.
        public static let noSharedCipher = Code(.noSharedCipher)
        /// The two ends have no key exchange group in common.
        public static let noSharedGroup = Code(.noSharedGroup)
        /// The two ends have no signature algorithm in common.
        public static let noSharedSignatureAlgorithm = Code(.noSharedSignatureAlgorithm)
        /// The two ends have no application protocol (ALPN) in common.
        public static let noApplicationProtocol = Code(.noApplicationProtocol)
        /// The server has no certificate to show.
        public static let noCertificate = Code(.noCertificate)
        /// The client was asked for a certificate and sent none.
        public static let clientCertificateMissing = Code(.clientCertificateMissing)
        /// The server knows no certificate for the name that the client asked for.
        public static let nameUnrecognized = Code(.nameUnrecognized)
        /// The handshake did not finish in time.
        public static let handshakeTimeout = Code(.handshakeTimeout)
        /// The peer closed the connection before the handshake was done.
        public static let closedDuringHandshake = Code(.closedDuringHandshake)
        /// The peer or something on the way reset the connection.
        public static let resetByPeer = Code(.resetByPeer)
        /// Another failure of the handshake.
        public static let handshakeFailed = Code(.handshakeFailed)
        /// A function of the caller, such as the choice of a context, threw an error.
        public static let hookFailed = Code(.hookFailed)
        /// The server has as many connections as it was allowed.
        public static let connectionLimit = Code(.connectionLimit)

        // MARK: Established

        /// The connection ended without close_notify: data may be missing (RFC 8446, section 6.1).
        public static let truncated = Code(.truncated)
        /// A record could not be decrypted or authenticated.
        public static let recordCorrupt = Code(.recordCorrupt)
        /// The peer broke the protocol.
        public static let protocolViolation = Code(.protocolViolation)
        /// The connection is already closed on this side.
        public static let closed = Code(.closed)
        /// More bytes wait to be sent than was allowed.
        public static let bufferLimit = Code(.bufferLimit)
        /// The task was cancelled.
        public static let cancelled = Code(.cancelled)
        /// Memory or OpenSSL itself failed.
        public static let internalFailure = Code(.internalFailure)

        /// Who is to blame unless the place that throws knows better.
        var usualBlame: Blame {
            switch kind {
            case .fileUnreadable, .certificateUnreadable, .privateKeyUnreadable, .passphraseWrong, .keyMismatch,
                .certificateRefused, .trustUnreadable, .cipherStringInvalid, .groupsInvalid,
                .signatureAlgorithmsInvalid, .versionsInvalid, .alpnInvalid, .nameInvalid, .optionInvalid,
                .noCertificate, .addressInUse, .addressNotAvailable, .permissionDenied, .nameUnrecognized:
                return .configuration
            case .nameNotFound, .connectionRefused, .connectTimeout, .unreachable, .networkFailure, .resetByPeer,
                .truncated, .recordCorrupt:
                return .network
            case .certificateRejected, .nameMismatch, .rejectedByPeer, .notTLS, .versionMismatch, .noSharedCipher,
                .noSharedGroup, .noSharedSignatureAlgorithm, .noApplicationProtocol, .clientCertificateMissing,
                .handshakeTimeout, .closedDuringHandshake, .handshakeFailed, .protocolViolation:
                return .peer
            case .hookFailed, .connectionLimit, .closed, .bufferLimit, .cancelled, .internalFailure:
                return .local
            }
        }
    }
}
