//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// An alert: how TLS says that something is over or wrong (RFC 8446 section 6).
///
/// In a string it reads `fatal handshake_failure`.
public struct Alert: Hashable, Sendable, TextOutputStreamable {
    /// How bad it is.
    public var level: AlertLevel
    /// What it says; the RFC's name of the field.
    public var description: AlertDescription

    /// Makes an alert.
    public init(level: AlertLevel, description: AlertDescription) {
        self.level = level
        self.description = description
    }

    /// Reads the payload of a plaintext alert record.
    /// - Throws: ``WireError`` when it is not exactly two bytes: alerts are never cut or joined
    ///   (RFC 8446 section 5.1). An encrypted alert is longer and fails thus.
    public init(parsing payload: [UInt8]) throws(WireError) {
        var reader = ByteReader(payload)
        level = AlertLevel(rawValue: try reader.readUInt8("alert level"))
        description = AlertDescription(rawValue: try reader.readUInt8("alert description"))
        try reader.finish("alert")
    }

    /// Whether the peer says goodbye in an orderly manner instead of complaining.
    public var isCloseNotify: Bool { description == .closeNotify }

    /// The two bytes of the alert.
    public func serialized() -> [UInt8] {
        [level.rawValue, description.rawValue]
    }

    /// The alert as a plaintext record.
    public func record(version: ProtocolVersion = .tls12) -> Record {
        Record(type: .alert, version: version, payload: serialized())
    }

    /// Writes the level and the description, as in `fatal handshake_failure`.
    public func write(to target: inout some TextOutputStream) {
        target.write("\(level) \(description)")
    }
}
