//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// A signature algorithm with its hash (RFC 8446 section 4.2.3; IANA registry "TLS SignatureScheme"; `sigalgs` of
/// node:tls).
///
/// In TLS 1.2 the same two bytes are a hash and an algorithm (RFC 5246 section 7.4.1.4.1). The pairs that TLS 1.3 no
/// longer has are named here in the same manner: `rsa_pkcs1_sha224`, `dsa_sha1`.
public struct SignatureScheme: CodePoint {
    /// The number on the wire.
    public var rawValue: UInt16

    /// Makes the value for a number, known or not.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// RSA, PKCS #1 v1.5, SHA-1: forbidden in handshakes by RFC 9155.
    public static let rsaPKCS1SHA1 = SignatureScheme(rawValue: 0x0201)
    /// ECDSA with SHA-1: forbidden in handshakes by RFC 9155.
    public static let ecdsaSHA1 = SignatureScheme(rawValue: 0x0203)
    /// RSA, PKCS #1 v1.5, SHA-256; in TLS 1.3 for certificates only.
    public static let rsaPKCS1SHA256 = SignatureScheme(rawValue: 0x0401)
    /// RSA, PKCS #1 v1.5, SHA-384; in TLS 1.3 for certificates only.
    public static let rsaPKCS1SHA384 = SignatureScheme(rawValue: 0x0501)
    /// RSA, PKCS #1 v1.5, SHA-512; in TLS 1.3 for certificates only.
    public static let rsaPKCS1SHA512 = SignatureScheme(rawValue: 0x0601)
    /// ECDSA on P-256 (on any curve in TLS 1.2) with SHA-256.
    public static let ecdsaSecp256r1SHA256 = SignatureScheme(rawValue: 0x0403)
    /// ECDSA on P-384 (on any curve in TLS 1.2) with SHA-384.
    public static let ecdsaSecp384r1SHA384 = SignatureScheme(rawValue: 0x0503)
    /// ECDSA on P-521 (on any curve in TLS 1.2) with SHA-512.
    public static let ecdsaSecp521r1SHA512 = SignatureScheme(rawValue: 0x0603)
    /// RSA-PSS with an ordinary RSA key, SHA-256.
    public static let rsaPSSRSAESHA256 = SignatureScheme(rawValue: 0x0804)
    /// RSA-PSS with an ordinary RSA key, SHA-384.
    public static let rsaPSSRSAESHA384 = SignatureScheme(rawValue: 0x0805)
    /// RSA-PSS with an ordinary RSA key, SHA-512.
    public static let rsaPSSRSAESHA512 = SignatureScheme(rawValue: 0x0806)
    /// Ed25519 (RFC 8032).
    public static let ed25519 = SignatureScheme(rawValue: 0x0807)
    /// Ed448 (RFC 8032).
    public static let ed448 = SignatureScheme(rawValue: 0x0808)
    /// RSA-PSS with a key that is for PSS alone, SHA-256.
    public static let rsaPSSPSSSHA256 = SignatureScheme(rawValue: 0x0809)
    /// RSA-PSS with a key that is for PSS alone, SHA-384.
    public static let rsaPSSPSSSHA384 = SignatureScheme(rawValue: 0x080A)
    /// RSA-PSS with a key that is for PSS alone, SHA-512.
    public static let rsaPSSPSSSHA512 = SignatureScheme(rawValue: 0x080B)
    /// ML-DSA-44, post-quantum.
    public static let mldsa44 = SignatureScheme(rawValue: 0x0904)
    /// ML-DSA-65, post-quantum.
    public static let mldsa65 = SignatureScheme(rawValue: 0x0905)
    /// ML-DSA-87, post-quantum.
    public static let mldsa87 = SignatureScheme(rawValue: 0x0906)

    /// The names of the numbers known here.
    public static let registeredNames: [SignatureScheme: String] = [
        .rsaPKCS1SHA1: "rsa_pkcs1_sha1",
        .ecdsaSHA1: "ecdsa_sha1",
        .rsaPKCS1SHA256: "rsa_pkcs1_sha256",
        .rsaPKCS1SHA384: "rsa_pkcs1_sha384",
        .rsaPKCS1SHA512: "rsa_pkcs1_sha512",
        .ecdsaSecp256r1SHA256: "ecdsa_secp256r1_sha256",
        .ecdsaSecp384r1SHA384: "ecdsa_secp384r1_sha384",
        .ecdsaSecp521r1SHA512: "ecdsa_secp521r1_sha512",
        .rsaPSSRSAESHA256: "rsa_pss_rsae_sha256",
        .rsaPSSRSAESHA384: "rsa_pss_rsae_sha384",
        .rsaPSSRSAESHA512: "rsa_pss_rsae_sha512",
        .ed25519: "ed25519",
        .ed448: "ed448",
        .rsaPSSPSSSHA256: "rsa_pss_pss_sha256",
        .rsaPSSPSSSHA384: "rsa_pss_pss_sha384",
        .rsaPSSPSSSHA512: "rsa_pss_pss_sha512",
        SignatureScheme(rawValue: 0x081A): "ecdsa_brainpoolP256r1tls13_sha256",
        SignatureScheme(rawValue: 0x081B): "ecdsa_brainpoolP384r1tls13_sha384",
        SignatureScheme(rawValue: 0x081C): "ecdsa_brainpoolP512r1tls13_sha512",
        .mldsa44: "mldsa44",
        .mldsa65: "mldsa65",
        .mldsa87: "mldsa87",
        SignatureScheme(rawValue: 0x0101): "rsa_pkcs1_md5",
        SignatureScheme(rawValue: 0x0103): "ecdsa_md5",
        SignatureScheme(rawValue: 0x0202): "dsa_sha1",
        SignatureScheme(rawValue: 0x0301): "rsa_pkcs1_sha224",
        SignatureScheme(rawValue: 0x0302): "dsa_sha224",
        SignatureScheme(rawValue: 0x0303): "ecdsa_sha224",
        SignatureScheme(rawValue: 0x0402): "dsa_sha256",
        SignatureScheme(rawValue: 0x0502): "dsa_sha384",
        SignatureScheme(rawValue: 0x0602): "dsa_sha512",
        SignatureScheme(rawValue: 0x0420): "rsa_pkcs1_sha256_legacy",
        SignatureScheme(rawValue: 0x0520): "rsa_pkcs1_sha384_legacy",
        SignatureScheme(rawValue: 0x0620): "rsa_pkcs1_sha512_legacy",
        SignatureScheme(rawValue: 0x0704): "eccsi_sha256",
        SignatureScheme(rawValue: 0x0705): "iso_ibs1",
        SignatureScheme(rawValue: 0x0706): "iso_ibs2",
        SignatureScheme(rawValue: 0x0707): "iso_chinese_ibs",
        SignatureScheme(rawValue: 0x0708): "sm2sig_sm3",
        SignatureScheme(rawValue: 0x0709): "gostr34102012_256a",
        SignatureScheme(rawValue: 0x070A): "gostr34102012_256b",
        SignatureScheme(rawValue: 0x070B): "gostr34102012_256c",
        SignatureScheme(rawValue: 0x070C): "gostr34102012_256d",
        SignatureScheme(rawValue: 0x070D): "gostr34102012_512a",
        SignatureScheme(rawValue: 0x070E): "gostr34102012_512b",
        SignatureScheme(rawValue: 0x070F): "gostr34102012_512c",
    ]
}
