//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// A certificate chain as TLS 1.2 and before send it: in the clear (RFC 5246 section 7.4.2).
///
/// In TLS 1.3 the message has another form and is always encrypted.
public struct CertificateMessage: Hashable, Sendable {
    /// The certificates as DER, the sender's own first; empty when a client has none.
    public var certificates: [[UInt8]]

    /// Makes a message of certificates in DER.
    public init(certificates: [[UInt8]]) {
        self.certificates = certificates
    }

    /// Reads the body of a handshake message, that is without its header of four bytes. The certificates themselves
    /// are not looked into.
    /// - Throws: ``WireError`` when a length does not fit or bytes are left over.
    public init(parsing body: [UInt8]) throws(WireError) {
        var reader = ByteReader(body)
        var list = try reader.readVector(lengthBytes: 3, "certificates")
        certificates = []
        while !list.isAtEnd {
            var certificate = try list.readVector(lengthBytes: 3, "certificate")
            certificates.append(certificate.readRemaining())
        }
        try reader.finish("certificate message")
    }

    /// Reads the body of a handshake message, that is without its header of four bytes.
    /// - Throws: ``WireError`` when a length does not fit or bytes are left over.
    public init(parsing body: RawSpan) throws(WireError) {
        try self.init(parsing: [UInt8](body))
    }

    /// The body of the handshake message.
    public func serialized() -> [UInt8] {
        var writer = ByteWriter()
        writer.writeVector(lengthBytes: 3) { list in
            for certificate in certificates {
                list.writeVector(lengthBytes: 3) { $0.writeBytes(certificate) }
            }
        }
        return writer.bytes
    }
}
