//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A certificate authority: makes certificates for development and tests.
///
/// Each certificate has a random serial number of 128 bits and the identifiers of its own and its issuer's key.
public struct CertificateIssuer: Sendable {
    /// The authority's certificate.
    public let certificate: Certificate
    /// The authority's key.
    public let key: PrivateKey

    /// Signs with this certificate's key.
    ///
    /// - Throws: ``TLSError`` with the code `keyMismatch` when the key is not the certificate's.
    public init(certificate: Certificate, key: PrivateKey) throws(TLSError) {
        guard key.matches(certificate) else {
            throw TLSError(
                .keyMismatch, "the key does not belong to the certificate of \(certificate.subject)",
                phase: .configuration
            )
        }
        self.certificate = certificate
        self.key = key
    }

    /// Makes a certificate that this authority signs. Whether the authority may do so is not asked: a test may want a
    /// chain that is wrong.
    ///
    /// - Parameter holder: the key whose public half goes into the certificate.
    /// - Throws: ``TLSError`` with the code `optionInvalid` for a template that cannot be written down.
    public func issue(_ template: CertificateTemplate, publicKeyOf holder: PrivateKey) throws(TLSError) -> Certificate {
        try CertificateDraft(template, holder: holder).signed(by: certificate, key: key)
    }

    /// Makes a certificate that is signed with its own key.
    ///
    /// - Throws: ``TLSError`` with the code `optionInvalid` for a template that cannot be written down.
    public static func selfSigned(_ template: CertificateTemplate, key: PrivateKey) throws(TLSError) -> Certificate {
        try CertificateDraft(template, holder: key).signed(by: nil, key: key)
    }
}

// MARK: - The steps

/// A certificate under construction.
private struct CertificateDraft {
    private let template: CertificateTemplate
    private let certificate: Certificate

    private var pointer: OpaquePointer { certificate.pointer }

    /// Everything but the issuer's part.
    init(_ template: CertificateTemplate, holder: PrivateKey) throws(TLSError) {
        ErrorQueue.clear()
        guard let pointer = X509_new() else { throw Self.failure("no memory for a certificate") }
        self.template = template
        certificate = Certificate(adopting: pointer)
        try Self.check(CHasp_set_certificate_version3(pointer), "version")
        try setSerialNumber()
        try setValidity()
        try setSubject()
        try Self.check(X509_set_pubkey(pointer, holder.pointer), "public key")
        try setUsage(holder)
        try setAltNames()
    }

    /// Adds the issuer's part and signs. Without an issuer the certificate is its own.
    func signed(by issuer: Certificate?, key: PrivateKey) throws(TLSError) -> Certificate {
        let issuer = issuer ?? certificate
        try Self.check(X509_set_issuer_name(pointer, X509_get_subject_name(issuer.pointer)), "issuer")
        // The own identifier comes first: a self-signed certificate's second identifier is looked up in it.
        try add("subjectKeyIdentifier", "hash", issuer: issuer)
        if issuer.handle === certificate.handle || issuer.subjectKeyIdentifier != nil {
            try add("authorityKeyIdentifier", "keyid:always", issuer: issuer)
        }
        for (name, value) in template.extraExtensions {
            try add(extra: name, value, issuer: issuer)
        }
        guard X509_sign(pointer, key.pointer, digest(for: key)) > 0 else {
            throw Self.failure("the certificate could not be signed")
        }
        // Parsed anew: what is handed out is what others will read, and nothing of the draft is cached in it.
        return try Certificate(der: certificate.der)
    }

    private func setSerialNumber() throws(TLSError) {
        var bytes = [UInt8](repeating: 0, count: 16)
        try Self.check(RAND_bytes(&bytes, CInt(bytes.count)), "random serial number")
        // Positive and of full length (RFC 5280, section 4.1.2.2): the first bit is 0, the second 1.
        bytes[0] = bytes[0] & 0x3F | 0x40
        let number = BN_bin2bn(bytes, CInt(bytes.count), nil)
        defer { BN_free(number) }
        guard number != nil, BN_to_ASN1_INTEGER(number, X509_get_serialNumber(pointer)) != nil else {
            throw Self.failure("the serial number could not be set")
        }
    }

