//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// A kind of proof that a certificate is not revoked (RFC 6066 section 8).
public struct CertificateStatusType: CodePoint {
    /// The number on the wire.
    public var rawValue: UInt8

    /// Makes the value for a number, known or not.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// One OCSP response.
    public static let ocsp = CertificateStatusType(rawValue: 1)
    /// A response for each certificate of the chain (RFC 6961), obsolete.
    public static let ocspMulti = CertificateStatusType(rawValue: 2)

    /// The names of the numbers known here.
    public static let registeredNames: [CertificateStatusType: String] = [
        .ocsp: "ocsp",
        .ocspMulti: "ocsp_multi",
    ]
}
