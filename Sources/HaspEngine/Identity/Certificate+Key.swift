//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL

// What a certificate says about its key and what the key may be used for.

extension Certificate {
    /// The public key in DER (SubjectPublicKeyInfo, RFC 5280, section 4.1.2.7), exactly as in the certificate.
    public var publicKey: [UInt8] {
        OpenSSLValues.der { i2d_X509_PUBKEY(X509_get_X509_PUBKEY(pointer), $0) }
    }

    /// The kind of key in words: `RSA`, `EC P-256`, `Ed25519`. The algorithm's identifier when OpenSSL cannot use it.
    public var keyType: String {
        withKey { KeyFacts(key: $0).name } ?? unusableKeyAlgorithm
    }

    /// The size of the key in bits: 2048 for a usual RSA key, 256 for P-256; `bits` in node:tls. 0 when OpenSSL cannot
    /// use the key.
    public var keyBits: Int { withKey { KeyFacts(key: $0).bits } ?? 0 }

    /// OpenSSL's name of the curve, such as `prime256v1`; `asn1Curve` in node:tls. `nil` for other keys than EC.
    public var asn1Curve: String? { withKey { KeyFacts(key: $0).curve } ?? nil }

    /// NIST's name of the curve, such as `P-256`; `nistCurve` in node:tls. `nil` when it has none.
    public var nistCurve: String? { withKey { KeyFacts(key: $0).nistCurve } ?? nil }

    /// The modulus of an RSA key in upper-case hex; `modulus` in node:tls.
    public var rsaModulus: String? { withKey { KeyFacts(key: $0).number("n") } ?? nil }

    /// The public exponent of an RSA key in hex with prefix, such as `0x10001`; `exponent` in node:tls.
    public var rsaExponent: String? {
        guard let digits = withKey({ KeyFacts(key: $0).number("e") }) ?? nil else { return nil }
        return "0x" + digits.drop { $0 == "0" }.lowercased()
    }

    /// The name of the algorithm with which the issuer signed, such as `ecdsa-with-SHA256`.
    public var signatureAlgorithm: String {
        var algorithm: UnsafePointer<X509_ALGOR>?
        X509_get0_signature(nil, &algorithm, pointer)
        return Self.name(of: algorithm)
    }

    /// Whether it may sign other certificates: its basic constraints say so (RFC 5280, section 4.2.1.9), and its key
    /// usage, where it has one, does not forbid it; `ca` in node:tls.
    public var isCA: Bool {
        // Above 1 are kinds of CA by older customs, such as a self-signed certificate of version 1.
        OpenSSLValues.keepingErrors { X509_check_ca(pointer) == 1 }
    }

    /// How many CA certificates may follow below this one; `nil` when there is no limit or it is no CA.
    public var pathLength: Int? {
        let length = OpenSSLValues.keepingErrors { X509_get_pathlen(pointer) }
        return length < 0 ? nil : Int(length)
    }

    /// What the key may be used for (RFC 5280, section 4.2.1.3), in OpenSSL's words, such as `digitalSignature`. Empty
    /// when the certificate does not say.
    public var keyUsage: [String] {
        let bits = OpenSSLValues.keepingErrors { X509_get_key_usage(pointer) }
        guard bits != UInt32.max else { return [] }
        return Self.keyUsages.filter { bits & UInt32($0.bit) != 0 }.map(\.name)
    }

    /// For what purposes the key may be used (RFC 5280, section 4.2.1.12), as dotted identifiers; `ext_key_usage` in
    /// node:tls. `1.3.6.1.5.5.7.3.1` is a TLS server.
    public var extendedKeyUsage: [String] {
        guard case .value(let usages) = decodedExtension(NID_ext_key_usage) else { return [] }
        defer { CHasp_sk_ASN1_OBJECT_free(usages) }
        return (0..<CHasp_sk_ASN1_OBJECT_num(usages)).map { index in
            OpenSSLValues.dotted(CHasp_sk_ASN1_OBJECT_value(usages, index))
        }
    }

