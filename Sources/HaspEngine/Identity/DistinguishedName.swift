//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL

/// A name as X.509 has it: an ordered list of attributes such as CN (common name) and O (organisation).
public struct DistinguishedName: Hashable, Sendable {
    /// One attribute of a name.
    public struct Attribute: Hashable, Sendable {
        /// The short name, such as `CN`, `O`, `OU`, `C`, `emailAddress`; the dotted identifier where there is none.
        public var name: String
        /// The value, exactly as in the certificate: it may contain NUL and other control characters.
        ///
        /// `#` and hexadecimal digits where the bytes are not valid text (RFC 4514, section 2.4).
        public var value: String
        /// Whether it belongs together with the attribute before it, which is rare (a multi-valued RDN).
        public var isJoinedToPrevious: Bool

        /// Nothing is checked here.
        public init(name: String, value: String, isJoinedToPrevious: Bool = false) {
            self.name = name
            self.value = value
            self.isJoinedToPrevious = isJoinedToPrevious
        }
    }

    /// The attributes in the certificate's order, which is usually from the general to the particular.
    public var attributes: [Attribute]

    /// A name of these attributes, in this order.
    public init(attributes: [Attribute]) { self.attributes = attributes }

    /// The last CN, which is the most particular; `nil` when there is none.
    public var commonName: String? { self["CN"].last }

    /// All values of an attribute by its short name, in order.
    public subscript(shortName: String) -> [String] {
        attributes.filter { $0.name == shortName }.map(\.value)
    }
}

extension DistinguishedName: CustomStringConvertible {
    /// The attributes in order, `CN=localhost, O=Example`: for people. Characters that separate are written with a
    /// backslash (RFC 4514, section 2.4) and control characters as `\u{..}`, so that the text has one reading and can
    /// be printed.
    public var description: String {
        joined(attributes, comma: ", ", plus: " + ").escapingControls
    }

    /// The text of RFC 2253 (the last attribute first), with control characters as they are.
    var rfc2253: String { joined(attributes.reversedByRDN, comma: ",", plus: "+") }

    private func joined(_ attributes: [Attribute], comma: String, plus: String) -> String {
        var text = ""
        for (index, attribute) in attributes.enumerated() {
            if index > 0 { text += attribute.isJoinedToPrevious ? plus : comma }
            text += "\(attribute.name)=\(attribute.value.escapingSeparators)"
        }
        return text
    }
}

extension DistinguishedName {
    /// Reads OpenSSL's object, which stays the caller's.
    init(_ name: OpaquePointer?) {
        attributes = []
        var previousSet: CInt?
        for index in 0..<max(0, X509_NAME_entry_count(name)) {
            guard let entry = X509_NAME_get_entry(name, index) else { continue }
            let set = X509_NAME_ENTRY_set(entry)
            attributes.append(
                Attribute(
                    name: OpenSSLValues.shortName(X509_NAME_ENTRY_get_object(entry)),
                    value: Self.value(X509_NAME_ENTRY_get_data(entry)),
                    isJoinedToPrevious: set == previousSet
                )
            )
            previousSet = set
        }
    }

    private static func value(_ string: UnsafePointer<ASN1_STRING>?) -> String {
        OpenSSLValues.keepingErrors {
            OpenSSLValues.text(string) ?? "#" + OpenSSLValues.hex(OpenSSLValues.bytes(string))
        }
    }
}

extension [DistinguishedName.Attribute] {
    /// The groups of joined attributes in reverse order.
    fileprivate var reversedByRDN: [Element] {
        var groups: [[Element]] = []
        for attribute in self {
            if attribute.isJoinedToPrevious, !groups.isEmpty {
                groups[groups.count - 1].append(attribute)
            } else {
                groups.append([attribute])
            }
        }
        return groups.reversed().flatMap { $0 }
    }
}

extension String {
    fileprivate var escapingSeparators: String {
        var result = ""
        let last = unicodeScalars.index(unicodeScalars.endIndex, offsetBy: -1, limitedBy: unicodeScalars.startIndex)
        for index in unicodeScalars.indices {
            let scalar = unicodeScalars[index]
            let isEdge = index == unicodeScalars.startIndex || index == last
            switch scalar {
            case ",", "+", "\"", "\\", "<", ">", ";": result += "\\"
            case " " where isEdge: result += "\\"
            case "#" where index == unicodeScalars.startIndex: result += "\\"
            default: break
            }
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}
