//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// A way to compress a certificate chain (RFC 8879 section 3).
public struct CertificateCompressionAlgorithm: CodePoint {
    /// The number on the wire.
    public var rawValue: UInt16

    /// Makes the value for a number, known or not.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// zlib.
    public static let zlib = CertificateCompressionAlgorithm(rawValue: 1)
    /// Brotli.
    public static let brotli = CertificateCompressionAlgorithm(rawValue: 2)
    /// Zstandard.
    public static let zstd = CertificateCompressionAlgorithm(rawValue: 3)

    /// The names of the numbers known here.
    public static let registeredNames: [CertificateCompressionAlgorithm: String] = [
        .zlib: "zlib",
        .brotli: "brotli",
        .zstd: "zstd",
    ]
}
