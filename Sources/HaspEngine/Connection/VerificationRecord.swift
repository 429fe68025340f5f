//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL

/// Collects the objections to the peer's certificate while OpenSSL checks it.
struct VerificationRecord {
    private(set) var errors: [VerificationError] = []
    /// The chain that was refused, for the report of a failure.
    private(set) var chain: [Certificate] = []

    /// A chain of a hundred certificates with three faults each would still fit; more would only serve an attacker.
    private static let maximumErrors = 64

    mutating func begin() { errors = [] }

    mutating func record(_ store: OpaquePointer) {
        let certificate = X509_STORE_CTX_get_current_cert(store).map { Certificate(retaining: $0) }
        add(
            VerifyCode(rawValue: X509_STORE_CTX_get_error(store)),
            depth: Int(X509_STORE_CTX_get_error_depth(store)), of: certificate)
    }

    /// The check of the name comes after OpenSSL's, so that a report tells of both.
    mutating func check(_ name: PeerName, against certificate: Certificate, rules: IdentityRules) {
        guard let mismatch = HostnameCheck.check(name: name, certificate: certificate, rules: rules) else { return }
        let code: VerifyCode = if case .ip = name { .addressMismatch } else { .hostnameMismatch }
        nameMismatch = mismatch.reason
        add(code, depth: 0, of: certificate)
    }

    /// Why the name does not fit, in words; empty when it does.
    private(set) var nameMismatch = ""

    mutating func keepChain(_ store: OpaquePointer) {
        let sent = X509_STORE_CTX_get0_untrusted(store)
        chain = (0..<CHasp_sk_X509_num(sent)).compactMap {
            CHasp_sk_X509_value(sent, $0).map { Certificate(retaining: $0) }
        }
        if chain.isEmpty, let leaf = X509_STORE_CTX_get0_cert(store) { chain = [Certificate(retaining: leaf)] }
    }

    private mutating func add(_ code: VerifyCode, depth: Int, of certificate: Certificate?) {
        guard errors.count < Self.maximumErrors else { return }
        let error = VerificationError(
            code: code, depth: depth, subject: certificate?.subject.description ?? "unknown certificate")
        if !errors.contains(error) { errors.append(error) }
    }
}
