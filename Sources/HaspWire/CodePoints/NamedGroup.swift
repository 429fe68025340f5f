//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// A group for key exchange: an elliptic curve, a finite field or a post-quantum hybrid (RFC 8446 section 4.2.7;
/// IANA registry "TLS Supported Groups"; `ecdhCurve` of node:tls).
public struct NamedGroup: CodePoint {
    /// The number on the wire.
    public var rawValue: UInt16

    /// Makes the value for a number, known or not.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// NIST P-224, weak.
    public static let secp224r1 = NamedGroup(rawValue: 0x0015)
    /// The curve of Bitcoin; TLS 1.2 only.
    public static let secp256k1 = NamedGroup(rawValue: 0x0016)
    /// NIST P-256, OpenSSL's `prime256v1`.
    public static let secp256r1 = NamedGroup(rawValue: 0x0017)
    /// NIST P-384.
    public static let secp384r1 = NamedGroup(rawValue: 0x0018)
    /// NIST P-521.
    public static let secp521r1 = NamedGroup(rawValue: 0x0019)
    /// Brainpool P-256 in TLS 1.2 (RFC 7027).
    public static let brainpoolP256r1 = NamedGroup(rawValue: 0x001A)
    /// Brainpool P-384 in TLS 1.2 (RFC 7027).
    public static let brainpoolP384r1 = NamedGroup(rawValue: 0x001B)
    /// Brainpool P-512 in TLS 1.2 (RFC 7027).
    public static let brainpoolP512r1 = NamedGroup(rawValue: 0x001C)
    /// X25519 (RFC 7748).
    public static let x25519 = NamedGroup(rawValue: 0x001D)
    /// X448 (RFC 7748).
    public static let x448 = NamedGroup(rawValue: 0x001E)
    /// Brainpool P-256 in TLS 1.3 (RFC 8734).
    public static let brainpoolP256r1TLS13 = NamedGroup(rawValue: 0x001F)
    /// Brainpool P-384 in TLS 1.3 (RFC 8734).
    public static let brainpoolP384r1TLS13 = NamedGroup(rawValue: 0x0020)
    /// Brainpool P-512 in TLS 1.3 (RFC 8734).
    public static let brainpoolP512r1TLS13 = NamedGroup(rawValue: 0x0021)
    /// SM2 (RFC 8998).
    public static let curveSM2 = NamedGroup(rawValue: 0x0029)
    /// Finite field of 2,048 bits (RFC 7919).
    public static let ffdhe2048 = NamedGroup(rawValue: 0x0100)
    /// Finite field of 3,072 bits (RFC 7919).
    public static let ffdhe3072 = NamedGroup(rawValue: 0x0101)
    /// Finite field of 4,096 bits (RFC 7919).
    public static let ffdhe4096 = NamedGroup(rawValue: 0x0102)
    /// Finite field of 6,144 bits (RFC 7919).
    public static let ffdhe6144 = NamedGroup(rawValue: 0x0103)
    /// Finite field of 8,192 bits (RFC 7919).
    public static let ffdhe8192 = NamedGroup(rawValue: 0x0104)
    /// ML-KEM-512 alone, post-quantum.
    public static let mlkem512 = NamedGroup(rawValue: 0x0200)
    /// ML-KEM-768 alone, post-quantum.
    public static let mlkem768 = NamedGroup(rawValue: 0x0201)
    /// ML-KEM-1024 alone, post-quantum.
    public static let mlkem1024 = NamedGroup(rawValue: 0x0202)
    /// P-256 with ML-KEM-768, post-quantum.
    public static let secp256r1MLKEM768 = NamedGroup(rawValue: 0x11EB)
    /// X25519 with ML-KEM-768, post-quantum.
    public static let x25519MLKEM768 = NamedGroup(rawValue: 0x11EC)
    /// P-384 with ML-KEM-1024, post-quantum.
    public static let secp384r1MLKEM1024 = NamedGroup(rawValue: 0x11ED)
    /// The draft that came before ``x25519MLKEM768``; obsolete.
    public static let x25519Kyber768Draft00 = NamedGroup(rawValue: 0x6399)

