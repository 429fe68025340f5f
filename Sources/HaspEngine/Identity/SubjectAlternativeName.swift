//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL

/// One name of a certificate's subjectAltName extension (RFC 5280, section 4.2.1.6).
///
/// Text is exact: what a certificate has is neither cut at a NUL nor cleaned. A byte that is not ASCII, where only
/// ASCII is allowed, becomes the character of the same number.
public enum SubjectAlternativeName: Hashable, Sendable {
    /// A host name, maybe with a wildcard.
    case dns(String)
    /// 4 bytes (IPv4) or 16 bytes (IPv6) in network order; any other count is invalid and matches nothing.
    case ipAddress([UInt8])
    /// A URI, such as a SPIFFE ID.
    case uri(String)
    /// An e-mail address.
    case email(String)
    /// A name of a directory.
    case directoryName(DistinguishedName)
    /// An object identifier in dotted form.
    case registeredID(String)
    /// Any other kind: its identifier in dotted form (empty for the two kinds of X.400 and EDI), and its value where
    /// that is a plain text.
    case other(typeID: String, text: String?)
}

extension SubjectAlternativeName: CustomStringConvertible {
    /// Kind and value as node:tls writes them: `DNS:localhost`, `IP Address:127.0.0.1`, `URI:…`, `email:…`,
    /// `DirName:…`, `Registered ID:…`, `othername:…`. A value that could be mistaken for something else, or that could
    /// not be printed, is quoted as in JSON.
    public var description: String {
        switch self {
        case .dns(let name): return "DNS:" + Self.quoted(name)
        case .uri(let uri): return "URI:" + Self.quoted(uri)
        case .email(let address): return "email:" + Self.quoted(address)
        case .directoryName(let name): return "DirName:" + Self.quoted(name.rfc2253, allowsUnicode: true)
        case .ipAddress, .registeredID: return "\(kind):\(value)"
        case .other(let typeID, let text):
            guard let known = Self.otherNames[typeID], let text else { return "othername:<unsupported>" }
            return "othername:" + Self.quoted(text, prefix: known.label + ":", allowsUnicode: known.isUnicode)
        }
    }

    /// The names as one text, separated by comma and blank; `subjectaltname` in node:tls.
    public static func text(of names: [SubjectAlternativeName]) -> String {
        names.map(\.description).joined(separator: ", ")
    }

    /// The kind as in ``description``.
    var kind: String {
        switch self {
        case .dns: "DNS"
        case .ipAddress: "IP Address"
        case .uri: "URI"
        case .email: "email"
        case .directoryName: "DirName"
        case .registeredID: "Registered ID"
        case .other: "othername"
        }
    }

    /// The value without kind and without quotes.
    var value: String {
        switch self {
        case .dns(let text), .uri(let text), .email(let text), .registeredID(let text): text
        case .ipAddress(let bytes): IPAddressText.uncompressed(bytes) ?? "<invalid length=\(bytes.count)>"
        case .directoryName(let name): name.rfc2253
        case .other(_, let text): text ?? "<unsupported>"
        }
    }
}

extension SubjectAlternativeName {
    /// Copies OpenSSL's object, which stays the caller's.
    init(_ name: UnsafePointer<GENERAL_NAME>) {
        switch CHasp_GENERAL_NAME_kind(name) {
        case GEN_DNS: self = .dns(Self.text(name))
        case GEN_URI: self = .uri(Self.text(name))
        case GEN_EMAIL: self = .email(Self.text(name))
        case GEN_IPADD: self = .ipAddress(OpenSSLValues.bytes(CHasp_GENERAL_NAME_string(name)))
        case GEN_DIRNAME: self = .directoryName(DistinguishedName(CHasp_GENERAL_NAME_directory(name)))
        case GEN_RID: self = .registeredID(OpenSSLValues.dotted(CHasp_GENERAL_NAME_registered_id(name)))
        default: self = Self.other(name)
        }
    }

    private static func text(_ name: UnsafePointer<GENERAL_NAME>) -> String {
        OpenSSLValues.latin1(OpenSSLValues.bytes(CHasp_GENERAL_NAME_string(name)))
    }

    private static func other(_ name: UnsafePointer<GENERAL_NAME>) -> SubjectAlternativeName {
        let typeID = OpenSSLValues.dotted(CHasp_GENERAL_NAME_other_type(name))
        guard let string = CHasp_GENERAL_NAME_other_string(name) else { return .other(typeID: typeID, text: nil) }
        let isUnicode = ASN1_STRING_type(string) == V_ASN1_UTF8STRING
        // A text of another type than its kind prescribes is not shown as that kind.
        if let known = otherNames[typeID], known.isUnicode != isUnicode { return .other(typeID: typeID, text: nil) }
        let text = OpenSSLValues.keepingErrors {
            isUnicode ? OpenSSLValues.text(string) : OpenSSLValues.latin1(OpenSSLValues.bytes(string))
        }
        return .other(typeID: typeID, text: text)
    }
}

extension SubjectAlternativeName {
    /// The other names that are plain text: e-mail in UTF-8 (RFC 8398), XMPP (RFC 6120), a service (RFC 4985), a realm
    /// (RFC 7585) and Microsoft's user principal name.
    private static let otherNames: [String: (label: String, isUnicode: Bool)] = [
        "1.3.6.1.5.5.7.8.9": ("SmtpUTF8Mailbox", true),
        "1.3.6.1.5.5.7.8.5": ("XmppAddr", true),
        "1.3.6.1.5.5.7.8.7": ("SRVName", false),
        "1.3.6.1.5.5.7.8.8": ("NAIRealm", true),
        "1.3.6.1.4.1.311.20.2.3": ("UPN", true),
    ]

    /// The text itself when nobody can take it for more than one name; otherwise in quotes, with what separates,
    /// controls or (where only ASCII is allowed) is not ASCII as `\u00..`.
    private static func quoted(_ text: String, prefix: String = "", allowsUnicode: Bool = false) -> String {
        let whole = prefix + text
        let isPlain = whole.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "\"", "\\", ",", "'": false
            case " "..."~": true
            default: allowsUnicode && scalar.value > 0x7F
            }
        }
        guard !isPlain else { return whole }
        var result = "\""
        for scalar in whole.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case ",": result += "\\u002c"
            case " "..."~": result.unicodeScalars.append(scalar)
            case _ where allowsUnicode && scalar.value > 0x7F: result.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            }
        }
        return result + "\""
    }
}