    /// Where to find more about the issuer (RFC 5280, section 4.2.2.1), such as `OCSP - URI` and `CA Issuers - URI`;
    /// `infoAccess` in node:tls.
    public var infoAccess: [String: [String]] {
        guard case .value(let accesses) = decodedExtension(NID_info_access) else { return [:] }
        defer { AUTHORITY_INFO_ACCESS_free(accesses) }
        var result: [String: [String]] = [:]
        for index in 0..<CHasp_info_access_num(accesses) {
            guard let location = CHasp_info_access_location(accesses, index) else { continue }
            let method = OpenSSLValues.longName(CHasp_info_access_method(accesses, index))
            let name = SubjectAlternativeName(location)
            result["\(method) - \(name.kind)", default: []].append(name.value)
        }
        return result
    }

    /// The identifier of the certificate's key (RFC 5280, section 4.2.1.2); `nil` when it has none.
    public var subjectKeyIdentifier: [UInt8]? {
        OpenSSLValues.keepingErrors { X509_get0_subject_key_id(pointer) }.map { OpenSSLValues.bytes($0) }
    }

    /// The identifier of the issuer's key (RFC 5280, section 4.2.1.1); `nil` when it has none.
    public var authorityKeyIdentifier: [UInt8]? {
        OpenSSLValues.keepingErrors { X509_get0_authority_key_id(pointer) }.map { OpenSSLValues.bytes($0) }
    }
}

// MARK: - Helpers

extension Certificate {
    private static let keyUsages: [(name: String, bit: CInt)] = [
        ("digitalSignature", KU_DIGITAL_SIGNATURE), ("nonRepudiation", KU_NON_REPUDIATION),
        ("keyEncipherment", KU_KEY_ENCIPHERMENT), ("dataEncipherment", KU_DATA_ENCIPHERMENT),
        ("keyAgreement", KU_KEY_AGREEMENT), ("keyCertSign", KU_KEY_CERT_SIGN), ("cRLSign", KU_CRL_SIGN),
        ("encipherOnly", KU_ENCIPHER_ONLY), ("decipherOnly", KU_DECIPHER_ONLY),
    ]

    /// `nil` when OpenSSL does not know the key's algorithm or the key is damaged.
    private func withKey<Result>(_ body: (OpaquePointer) -> Result) -> Result? {
        OpenSSLValues.keepingErrors { X509_get0_pubkey(pointer).map(body) }
    }

    private var unusableKeyAlgorithm: String {
        var object: OpaquePointer?
        X509_PUBKEY_get0_param(&object, nil, nil, nil, X509_get_X509_PUBKEY(pointer))
        return OpenSSLValues.longName(object)
    }

    private static func name(of algorithm: UnsafePointer<X509_ALGOR>?) -> String {
        var object: OpaquePointer?
        X509_ALGOR_get0(&object, nil, nil, algorithm)
        return OpenSSLValues.longName(object)
    }
}

/// What can be said of a key, private or public, in words. The key is borrowed.
struct KeyFacts {
    let key: OpaquePointer

    /// `RSA`, `RSA-PSS`, `EC P-256`, `Ed25519`, …
    var name: String {
        switch algorithm {
        case "EC": return "EC \(nistCurve ?? curve ?? "with its own parameters")"
        case "ED25519": return "Ed25519"
        case "ED448": return "Ed448"
        case let other: return other
        }
    }

    var algorithm: String { EVP_PKEY_get0_type_name(key).map { String(cString: $0) } ?? "unknown" }

    var bits: Int { Int(EVP_PKEY_get_bits(key)) }

    var curve: String? {
        guard algorithm == "EC" else { return nil }
        var name = [CChar](repeating: 0, count: 80)
        var count = 0
        guard EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1 else { return nil }
        return String(decoding: name.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    var nistCurve: String? {
        curve.flatMap { EC_curve_nid2nist(OBJ_txt2nid($0)) }.map { String(cString: $0) }
    }

    /// A parameter of an RSA key in hex: `n` or `e`.
    func number(_ parameter: String) -> String? {
        guard algorithm.hasPrefix("RSA") else { return nil }
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(key, parameter, &number) == 1 else { return nil }
        defer { BN_free(number) }
        return OpenSSLValues.hex(number)
    }
}
