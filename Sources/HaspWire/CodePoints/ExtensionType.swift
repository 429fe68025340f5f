//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// The type of a hello extension (RFC 8446 section 4.2; IANA registry "TLS ExtensionType Values").
public struct ExtensionType: CodePoint {
    /// The number on the wire.
    public var rawValue: UInt16

    /// Makes the value for a number, known or not.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// The host the client wants (SNI, RFC 6066).
    public static let serverName = ExtensionType(rawValue: 0)
    /// Smaller records, as the client asks (RFC 6066).
    public static let maxFragmentLength = ExtensionType(rawValue: 1)
    /// OCSP stapling (RFC 6066).
    public static let statusRequest = ExtensionType(rawValue: 5)
    /// Groups for key exchange (RFC 8422, RFC 8446).
    public static let supportedGroups = ExtensionType(rawValue: 10)
    /// Forms of a point on a curve (RFC 8422).
    public static let ecPointFormats = ExtensionType(rawValue: 11)
    /// Signatures that are accepted (RFC 5246, RFC 8446).
    public static let signatureAlgorithms = ExtensionType(rawValue: 13)
    /// SRTP profiles (RFC 5764).
    public static let useSRTP = ExtensionType(rawValue: 14)
    /// Heartbeats (RFC 6520).
    public static let heartbeat = ExtensionType(rawValue: 15)
    /// Application protocols (RFC 7301).
    public static let alpn = ExtensionType(rawValue: 16)
    /// Certificate transparency (RFC 6962).
    public static let signedCertificateTimestamp = ExtensionType(rawValue: 18)
    /// Raw public keys (RFC 7250).
    public static let clientCertificateType = ExtensionType(rawValue: 19)
    /// Raw public keys (RFC 7250).
    public static let serverCertificateType = ExtensionType(rawValue: 20)
    /// Nothing but length (RFC 7685).
    public static let padding = ExtensionType(rawValue: 21)
    /// Encrypt, then authenticate (RFC 7366).
    public static let encryptThenMAC = ExtensionType(rawValue: 22)
    /// Keys bound to the whole handshake (RFC 7627).
    public static let extendedMasterSecret = ExtensionType(rawValue: 23)
    /// Compressed certificates (RFC 8879).
    public static let compressCertificate = ExtensionType(rawValue: 27)
    /// The largest record accepted (RFC 8449).
    public static let recordSizeLimit = ExtensionType(rawValue: 28)
    /// Delegated credentials (RFC 9345).
    public static let delegatedCredential = ExtensionType(rawValue: 34)
    /// Resumption without server state in TLS 1.2 (RFC 5077).
    public static let sessionTicket = ExtensionType(rawValue: 35)
    /// Resumption and external keys in TLS 1.3.
    public static let preSharedKey = ExtensionType(rawValue: 41)
    /// Data before the handshake is done (0-RTT).
    public static let earlyData = ExtensionType(rawValue: 42)
    /// The versions that really count.
    public static let supportedVersions = ExtensionType(rawValue: 43)
    /// What a HelloRetryRequest wants back.
    public static let cookie = ExtensionType(rawValue: 44)
    /// How a pre-shared key may be used.
    public static let pskKeyExchangeModes = ExtensionType(rawValue: 45)
    /// Issuers that are accepted.
    public static let certificateAuthorities = ExtensionType(rawValue: 47)
    /// What a client's certificate must hold.
    public static let oidFilters = ExtensionType(rawValue: 48)
    /// The client can be asked for a certificate later.
    public static let postHandshakeAuth = ExtensionType(rawValue: 49)
    /// Signatures accepted inside certificates.
    public static let signatureAlgorithmsCert = ExtensionType(rawValue: 50)
    /// Public keys for key exchange.
    public static let keyShare = ExtensionType(rawValue: 51)
    /// Connection ids of DTLS (RFC 9146).
    public static let connectionID = ExtensionType(rawValue: 54)
    /// QUIC (RFC 9001).
    public static let quicTransportParameters = ExtensionType(rawValue: 57)
    /// How many tickets the client would like (RFC 9149).
    public static let ticketRequest = ExtensionType(rawValue: 58)
    /// The predecessor of ALPN; never registered.
    public static let nextProtocolNegotiation = ExtensionType(rawValue: 13172)
    /// Encrypted ClientHello (ECH).
    public static let encryptedClientHello = ExtensionType(rawValue: 65037)
    /// Secure renegotiation (RFC 5746).
    public static let renegotiationInfo = ExtensionType(rawValue: 65281)