    private func setValidity() throws(TLSError) {
        try Self.check(CHasp_set_time(X509_getm_notBefore(pointer), Self.seconds(template.notBefore)), "first date")
        try Self.check(CHasp_set_time(X509_getm_notAfter(pointer), Self.seconds(template.notAfter)), "last date")
    }

    private func setSubject() throws(TLSError) {
        let name = try Self.makeName(template.subject.map { .init(name: $0.name, value: $0.value) })
        defer { X509_NAME_free(name) }
        try Self.check(X509_set_subject_name(pointer, name), "subject")
    }

    private func setUsage(_ holder: PrivateKey) throws(TLSError) {
        var constraints = template.isCA ? "critical,CA:TRUE" : "critical,CA:FALSE"
        if template.isCA, let length = template.pathLength {
            guard length >= 0 else { throw Self.invalid("a path length of \(length) is below 0") }
            constraints += ",pathlen:\(length)"
        }
        try add("basicConstraints", constraints)
        let usage = template.keyUsage ?? Self.usualKeyUsage(isCA: template.isCA, holder)
        if !usage.isEmpty {
            try add("keyUsage", "critical," + Self.words(usage, "key usage"))
        }
        if !template.extendedKeyUsage.isEmpty {
            try add("extendedKeyUsage", Self.words(template.extendedKeyUsage, "extended key usage"))
        }
    }

    /// A TLS certificate signs; only an RSA key may also encrypt, which the key exchange of old suites needs.
    private static func usualKeyUsage(isCA: Bool, _ holder: PrivateKey) -> [String] {
        if isCA { return ["keyCertSign", "cRLSign"] }
        return holder.keyType == "RSA" ? ["digitalSignature", "keyEncipherment"] : ["digitalSignature"]
    }

    private func digest(for key: PrivateKey) -> OpaquePointer? {
        // Ed25519 and Ed448 hash by themselves and refuse a digest (RFC 8410).
        key.keyType.hasPrefix("Ed") ? nil : EVP_get_digestbyname(template.digest.rawValue)
    }
}

// MARK: - Names

extension CertificateDraft {
    /// The alternative names, built as values: no text of them goes through OpenSSL's configuration syntax, where a
    /// comma would begin another name.
    private func setAltNames() throws(TLSError) {
        var names: [SubjectAlternativeName] = []
        for name in template.dnsNames {
            guard !name.isEmpty, name.utf8.allSatisfy({ 0x21...0x7E ~= $0 && $0 != UInt8(ascii: ",") }) else {
                throw Self.invalid("\"\(name)\" cannot be a DNS name of a certificate: ASCII without blanks and commas")
            }
            names.append(.dns(name))
        }
        for text in template.ipAddresses {
            guard case .ip(let bytes) = PeerName(text) else { throw Self.invalid("\"\(text)\" is no IP address") }
            names.append(.ipAddress(bytes))
        }
        names += template.otherNames
        guard !names.isEmpty, !isReplaced("subjectAltName") else { return }
        guard let list = GENERAL_NAMES_new() else { throw Self.failure("no memory for names") }
        defer { GENERAL_NAMES_free(list) }
        for name in names { try Self.append(name, to: list) }
        let isCritical = template.subject.isEmpty
        try Self.check(
            X509_add1_ext_i2d(
                pointer, NID_subject_alt_name, UnsafeMutableRawPointer(list), isCritical ? 1 : 0,
                UInt(X509V3_ADD_DEFAULT)
            ),
            "subjectAltName"
        )
    }

    private static func append(_ name: SubjectAlternativeName, to list: OpaquePointer) throws(TLSError) {
        switch name {
        case .dns(let text): try append(GEN_DNS, ia5(text), to: list)
        case .uri(let text): try append(GEN_URI, ia5(text), to: list)
        case .email(let text): try append(GEN_EMAIL, ia5(text), to: list)
        case .ipAddress(let bytes): try append(GEN_IPADD, bytes, to: list)
        case .registeredID(let text):
            guard !text.utf8.contains(0) else { throw invalid("an object identifier has no NUL") }
            try check(CHasp_GENERAL_NAMES_add_registered_id(list, text), "registered ID \(text)")
        case .directoryName(let directory):
            let object = try makeName(directory.attributes)
            defer { X509_NAME_free(object) }
            try check(CHasp_GENERAL_NAMES_add_directory(list, object), "directory name")
        case .other:
            throw invalid("an alternative name of another kind goes into extraExtensions: (\"subjectAltName\", …)")
        }
    }

