//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// An extension of a hello: its type and its content, uninterpreted (RFC 8446 section 4.2).
public struct Extension: Hashable, Sendable {
    /// What the extension is.
    public var type: ExtensionType
    /// Its content, without type and length.
    public var data: [UInt8]

    /// Makes an extension of any type with any content.
    public init(type: ExtensionType, data: [UInt8]) {
        self.type = type
        self.data = data
    }
}

/// A public key for one group (RFC 8446 section 4.2.8).
public struct KeyShareEntry: Hashable, Sendable {
    /// The group.
    public var group: NamedGroup
    /// The public key in the form the group has.
    public var keyExchange: [UInt8]

    /// Makes an entry.
    public init(group: NamedGroup, keyExchange: [UInt8]) {
        self.group = group
        self.keyExchange = keyExchange
    }
}

/// A pre-shared key that a client says it has: in most cases a session ticket (RFC 8446 section 4.2.11).
public struct PSKIdentity: Hashable, Sendable {
    /// The ticket, or the name of an external key.
    public var identity: [UInt8]
    /// The age of the ticket in milliseconds, plus a number only client and server know; 0 for external keys.
    public var obfuscatedTicketAge: UInt32

    /// Makes an identity.
    public init(identity: [UInt8], obfuscatedTicketAge: UInt32) {
        self.identity = identity
        self.obfuscatedTicketAge = obfuscatedTicketAge
    }
}

/// The two hello messages, which both end in a block of extensions.
protocol ExtensionBearing {
    var extensions: [Extension] { get }
}

extension ExtensionBearing {
    /// The content of the first extension of a type, ready to be read; nil when there is none.
    func reader(of type: ExtensionType) -> ByteReader? {
        extensions.first { $0.type == type }.map { ByteReader($0.data) }
    }

    func has(_ type: ExtensionType) -> Bool {
        extensions.contains { $0.type == type }
    }

    /// Reads the whole of an extension; nil when there is none or when it does not parse.
    func parse<Value>(_ type: ExtensionType, _ read: (inout ByteReader) throws(WireError) -> Value) -> Value? {
        guard var reader = reader(of: type) else { return nil }
        do {
            let value = try read(&reader)
            try reader.finish("extension")
            return value
        } catch {
            return nil
        }
    }
}

extension ByteReader {
    /// Reads a block of extensions with its length, to the end of the message.
    mutating func readExtensions() throws(WireError) -> [Extension] {
        var block = try readVector(lengthBytes: 2, "extensions")
        var extensions: [Extension] = []
        while !block.isAtEnd {
            let type = ExtensionType(rawValue: try block.readUInt16("extension type"))
            var data = try block.readVector(lengthBytes: 2, "extension data")
            extensions.append(Extension(type: type, data: data.readRemaining()))
        }
        return extensions
    }

    /// Reads a group and its public key.
    mutating func readKeyShareEntry() throws(WireError) -> KeyShareEntry {
        let group = NamedGroup(rawValue: try readUInt16("key share group"))
        var key = try readVector(lengthBytes: 2, "key share")
        return KeyShareEntry(group: group, keyExchange: key.readRemaining())
    }

    /// Reads the list of protocol names of ALPN (RFC 7301 section 3.1).
    mutating func readProtocolNames() throws(WireError) -> [[UInt8]] {
        var list = try readVector(lengthBytes: 2, "protocol names")
        var names: [[UInt8]] = []
        while !list.isAtEnd {
            var name = try list.readVector(lengthBytes: 1, "protocol name")
            names.append(name.readRemaining())
        }
        return names
    }
}

extension ByteWriter {
    mutating func writeExtensions(_ extensions: [Extension]) {
        writeVector(lengthBytes: 2) { block in
            for item in extensions {
                block.writeUInt16(item.type.rawValue)
                block.writeVector(lengthBytes: 2) { $0.writeBytes(item.data) }
            }
        }
    }
}
