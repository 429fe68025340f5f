//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// A record: the unit in which TLS travels (RFC 8446 section 5.1).
public struct Record: Hashable, Sendable {
    /// The size of a record's header in bytes.
    public static let headerSize = 5
    /// The largest payload of a plaintext record in bytes (RFC 8446 section 5.1).
    public static let maximumPlaintextSize = 1 << 14
    /// The largest payload of an encrypted record of TLS 1.3 in bytes (RFC 8446 section 5.2).
    public static let maximumTLS13CiphertextSize = 1 << 14 + 256
    /// The largest payload of an encrypted record of TLS 1.2 in bytes (RFC 5246 section 6.2.3).
    public static let maximumTLS12CiphertextSize = 1 << 14 + 2048

    /// What the record carries; in TLS 1.3 `applicationData` for everything encrypted.
    public var type: ContentType
    /// The version in the header; says next to nothing about the version spoken (RFC 8446 section 5.1).
    public var version: ProtocolVersion
    /// What the record carries, encrypted or not.
    public var payload: [UInt8]

    /// Makes a record of any type with any payload.
    public init(type: ContentType, version: ProtocolVersion = .tls12, payload: [UInt8]) {
        self.type = type
        self.version = version
        self.payload = payload
    }

    /// The record with its header. A payload of 65,536 bytes or more gives bytes that do not parse.
    public func serialized() -> [UInt8] {
        var writer = ByteWriter()
        writer.writeUInt8(type.rawValue)
        writer.writeUInt16(version.rawValue)
        writer.writeVector(lengthBytes: 2) { $0.writeBytes(payload) }
        return writer.bytes
    }
}
