//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// An X.509 certificate (RFC 5280): one's own, a peer's or a trusted one.
///
/// Nothing but the outer form is looked at when one is made; each fact is read from the certificate when it is asked
/// for. Two certificates are equal when their DER bytes are. A certificate that can be read says nothing about whether
/// it can be trusted.
public struct Certificate: Sendable {
    let handle: X509Handle

    /// Reads one certificate in DER.
    ///
    /// - Throws: ``TLSError`` with the code `certificateUnreadable` when the bytes are no certificate or more than one.
    public init(der: [UInt8]) throws(TLSError) {
        ErrorQueue.clear()
        guard let pointer = Self.decode(der) else {
            throw Self.unreadable("these bytes are no certificate in DER")
        }
        self.init(adopting: pointer)
    }

    /// Reads the first certificate of a text in PEM (RFC 7468).
    ///
    /// - Throws: ``TLSError`` with the code `certificateUnreadable` when there is none, or one that is damaged.
    public init(pem: String) throws(TLSError) {
        guard let first = try Self.all(inPEM: Array(pem.utf8)).first else {
            throw Self.unreadable("the text has no certificate")
        }
        self = first
    }

    /// Reads every certificate of a PEM file, in order. What is not a certificate, such as a key, is passed over.
    ///
    /// - Throws: ``TLSError`` with the code `certificateUnreadable` when there is none, or one that is damaged.
    public static func all(inPEM pem: [UInt8]) throws(TLSError) -> [Certificate] {
        ErrorQueue.clear()
        var certificates: [Certificate] = []
        var damaged: String?
        _ = OpenSSLValues.reading(pem) { bio in
            while damaged == nil, let block = PEMBlock(readFrom: bio) {
                guard block.isCertificate else { continue }
                if let pointer = Self.decode(block.content, withTrust: block.label == PEMBlock.trusted) {
                    certificates.append(Certificate(adopting: pointer))
                } else {
                    damaged = "certificate \(certificates.count + 1) of the PEM text is damaged"
                }
            }
            return true
        }
        if damaged == nil, !PEMBlock.reachedEnd {
            damaged = "the PEM text is damaged after \(certificates.count) certificates"
        }
        if let damaged { throw unreadable(damaged) }
        ErrorQueue.clear()
        guard !certificates.isEmpty else {
            throw unreadable("no \"-----BEGIN CERTIFICATE-----\" was found")
        }
        return certificates
    }

    /// Shares a certificate that somebody else owns.
    init(retaining pointer: OpaquePointer) {
        X509_up_ref(pointer)
        handle = X509Handle(adopting: pointer)
    }

    /// Takes over the caller's reference.
    init(adopting pointer: OpaquePointer) { handle = X509Handle(adopting: pointer) }

    /// The certificate for OpenSSL's functions; valid while the handle lives.
    var pointer: OpaquePointer { handle.pointer }
}

// MARK: - Forms

extension Certificate {
    /// The certificate's bytes in DER; `raw` in node:tls.
    public var der: [UInt8] { OpenSSLValues.der { i2d_X509(pointer, $0) } }

    /// The certificate in PEM, ending with a newline.
    public var pem: String {
        let bytes = OpenSSLValues.written { PEM_write_bio_X509($0, pointer) } ?? []
        return String(decoding: bytes, as: UTF8.self)
    }

    /// SHA-1 of the DER in upper-case hex with colons; `fingerprint` in node:tls. For display: SHA-1 can be forged.
    public var fingerprint: String { fingerprint(EVP_sha1()) }

    /// SHA-256 of the DER in upper-case hex with colons; `fingerprint256` in node:tls.
    public var fingerprint256: String { fingerprint(EVP_sha256()) }

    /// SHA-512 of the DER in upper-case hex with colons; `fingerprint512` in node:tls.
    public var fingerprint512: String { fingerprint(EVP_sha512()) }

    private func fingerprint(_ digest: OpaquePointer?) -> String {
        var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: CUnsignedInt = 0
        guard X509_digest(pointer, digest, &bytes, &count) == 1 else { return "" }
        return OpenSSLValues.hex(Array(bytes.prefix(Int(count))), separator: ":")
    }
}

// MARK: - Who

extension Certificate {
    /// Whom the certificate is for (RFC 5280, section 4.1.2.6).
    public var subject: DistinguishedName { DistinguishedName(X509_get_subject_name(pointer)) }

    /// Who signed it (RFC 5280, section 4.1.2.4).
    public var issuer: DistinguishedName { DistinguishedName(X509_get_issuer_name(pointer)) }

    /// Whether subject and issuer are the same name, as in a root or a self-signed certificate.
    public var isSelfIssued: Bool {
        X509_NAME_cmp(X509_get_subject_name(pointer), X509_get_issuer_name(pointer)) == 0
    }

