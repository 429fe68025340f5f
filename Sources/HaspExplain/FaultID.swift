//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// The stable name of a fault, such as `cert.expired`.
///
/// Ids are part of the public interface: they appear in metrics labels, logs and JSON, are never renamed and never
/// reused. An id that this version does not know is still printable; it only has no entry in ``FaultCatalogue``.
public struct FaultID: RawRepresentable, Hashable, Sendable, Codable {
    /// The id as it is printed: lower-case words joined by `.` and `-`.
    public let rawValue: String

    /// Takes any string; whether an entry exists is answered by ``FaultCatalogue/fault(_:)``.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }
}

extension FaultID: CustomStringConvertible {
    /// The raw value.
    public var description: String { rawValue }
}

// MARK: - Network

extension FaultID {
    /// The name of the peer has no address.
    public static let netDNS = FaultID(rawValue: "net.dns")
    /// Nothing listens at the address (TCP reset to the SYN).
    public static let netRefused = FaultID(rawValue: "net.refused")
    /// The TCP connection was not answered in time.
    public static let netConnectTimeout = FaultID(rawValue: "net.connect-timeout")
    /// There is no route to the address.
    public static let netUnreachable = FaultID(rawValue: "net.unreachable")
    /// TCP connects, but not one byte follows the ClientHello.
    public static let netHalfOpen = FaultID(rawValue: "net.half-open")
}

// MARK: - Not TLS on this port

extension FaultID {
    /// The port answers in plain HTTP.
    public static let plainHTTP = FaultID(rawValue: "plain.http")
    /// The port speaks a clear-text protocol that is upgraded by STARTTLS.
    public static let plainSTARTTLS = FaultID(rawValue: "plain.starttls")
    /// The port speaks another protocol, such as SSH or MySQL.
    public static let plainSSHOrOther = FaultID(rawValue: "plain.ssh-or-other")
    /// A client sent plain HTTP to a TLS port.
    public static let plainClientSpeaksHTTP = FaultID(rawValue: "plain.client-speaks-http")
    /// A PROXY protocol header arrived where a ClientHello was due.
    public static let proxyProtoUnexpected = FaultID(rawValue: "proxyproto.unexpected")
    /// The first bytes belong to no known protocol.
    public static let garbage = FaultID(rawValue: "garbage")
}

// MARK: - Versions

extension FaultID {
    /// The server accepts TLS 1.3 only.
    public static let verServer13Only = FaultID(rawValue: "ver.server-13-only")
    /// The server stops at TLS 1.2 and the client demands TLS 1.3.
    public static let verServer12Only = FaultID(rawValue: "ver.server-12-only")
    /// The server speaks TLS 1.0 or 1.1 only.
    public static let verServerLegacy = FaultID(rawValue: "ver.server-legacy")
    /// The client offers only versions that the server no longer accepts.
    public static let verClientLegacy = FaultID(rawValue: "ver.client-legacy")
}

// MARK: - Cipher suites, groups, signatures, ALPN

extension FaultID {
    /// Client and server have no cipher suite in common.
    public static let cipherNoneShared = FaultID(rawValue: "cipher.none-shared")
    /// The allowed suites do not fit the key type of the certificate.
    public static let cipherCertType = FaultID(rawValue: "cipher.cert-type")
    /// OpenSSL's security level forbids what the peer uses.
    public static let cipherSecLevel = FaultID(rawValue: "cipher.seclevel")
    /// No key exchange group in common (TLS 1.3).
    public static let groupNoneShared13 = FaultID(rawValue: "group.none-shared-13")
    /// No signature scheme in common.
    public static let sigalgNoneShared = FaultID(rawValue: "sigalg.none-shared")
    /// The client's key share contradicts its own ClientHello.
    public static let keyshareClientBroken = FaultID(rawValue: "keyshare.client-broken")
    /// No application protocol in common.
    public static let alpnNone = FaultID(rawValue: "alpn.none")
}

// MARK: - Server name

extension FaultID {
    /// The client sent no server name and the server needs one.
    public static let sniMissing = FaultID(rawValue: "sni.missing")
    /// The server does not know the name that the client asked for.
    public static let sniUnrecognized = FaultID(rawValue: "sni.unrecognized")
}

// MARK: - Server certificate

