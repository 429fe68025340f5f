//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspEngine

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A throw-away certificate authority for tests: made when the test runs, so that nothing in a repository expires.
///
/// ```swift
/// let ca = try TestCA()
/// let server = try ca.issue(names: ["localhost", "127.0.0.1"])
/// let files = try server.write(to: directory)
/// ```
public struct TestCA: Sendable {
    /// The authority's certificate and the key that signs.
    public let issuer: CertificateIssuer
    /// What a peer must send above a leaf of this authority, nearest first: nothing for a root, and for an intermediate
    /// itself and those above it without the root.
    public let intermediates: [Certificate]

    /// The authority's own certificate; for a root, what the other side has to trust.
    public var certificate: Certificate { issuer.certificate }

    /// ``certificate`` in PEM.
    public var pem: String { certificate.pem }

    /// Makes a self-signed root, valid for ten years.
    ///
    /// - Parameters:
    ///   - kind: the kind of its key. An RSA key is slow to make: ``TestKeys`` has some for the whole process.
    ///   - name: its common name.
    ///   - privateKey: a key to use in place of a new one of `kind`.
    ///   - customise: a last look at the template.
    public init(
        kind: PrivateKey.Kind = .p256,
        name: String = "Hasp test CA",
        privateKey: PrivateKey? = nil,
        customise: (inout CertificateTemplate) -> Void = { _ in }
    ) throws(TLSError) {
        let key = if let privateKey { privateKey } else { try PrivateKey.generate(kind) }
        var template = CertificateTemplate.authority(name: name)
        customise(&template)
        let certificate = try CertificateIssuer.selfSigned(template, key: key)
        self.init(issuer: try CertificateIssuer(certificate: certificate, key: key), intermediates: [])
    }

    private init(issuer: CertificateIssuer, intermediates: [Certificate]) {
        self.issuer = issuer
        self.intermediates = intermediates
    }

    /// Makes an authority below this one. Its leaves come with the whole chain.
    public func intermediate(
        name: String = "Hasp test intermediate CA",
        kind: PrivateKey.Kind = .p256,
        privateKey: PrivateKey? = nil,
        customise: (inout CertificateTemplate) -> Void = { _ in }
    ) throws(TLSError) -> TestCA {
        let key = if let privateKey { privateKey } else { try PrivateKey.generate(kind) }
        var template = CertificateTemplate.authority(name: name)
        customise(&template)
        let certificate = try issuer.issue(template, publicKeyOf: key)
        return TestCA(
            issuer: try CertificateIssuer(certificate: certificate, key: key),
            intermediates: [certificate] + intermediates
        )
    }

    /// Makes a certificate for these names, with a key.
    ///
    /// - Parameters:
    ///   - names: host names and addresses; each goes where it belongs. The first host name (or else the first name) is
    ///     the common name too.
    ///   - key: the kind of key to make.
    ///   - validity: from when to when; from yesterday for 30 days by default.
    ///   - usages: OpenSSL's names of the purposes; by default those of a server and of a client.
    ///   - privateKey: a key to use in place of a new one.
    ///   - customise: a last look at the template: any extension, any validity, any subject.
    public func issue(
        names: [String],
        key: PrivateKey.Kind = .p256,
        validity: TestValidity = .current,
        usages: [String] = ["serverAuth", "clientAuth"],
        privateKey: PrivateKey? = nil,
        customise: (inout CertificateTemplate) -> Void = { _ in }
    ) throws(TLSError) -> IssuedIdentity {
        let privateKey = if let privateKey { privateKey } else { try PrivateKey.generate(key) }
        var template = CertificateTemplate(
            notBefore: validity.notBefore, notAfter: validity.notAfter, extendedKeyUsage: usages
        )
        for name in names {
            if case .ip = PeerName(name) { template.ipAddresses.append(name) } else { template.dnsNames.append(name) }
        }
        if let name = template.dnsNames.first ?? names.first { template.subject = [("CN", name)] }
        customise(&template)
        let leaf = try issuer.issue(template, publicKeyOf: privateKey)
        return IssuedIdentity(certificateChain: [leaf] + intermediates, privateKey: privateKey)
    }
}

/// From when to when a certificate is valid.
public struct TestValidity: Hashable, Sendable {
    public var notBefore: Date
    public var notAfter: Date

    public init(from notBefore: Date, to notAfter: Date) {
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    /// From yesterday for 30 days.
    public static var current: TestValidity { days(from: -1, to: 30) }

    /// Over since yesterday.
    public static var expired: TestValidity { days(from: -30, to: -1) }

    /// From tomorrow on.
    public static var notYet: TestValidity { days(from: 1, to: 30) }

    /// So many days from now.
    public static func days(from start: Double, to end: Double) -> TestValidity {
        let day: Double = 86_400
        return TestValidity(from: Date(timeIntervalSinceNow: start * day), to: Date(timeIntervalSinceNow: end * day))
    }
}
