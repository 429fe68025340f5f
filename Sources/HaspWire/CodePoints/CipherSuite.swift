//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// A cipher suite by its number on the wire (IANA registry "TLS Cipher Suites"; `getCipher()` of node:tls).
public struct CipherSuite: CodePoint {
    /// The number on the wire.
    public var rawValue: UInt16

    /// Makes the suite for a number, known or not.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// Finds a suite by its IANA name, such as `TLS_AES_128_GCM_SHA256`; nil when there is none.
    public init?(name: String) {
        guard let rawValue = CipherSuiteTable.byName[name] else { return nil }
        self.init(rawValue: rawValue)
    }

    /// Finds a suite by OpenSSL's name for it, such as `ECDHE-RSA-AES128-GCM-SHA256`; nil when there is none.
    /// The suites of TLS 1.3 have the same name in both worlds.
    public init?(openSSLName: String) {
        guard let rawValue = CipherSuiteTable.byOpenSSLName[openSSLName] else { return nil }
        self.init(rawValue: rawValue)
    }

    /// The IANA name; `0x1234` for an unknown suite, `GREASE(0x0A0A)` for a GREASE value.
    public var name: String {
        if let entry = CipherSuiteTable.entries[rawValue] { return entry.name }
        return isGREASE ? "GREASE(\(hexadecimal))" : hexadecimal
    }

    /// OpenSSL's name; nil when OpenSSL never had the suite.
    public var openSSLName: String? { CipherSuiteTable.entries[rawValue]?.openSSLName }

    /// Whether the suite has a name here.
    public var isKnown: Bool { CipherSuiteTable.entries[rawValue] != nil }

    /// Whether the suite belongs to TLS 1.3, whose suites name neither key exchange nor signature
    /// (RFC 8446 appendix B.4): the numbers 0x1301 to 0x13FF.
    public var isTLS13: Bool { rawValue >> 8 == 0x13 && rawValue != 0x1300 }

    /// Whether this is no suite but a signal in the list of suites: the renegotiation (RFC 5746) or the fallback
    /// signal (RFC 7507).
    public var isSignal: Bool { self == .emptyRenegotiationInfo || self == .fallback }

    /// The IANA name of every suite known here.
    public static var registeredNames: [CipherSuite: String] {
        var names: [CipherSuite: String] = [:]
        for (code, entry) in CipherSuiteTable.entries { names[CipherSuite(rawValue: code)] = entry.name }
        return names
    }
}

extension CipherSuite {
    /// TLS_AES_128_GCM_SHA256 (TLS 1.3).
    public static let aes128GCM = CipherSuite(rawValue: 0x1301)
    /// TLS_AES_256_GCM_SHA384 (TLS 1.3).
    public static let aes256GCM = CipherSuite(rawValue: 0x1302)
    /// TLS_CHACHA20_POLY1305_SHA256 (TLS 1.3).
    public static let chaCha20Poly1305 = CipherSuite(rawValue: 0x1303)
    /// TLS_AES_128_CCM_SHA256 (TLS 1.3).
    public static let aes128CCM = CipherSuite(rawValue: 0x1304)
    /// TLS_AES_128_CCM_8_SHA256 (TLS 1.3).
    public static let aes128CCM8 = CipherSuite(rawValue: 0x1305)

    /// TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256.
    public static let ecdheECDSAWithAES128GCM = CipherSuite(rawValue: 0xC02B)
    /// TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384.
    public static let ecdheECDSAWithAES256GCM = CipherSuite(rawValue: 0xC02C)
    /// TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256.
    public static let ecdheRSAWithAES128GCM = CipherSuite(rawValue: 0xC02F)
    /// TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384.
    public static let ecdheRSAWithAES256GCM = CipherSuite(rawValue: 0xC030)
    /// TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256.
    public static let ecdheRSAWithChaCha20Poly1305 = CipherSuite(rawValue: 0xCCA8)
    /// TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256.
    public static let ecdheECDSAWithChaCha20Poly1305 = CipherSuite(rawValue: 0xCCA9)

    /// TLS_EMPTY_RENEGOTIATION_INFO_SCSV: a signal, no suite (RFC 5746 section 3.3).
    public static let emptyRenegotiationInfo = CipherSuite(rawValue: 0x00FF)
    /// TLS_FALLBACK_SCSV: a signal, no suite (RFC 7507).
    public static let fallback = CipherSuite(rawValue: 0x5600)
}