extension FaultID {
    /// The server's certificate has expired.
    public static let certExpired = FaultID(rawValue: "cert.expired")
    /// The certificate is not valid yet.
    public static let certNotYetValid = FaultID(rawValue: "cert.not-yet-valid")
    /// A CA certificate of the chain has expired.
    public static let certIntermediateExpired = FaultID(rawValue: "cert.intermediate-expired")
    /// The certificate is signed by itself and not trusted here.
    public static let certSelfSigned = FaultID(rawValue: "cert.self-signed")
    /// The issuing CA is not in the trust store.
    public static let certPrivateCA = FaultID(rawValue: "cert.private-ca")
    /// The server does not send the intermediate certificate.
    public static let certMissingIntermediate = FaultID(rawValue: "cert.missing-intermediate")
    /// The certificate is for other names.
    public static let certHostname = FaultID(rawValue: "cert.hostname")
    /// The certificate does not cover the IP address.
    public static let certIPSAN = FaultID(rawValue: "cert.ip-san")
    /// The certificate was issued for another purpose.
    public static let certEKU = FaultID(rawValue: "cert.eku")
    /// A key of the chain is too short.
    public static let certWeakKey = FaultID(rawValue: "cert.weak-key")
    /// A certificate is signed with a broken hash.
    public static let certWeakSig = FaultID(rawValue: "cert.weak-sig")
    /// The CA has revoked the certificate.
    public static let certRevoked = FaultID(rawValue: "cert.revoked")
    /// The issuer's certificate may not issue certificates.
    public static let certIssuerNotCA = FaultID(rawValue: "cert.issuer-not-ca")
    /// Private key and certificate do not belong together.
    public static let certKeyMismatch = FaultID(rawValue: "cert.key-mismatch")
    /// Verification failed for a reason without an entry of its own.
    public static let certOther = FaultID(rawValue: "cert.other")
    /// The server has no usable certificate.
    public static let noCert = FaultID(rawValue: "no-cert")
    /// The peer refused the certificate it was shown.
    public static let peerRejectedOurCertificate = FaultID(rawValue: "peer.rejected-our-certificate")
}

// MARK: - Client certificate

extension FaultID {
    /// The server demands a client certificate (TLS 1.3, alert 116).
    public static let clientCertRequired13 = FaultID(rawValue: "clientcert.required-13")
    /// The server demands a client certificate (TLS 1.2, alert 40).
    public static let clientCertRequired12 = FaultID(rawValue: "clientcert.required-12")
    /// The client certificate is from a CA that the server does not accept.
    public static let clientCertWrongCA = FaultID(rawValue: "clientcert.wrong-ca")
    /// The client certificate has expired.
    public static let clientCertExpired = FaultID(rawValue: "clientcert.expired")
}

// MARK: - Connection

extension FaultID {
    /// The peer did not finish the handshake in time.
    public static let handshakeTimeout = FaultID(rawValue: "handshake.timeout")
    /// A record was changed on its way.
    public static let tamperMAC = FaultID(rawValue: "tamper.mac")
    /// The peer closed right after the ClientHello.
    public static let tlsCloseOnHello = FaultID(rawValue: "tls.close-on-hello")
    /// The peer reset the connection right after the ClientHello.
    public static let tlsResetOnHello = FaultID(rawValue: "tls.reset-on-hello")
    /// The connection broke in the middle of the handshake.
    public static let tlsCutMidHandshake = FaultID(rawValue: "tls.cut-mid-handshake")
    /// The connection ended without close_notify.
    public static let truncated = FaultID(rawValue: "truncated")
    /// The server reported an internal error (alert 80).
    public static let serverInternalError = FaultID(rawValue: "server.internal-error")
}

// MARK: - Local configuration

extension FaultID {
    /// No known cipher suite matches the string.
    public static let configCipherString = FaultID(rawValue: "config.cipher-string")
    /// A file holds no readable PEM or DER.
    public static let configPEMUnreadable = FaultID(rawValue: "config.pem-unreadable")
    /// The passphrase of a private key is missing or wrong.
    public static let configKeyPassphrase = FaultID(rawValue: "config.key-passphrase")
    /// A file cannot be opened.
    public static let configFileMissing = FaultID(rawValue: "config.file-missing")
    /// Another process holds the port.
    public static let configPortInUse = FaultID(rawValue: "config.port-in-use")
}