    private static func append(_ kind: CInt, _ bytes: [UInt8], to list: OpaquePointer) throws(TLSError) {
        guard let count = CInt(exactly: bytes.count) else { throw invalid("an alternative name is too long") }
        try check(CHasp_GENERAL_NAMES_add_bytes(list, kind, bytes, count), "alternative name")
    }

    /// The reverse of how alternative names are read: a character up to U+00FF is the byte of the same number.
    private static func ia5(_ text: String) throws(TLSError) -> [UInt8] {
        let bytes = text.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
        guard bytes.count == text.unicodeScalars.count else {
            throw invalid("\"\(text)\" has characters that an alternative name cannot have")
        }
        return bytes
    }

    /// The caller frees it.
    private static func makeName(
        _ attributes: [DistinguishedName.Attribute]
    ) throws(TLSError) -> OpaquePointer {
        guard let name = X509_NAME_new() else { throw failure("no memory for a name") }
        for attribute in attributes {
            let value = Array(attribute.value.utf8)
            let isKnown = !attribute.name.utf8.contains(0)
            let set: CInt = attribute.isJoinedToPrevious ? -1 : 0
            guard isKnown, let count = CInt(exactly: value.count),
                X509_NAME_add_entry_by_txt(name, attribute.name, MBSTRING_UTF8, value, count, -1, set) == 1
            else {
                X509_NAME_free(name)
                throw invalid("the attribute \(attribute.name)=\(attribute.value) cannot be part of a name")
            }
        }
        return name
    }
}

// MARK: - Extensions

extension CertificateDraft {
    /// Adds an extension of our own making, unless the template brings its own.
    private func add(_ name: String, _ value: String, issuer: Certificate? = nil) throws(TLSError) {
        guard !isReplaced(name) else { return }
        try Self.check(
            CHasp_add_extension(pointer, (issuer ?? certificate).pointer, name, value), "extension \(name) (\(value))"
        )
    }

    private func add(extra name: String, _ value: String, issuer: Certificate) throws(TLSError) {
        guard !name.utf8.contains(0), !value.utf8.contains(0) else { throw Self.invalid("an extension has a NUL") }
        try Self.check(CHasp_add_extension(pointer, issuer.pointer, name, value), "extension \(name) (\(value))")
    }

    private func isReplaced(_ name: String) -> Bool {
        let number = OBJ_txt2nid(name)
        return template.extraExtensions.contains { extra in
            extra.name == name || (number != NID_undef && OBJ_txt2nid(extra.name) == number)
        }
    }

    /// Joins words for OpenSSL's configuration syntax; refuses what would be more than a word there.
    private static func words(_ words: [String], _ what: String) throws(TLSError) -> String {
        for word in words {
            let isPlain = word.utf8.allSatisfy { byte in
                switch Unicode.Scalar(byte) {
                case "a"..."z", "A"..."Z", "0"..."9", ".", "-", " ": true
                default: false
                }
            }
            guard isPlain, !word.isEmpty else { throw invalid("\"\(word)\" is no \(what)") }
        }
        return words.joined(separator: ",")
    }

    private static func seconds(_ date: Date) throws(TLSError) -> Int64 {
        // Beyond these OpenSSL 3.0 writes something that is no date.
        let years0To9999 = Int64(-62_167_219_200)...253_402_300_799
        guard let seconds = Int64(exactly: date.timeIntervalSince1970.rounded(.down)), years0To9999.contains(seconds)
        else { throw invalid("a date of a certificate lies in the years 0 to 9999") }
        return seconds
    }

    private static func check(_ result: CInt, _ what: String) throws(TLSError) {
        guard result == 1 else { throw invalid("OpenSSL does not take this \(what)") }
    }

    private static func invalid(_ detail: String) -> TLSError {
        TLSError(.optionInvalid, detail, phase: .configuration, openSSL: ErrorQueue.drain())
    }

    private static func failure(_ detail: String) -> TLSError {
        TLSError(.internalFailure, detail, phase: .configuration, openSSL: ErrorQueue.drain())
    }
}