    /// The serial number in upper-case hexadecimal digits without prefix; `serialNumber` in node:tls.
    public var serialNumber: String {
        let number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(pointer), nil)
        defer { BN_free(number) }
        return OpenSSLValues.hex(number) ?? ""
    }

    /// The names, addresses and so on that the certificate is for (RFC 5280, section 4.2.1.6), in order. Empty when it
    /// has none; see also ``hasUnreadableAltNames``.
    public var subjectAlternativeNames: [SubjectAlternativeName] { altNames ?? [] }

    /// The alternative names as `subjectaltname` of node:tls: `DNS:localhost, IP Address:127.0.0.1`. A name that could
    /// be mistaken for something else is quoted as in JSON. `nil` when there are none.
    public var subjectAltNameText: String? {
        let names = subjectAlternativeNames
        return names.isEmpty ? nil : SubjectAlternativeName.text(of: names)
    }

    /// Whether there is an extension with alternative names that cannot be decoded, or two of them: such a certificate
    /// must match no name at all.
    public var hasUnreadableAltNames: Bool { altNames == nil }

    /// `nil` when the extension is there and cannot be decoded.
    private var altNames: [SubjectAlternativeName]? {
        switch decodedExtension(NID_subject_alt_name) {
        case .absent: return []
        case .unreadable: return nil
        case .value(let names):
            defer { GENERAL_NAMES_free(names) }
            return (0..<CHasp_sk_GENERAL_NAME_num(names)).compactMap { index in
                CHasp_sk_GENERAL_NAME_value(names, index).map { SubjectAlternativeName($0) }
            }
        }
    }
}

// MARK: - When

extension Certificate {
    /// The first moment of validity. In the distant future when the certificate's own text is no date.
    public var notBefore: Date { Self.date(X509_get0_notBefore(pointer)) ?? .distantFuture }

    /// The last moment of validity. In the distant past when the certificate's own text is no date.
    public var notAfter: Date { Self.date(X509_get0_notAfter(pointer)) ?? .distantPast }

    /// Whole days until ``notAfter``: 0 on the last day, negative once it is over.
    public func daysLeft(at moment: Date = Date()) -> Int {
        let secondsPerDay: Double = 86_400
        let days = (notAfter.timeIntervalSince(moment) / secondsPerDay).rounded(.down)
        return Int(exactly: days) ?? (days < 0 ? .min : .max)
    }

    /// Whether the moment lies between ``notBefore`` and ``notAfter``.
    public func isValid(at moment: Date = Date()) -> Bool { notBefore <= moment && moment <= notAfter }

    private static func date(_ time: UnsafePointer<ASN1_TIME>?) -> Date? {
        var ok: CInt = 0
        let seconds = OpenSSLValues.keepingErrors { CHasp_time_to_epoch(time, &ok) }
        return ok == 1 ? Date(timeIntervalSince1970: Double(seconds)) : nil
    }
}

// MARK: - Equality, printing

extension Certificate: Hashable {
    /// Whether both have the same DER bytes.
    public static func == (one: Certificate, other: Certificate) -> Bool {
        one.handle === other.handle || one.der == other.der
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(der) }
}

extension Certificate: CustomStringConvertible {
    /// Subject, issuer and last day, on one line and safe to print.
    public var description: String {
        "\(subject) (issued by \(issuer), valid until \(notAfter.formatted(.iso8601)))"
    }
}

// MARK: - Decoding

/// Owns one reference to an X509.
///
/// `@unchecked`: the object is not changed once it is parsed, the reference count is atomic, and what OpenSSL caches
/// inside it is guarded by its own lock.
final class X509Handle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(adopting pointer: OpaquePointer) { self.pointer = pointer }

    deinit { X509_free(pointer) }
}

extension Certificate {
    enum DecodedExtension {
        case absent
        /// Damaged, or there twice.
        case unreadable
        /// The caller frees it.
        case value(OpaquePointer)
    }

    func decodedExtension(_ number: CInt) -> DecodedExtension {
        OpenSSLValues.keepingErrors {
            var critical: CInt = 0
            if let value = X509_get_ext_d2i(pointer, number, &critical, nil) {
                return .value(OpaquePointer(value))
            }
            let isAbsent: CInt = -1
            return critical == isAbsent ? .absent : .unreadable
        }
    }

    private static func decode(_ der: [UInt8], withTrust: Bool = false) -> OpaquePointer? {
        der.withUnsafeBufferPointer { buffer in
            var position = buffer.baseAddress
            let pointer =
                withTrust ? d2i_X509_AUX(nil, &position, buffer.count) : d2i_X509(nil, &position, buffer.count)
            guard let pointer else { return nil }
            // What follows the certificate would be lost without a word.
            guard let base = buffer.baseAddress, let position, position - base == buffer.count else {
                X509_free(pointer)
                return nil
            }
            return pointer
        }
    }

    private static func unreadable(_ detail: String) -> TLSError {
        TLSError(.certificateUnreadable, detail, phase: .configuration, openSSL: ErrorQueue.drain())
    }
}

/// One `-----BEGIN …-----` block.
private struct PEMBlock {
    static let trusted = "TRUSTED CERTIFICATE"

    var label: String
    var content: [UInt8]

    var isCertificate: Bool { ["CERTIFICATE", "X509 CERTIFICATE", Self.trusted].contains(label) }

    /// Whether reading stopped because there is no further block, and not because one is damaged.
    static var reachedEnd: Bool {
        let last = ERR_peek_last_error()
        return last == 0 || (ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE)
    }

    init?(readFrom bio: OpaquePointer) {
        var name: UnsafeMutablePointer<CChar>?
        var header: UnsafeMutablePointer<CChar>?
        var data: UnsafeMutablePointer<UInt8>?
        var count = 0
        guard PEM_read_bio(bio, &name, &header, &data, &count) == 1, let name, let data else { return nil }
        defer {
            CHasp_OPENSSL_free(name)
            CHasp_OPENSSL_free(header)
            // The block may be a private key that stands beside the certificate.
            CHasp_OPENSSL_clear_free(data, count)
        }
        label = String(cString: name)
        // Only certificates are copied: the bytes of a key stay where they can be overwritten.
        content = []
        if isCertificate { content = Array(UnsafeBufferPointer(start: data, count: count)) }
    }
}
