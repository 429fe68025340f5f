//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What a certificate to be made shall say.
public struct CertificateTemplate: Sendable {
    /// The subject's attributes in order, by OpenSSL's names or dotted identifiers: `[("CN", "localhost")]`.
    public var subject: [(name: String, value: String)]
    /// Host names, in ASCII; `*.` in front stands for one label.
    public var dnsNames: [String]
    /// Addresses as text, IPv4 or IPv6.
    public var ipAddresses: [String]
    /// Further alternative names. They are written exactly as they are, valid or not: this is how to make a certificate
    /// with a NUL in a name.
    public var otherNames: [SubjectAlternativeName]
    /// Whether it may sign other certificates. False by default.
    public var isCA: Bool
    /// How many CAs may follow below it; `nil` (the default) for no limit. Only for a CA.
    public var pathLength: Int?
    /// The first moment of validity. An hour ago by default, for clocks that are slow.
    public var notBefore: Date
    /// The last moment of validity. 90 days from now by default.
    public var notAfter: Date
    /// OpenSSL's words, such as `digitalSignature`. `nil` (the default) chooses what suits a CA or a TLS certificate of
    /// its kind of key; empty leaves the extension out.
    public var keyUsage: [String]?
    /// OpenSSL's words, such as `serverAuth`, or dotted identifiers. Empty leaves the extension out.
    public var extendedKeyUsage: [String]
    /// Further extensions in OpenSSL's configuration syntax, such as `("tlsfeature", "status_request")` or
    /// `("1.2.3.4", "DER:0500")`. They are added as they are, in place of an extension of the same name that would be
    /// made otherwise. Never pass on text that came from elsewhere.
    public var extraExtensions: [(name: String, value: String)]
    /// With which hash it is signed; SHA-256 by default. Ed25519 has its own and ignores this.
    public var digest: Digest

    /// A hash for signatures.
    public enum Digest: String, Hashable, Sendable {
        case sha1 = "SHA1"
        case sha256 = "SHA256"
        case sha384 = "SHA384"
        case sha512 = "SHA512"
    }

    /// A template for a server's certificate, unless other values say otherwise.
    public init(
        subject: [(name: String, value: String)] = [],
        dnsNames: [String] = [],
        ipAddresses: [String] = [],
        otherNames: [SubjectAlternativeName] = [],
        isCA: Bool = false,
        pathLength: Int? = nil,
        notBefore: Date = Date(timeIntervalSinceNow: -3_600),
        notAfter: Date = Date(timeIntervalSinceNow: 90 * 86_400),
        keyUsage: [String]? = nil,
        extendedKeyUsage: [String] = ["serverAuth"],
        extraExtensions: [(name: String, value: String)] = [],
        digest: Digest = .sha256
    ) {
        self.subject = subject
        self.dnsNames = dnsNames
        self.ipAddresses = ipAddresses
        self.otherNames = otherNames
        self.isCA = isCA
        self.pathLength = pathLength
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.keyUsage = keyUsage
        self.extendedKeyUsage = extendedKeyUsage
        self.extraExtensions = extraExtensions
        self.digest = digest
    }

    /// A template for a certificate authority with this common name, valid for ten years.
    public static func authority(name: String, pathLength: Int? = nil) -> CertificateTemplate {
        CertificateTemplate(
            subject: [("CN", name)],
            isCA: true,
            pathLength: pathLength,
            notAfter: Date(timeIntervalSinceNow: 3_650 * 86_400),
            extendedKeyUsage: []
        )
    }
}
