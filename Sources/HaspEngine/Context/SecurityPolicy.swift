//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspWire

/// A named, dated and never edited choice of versions, cipher suites, groups and preferences.
///
/// A new opinion gets a new date; what runs with an old name keeps its behaviour.
public struct SecurityPolicy: Hashable, Sendable {
    /// The name under which documents and logs speak of it.
    public let name: String
    /// The lowest protocol version that is accepted.
    public let minimumVersion: ProtocolVersion
    /// The highest protocol version that is offered.
    public let maximumVersion: ProtocolVersion
    /// Suites of TLS 1.3, most wanted first, in OpenSSL's (and IANA's) names joined by `:`.
    public let cipherSuites: String
    /// Suites of TLS 1.2 and older in OpenSSL's cipher string language; empty when those versions are off.
    public let ciphers: String
    /// Key exchange groups, most wanted first. Those which the OpenSSL in use does not know are left out.
    public let groups: [NamedGroup]
    /// Whether a server's order of suites decides (`honorCipherOrder` in node:tls).
    public let isServerOrderDecisive: Bool
}

extension SecurityPolicy {
    /// What is used unless somebody says otherwise: ``hasp202611``.
    public static let `default` = hasp202611

    /// TLS 1.2 and 1.3, ephemeral key exchange and authenticated encryption only.
    public static let hasp202611 = SecurityPolicy(
        name: "hasp-2026-11",
        minimumVersion: .tls12,
        maximumVersion: .tls13,
        cipherSuites: "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256",
        ciphers: ecdheWithAEAD,
        groups: [.x25519MLKEM768, .x25519, .secp256r1, .secp384r1, .secp521r1],
        isServerOrderDecisive: true
    )

    /// Mozilla's *modern* guideline, version 6.0 of April 2026: TLS 1.3 only.
    public static let mozillaModern60 = SecurityPolicy(
        name: "mozilla-modern-6.0",
        minimumVersion: .tls13,
        maximumVersion: .tls13,
        cipherSuites: "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256",
        ciphers: "",
        groups: [.x25519MLKEM768, .x25519, .secp256r1, .secp384r1],
        isServerOrderDecisive: false
    )

    /// Mozilla's *intermediate* guideline, version 6.0 of April 2026: TLS 1.2 and 1.3, six ECDHE suites for 1.2.
    public static let mozillaIntermediate60 = SecurityPolicy(
        name: "mozilla-intermediate-6.0",
        minimumVersion: .tls12,
        maximumVersion: .tls13,
        cipherSuites: "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256",
        ciphers: ecdheWithAEAD,
        groups: [.x25519MLKEM768, .x25519, .secp256r1, .secp384r1],
        isServerOrderDecisive: false
    )

    /// The defaults of Node.js 24: wide, for programs that must reach what Node reaches.
    public static let node24 = SecurityPolicy(
        name: "node-24",
        minimumVersion: .tls12,
        maximumVersion: .tls13,
        cipherSuites: "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
        ciphers: """
            ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:\
            ECDHE-ECDSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA256:\
            DHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA384:DHE-RSA-AES256-SHA384:ECDHE-RSA-AES256-SHA256:\
            DHE-RSA-AES256-SHA256:HIGH:!aNULL:!eNULL:!EXPORT:!DES:!RC4:!MD5:!PSK:!SRP:!CAMELLIA
            """,
        groups: [.x25519MLKEM768, .x25519, .secp256r1, .x448, .secp521r1, .secp384r1],
        isServerOrderDecisive: true
    )

    /// Every policy, the default first. `mozilla-modern` and `mozilla-intermediate` mean the newest of their kind.
    public static let all = [hasp202611, mozillaModern60, mozillaIntermediate60, node24]

    /// The policy of that name: a full name such as `mozilla-modern-6.0`, or `default`, `mozilla-modern`,
    /// `mozilla-intermediate`.
    public init?(named name: String) {
        switch name {
        case "default": self = .default
        case "mozilla-modern": self = .mozillaModern60
        case "mozilla-intermediate": self = .mozillaIntermediate60
        default:
            guard let policy = Self.all.first(where: { $0.name == name }) else { return nil }
            self = policy
        }
    }

    private static let ecdheWithAEAD = """
        ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:\
        ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305
        """
}