    /// The names of the numbers known here.
    public static let registeredNames: [ExtensionType: String] = [
        .serverName: "server_name",
        .maxFragmentLength: "max_fragment_length",
        ExtensionType(rawValue: 2): "client_certificate_url",
        ExtensionType(rawValue: 3): "trusted_ca_keys",
        ExtensionType(rawValue: 4): "truncated_hmac",
        .statusRequest: "status_request",
        ExtensionType(rawValue: 6): "user_mapping",
        ExtensionType(rawValue: 7): "client_authz",
        ExtensionType(rawValue: 8): "server_authz",
        ExtensionType(rawValue: 9): "cert_type",
        .supportedGroups: "supported_groups",
        .ecPointFormats: "ec_point_formats",
        ExtensionType(rawValue: 12): "srp",
        .signatureAlgorithms: "signature_algorithms",
        .useSRTP: "use_srtp",
        .heartbeat: "heartbeat",
        .alpn: "application_layer_protocol_negotiation",
        ExtensionType(rawValue: 17): "status_request_v2",
        .signedCertificateTimestamp: "signed_certificate_timestamp",
        .clientCertificateType: "client_certificate_type",
        .serverCertificateType: "server_certificate_type",
        .padding: "padding",
        .encryptThenMAC: "encrypt_then_mac",
        .extendedMasterSecret: "extended_master_secret",
        ExtensionType(rawValue: 24): "token_binding",
        ExtensionType(rawValue: 25): "cached_info",
        ExtensionType(rawValue: 26): "tls_lts",
        .compressCertificate: "compress_certificate",
        .recordSizeLimit: "record_size_limit",
        ExtensionType(rawValue: 29): "pwd_protect",
        ExtensionType(rawValue: 30): "pwd_clear",
        ExtensionType(rawValue: 31): "password_salt",
        ExtensionType(rawValue: 32): "ticket_pinning",
        ExtensionType(rawValue: 33): "tls_cert_with_extern_psk",
        .delegatedCredential: "delegated_credential",
        .sessionTicket: "session_ticket",
        ExtensionType(rawValue: 36): "TLMSP",
        ExtensionType(rawValue: 37): "TLMSP_proxying",
        ExtensionType(rawValue: 38): "TLMSP_delegate",
        ExtensionType(rawValue: 39): "supported_ekt_ciphers",
        .preSharedKey: "pre_shared_key",
        .earlyData: "early_data",
        .supportedVersions: "supported_versions",
        .cookie: "cookie",
        .pskKeyExchangeModes: "psk_key_exchange_modes",
        .certificateAuthorities: "certificate_authorities",
        .oidFilters: "oid_filters",
        .postHandshakeAuth: "post_handshake_auth",
        .signatureAlgorithmsCert: "signature_algorithms_cert",
        .keyShare: "key_share",
        ExtensionType(rawValue: 52): "transparency_info",
        ExtensionType(rawValue: 53): "connection_id_deprecated",
        .connectionID: "connection_id",
        ExtensionType(rawValue: 55): "external_id_hash",
        ExtensionType(rawValue: 56): "external_session_id",
        .quicTransportParameters: "quic_transport_parameters",
        .ticketRequest: "ticket_request",
        ExtensionType(rawValue: 59): "dnssec_chain",
        ExtensionType(rawValue: 60): "sequence_number_encryption_algorithms",
        ExtensionType(rawValue: 61): "rrc",
        ExtensionType(rawValue: 62): "tls_flags",
        .nextProtocolNegotiation: "next_protocol_negotiation",
        ExtensionType(rawValue: 17513): "application_settings_old",
        ExtensionType(rawValue: 17613): "application_settings",
        ExtensionType(rawValue: 64768): "ech_outer_extensions",
        ExtensionType(rawValue: 51764): "trust_anchors",
        .encryptedClientHello: "encrypted_client_hello",
        .renegotiationInfo: "renegotiation_info",
    ]
}
