//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A certificate authority of one's own for development, kept in a folder and used again at the next start.
///
/// It can sign for this machine's names only (RFC 5280, section 4.2.1.10): a browser that is told to trust it cannot be
/// deceived about any other name, even if the key is stolen.
struct DevelopmentCA {
    /// What a server needs, and what its clients do.
    struct Credentials: Sendable {
        /// The authority's certificate: what clients are to trust.
        var caFile: String
        var certificateFile: String
        var keyFile: String
        /// Why something was made anew; nil when all was there.
        var news: String?
    }

    /// The folder that holds keys and certificates.
    let folder: StateFolder

    /// Names and addresses that the certificate is for.
    let names: MachineNames

    /// The names of the files in the folder.
    private enum File {
        static let authority = "ca.pem"
        static let authorityKey = "ca-key.pem"
        static let certificate = "server.pem"
        static let key = "server-key.pem"
    }

    /// Gives what is in the folder, or makes what is missing, damaged, near its end or for other names.
    ///
    /// - Throws: ``TLSError`` when the folder cannot be read or written.
    func credentials(at moment: Date = Date()) throws(TLSError) -> Credentials {
        try folder.prepare()
        let lock = try folder.lock()
        defer { lock.release() }
        let (issuer, newAuthority) = try authority(at: moment)
        let newCertificate = try certificate(from: issuer, at: moment)
        return Credentials(
            caFile: folder.path(File.authority), certificateFile: folder.path(File.certificate),
            keyFile: folder.path(File.key), news: newAuthority ?? newCertificate)
    }
}

// MARK: - The authority

extension DevelopmentCA {
    /// Nothing that still has this many days is renewed.
    private static let daysToSpare = 30

    /// - Returns: the authority and, when it was made anew, why.
    private func authority(at moment: Date) throws(TLSError) -> (CertificateIssuer, news: String?) {
        let why: String
        switch storedAuthority(at: moment) {
        case .success(let issuer):
            folder.restrict(File.authorityKey)
            return (issuer, nil)
        case .failure(let reason): why = reason.text
        }
        let key = try PrivateKey.generate(.p256)
        var template = CertificateTemplate.authority(name: "Hasp development CA (\(names.label))", pathLength: 0)
        template.extraExtensions = [("nameConstraints", names.constraints)]
        let issuer = try CertificateIssuer(
            certificate: try CertificateIssuer.selfSigned(template, key: key), key: key)
        // The key first: a certificate without its key would be of no use, the reverse is found and mended.
        try folder.write(try key.pem(), to: File.authorityKey, isSecret: true)
        try folder.write(issuer.certificate.pem, to: File.authority, isSecret: false)
        return (issuer, "made a development CA and a certificate for \(names.list) (\(why))")
    }

    private func storedAuthority(at moment: Date) -> Result<CertificateIssuer, Reason> {
        guard folder.exists(File.authority) || folder.exists(File.authorityKey) else {
            return .failure(Reason("there was none in \(folder.root)"))
        }
        do {
            let certificate = try Certificate(pem: try folder.read(File.authority))
            let key = try PrivateKey(pem: try folder.read(File.authorityKey))
            let issuer = try CertificateIssuer(certificate: certificate, key: key)
            guard certificate.isCA, certificate.subject["CN"].last?.hasSuffix("(\(names.label))") == true else {
                return .failure(Reason("the old one was for another machine name"))
            }
            guard certificate.isValid(at: moment), certificate.daysLeft(at: moment) > Self.daysToSpare else {
                return .failure(Reason("the old one was near its end"))
            }
            return .success(issuer)
        } catch {
            return .failure(Reason("the old one was damaged"))
        }
    }
}

// MARK: - The server's certificate

extension DevelopmentCA {
    /// - Returns: why it was made anew; nil when it is used again.
    private func certificate(from issuer: CertificateIssuer, at moment: Date) throws(TLSError) -> String? {
        guard let why = reasonToRenew(issuer, at: moment) else {
            folder.restrict(File.key)
            return nil
        }
        let key = try PrivateKey.generate(.p256)
        let template = CertificateTemplate(
            subject: [("CN", "localhost")], dnsNames: names.dns, ipAddresses: names.addresses)
        let certificate = try issuer.issue(template, publicKeyOf: key)
        try folder.write(try key.pem(), to: File.key, isSecret: true)
        try folder.write(certificate.pem, to: File.certificate, isSecret: false)
        return "made a certificate for \(names.list) (\(why))"
    }

    private func reasonToRenew(_ issuer: CertificateIssuer, at moment: Date) -> String? {
        guard folder.exists(File.certificate) || folder.exists(File.key) else { return "there was none" }
        guard let certificate = try? Certificate(pem: try folder.read(File.certificate)),
            let key = try? PrivateKey(pem: try folder.read(File.key)), key.matches(certificate)
        else { return "the old one was damaged" }
        guard certificate.authorityKeyIdentifier == issuer.certificate.subjectKeyIdentifier else {
            return "the old one was signed by another CA"
        }
        guard Set(certificate.subjectAlternativeNames) == Set(names.alternativeNames) else {
            return "the old one was for other names"
        }
        guard certificate.isValid(at: moment), certificate.daysLeft(at: moment) > Self.daysToSpare else {
            return "the old one was near its end"
        }
        return nil
    }

    /// Why something that is stored cannot be used.
    private struct Reason: Error {
        var text: String
        init(_ text: String) { self.text = text }
    }
}