    /// Whether the group keeps its secret against a quantum computer too: ML-KEM, alone or in a hybrid.
    public var isPostQuantum: Bool {
        switch rawValue {
        case 0x0200...0x0202, 0x11EB...0x11EE, 0x6399...0x639A: true
        default: false
        }
    }

    /// The names of the numbers known here.
    public static let registeredNames: [NamedGroup: String] = [
        .secp224r1: "secp224r1",
        .secp256k1: "secp256k1",
        .secp256r1: "secp256r1",
        .secp384r1: "secp384r1",
        .secp521r1: "secp521r1",
        .brainpoolP256r1: "brainpoolP256r1",
        .brainpoolP384r1: "brainpoolP384r1",
        .brainpoolP512r1: "brainpoolP512r1",
        .x25519: "x25519",
        .x448: "x448",
        .brainpoolP256r1TLS13: "brainpoolP256r1tls13",
        .brainpoolP384r1TLS13: "brainpoolP384r1tls13",
        .brainpoolP512r1TLS13: "brainpoolP512r1tls13",
        .curveSM2: "curveSM2",
        .ffdhe2048: "ffdhe2048",
        .ffdhe3072: "ffdhe3072",
        .ffdhe4096: "ffdhe4096",
        .ffdhe6144: "ffdhe6144",
        .ffdhe8192: "ffdhe8192",
        .mlkem512: "MLKEM512",
        .mlkem768: "MLKEM768",
        .mlkem1024: "MLKEM1024",
        .secp256r1MLKEM768: "SecP256r1MLKEM768",
        .x25519MLKEM768: "X25519MLKEM768",
        .secp384r1MLKEM1024: "SecP384r1MLKEM1024",
        NamedGroup(rawValue: 0x11EE): "curveSM2MLKEM768",
        .x25519Kyber768Draft00: "X25519Kyber768Draft00",
        NamedGroup(rawValue: 0x639A): "SecP256r1Kyber768Draft00",
        NamedGroup(rawValue: 0x0001): "sect163k1",
        NamedGroup(rawValue: 0x0002): "sect163r1",
        NamedGroup(rawValue: 0x0003): "sect163r2",
        NamedGroup(rawValue: 0x0004): "sect193r1",
        NamedGroup(rawValue: 0x0005): "sect193r2",
        NamedGroup(rawValue: 0x0006): "sect233k1",
        NamedGroup(rawValue: 0x0007): "sect233r1",
        NamedGroup(rawValue: 0x0008): "sect239k1",
        NamedGroup(rawValue: 0x0009): "sect283k1",
        NamedGroup(rawValue: 0x000A): "sect283r1",
        NamedGroup(rawValue: 0x000B): "sect409k1",
        NamedGroup(rawValue: 0x000C): "sect409r1",
        NamedGroup(rawValue: 0x000D): "sect571k1",
        NamedGroup(rawValue: 0x000E): "sect571r1",
        NamedGroup(rawValue: 0x000F): "secp160k1",
        NamedGroup(rawValue: 0x0010): "secp160r1",
        NamedGroup(rawValue: 0x0011): "secp160r2",
        NamedGroup(rawValue: 0x0012): "secp192k1",
        NamedGroup(rawValue: 0x0013): "secp192r1",
        NamedGroup(rawValue: 0x0014): "secp224k1",
        NamedGroup(rawValue: 0x0022): "GC256A",
        NamedGroup(rawValue: 0x0023): "GC256B",
        NamedGroup(rawValue: 0x0024): "GC256C",
        NamedGroup(rawValue: 0x0025): "GC256D",
        NamedGroup(rawValue: 0x0026): "GC512A",
        NamedGroup(rawValue: 0x0027): "GC512B",
        NamedGroup(rawValue: 0x0028): "GC512C",
        NamedGroup(rawValue: 0xFF01): "arbitrary_explicit_prime_curves",
        NamedGroup(rawValue: 0xFF02): "arbitrary_explicit_char2_curves",
    ]
}
