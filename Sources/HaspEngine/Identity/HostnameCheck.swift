//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// By which rules a name is compared with a certificate.
public enum IdentityRules: String, Hashable, Sendable {
    /// As node:tls does: a common name counts when there is no DNS name, and a wildcard may be part of the first label.
    case node
    /// RFC 9525: only subjectAltName counts, and a wildcard is the whole first label.
    case rfc9525
}

/// Whether a certificate is for the host that was meant (RFC 9525; `tls.checkServerIdentity`).
///
/// This looks at names alone. Whether the certificate can be trusted is another question, and both must be answered.
public enum HostnameCheck {
    /// Why a certificate is not for a name.
    public struct Mismatch: Hashable, Sendable, CustomStringConvertible {
        /// The reason in one sentence; the same words as `reason` of node:tls. Safe to print.
        public var reason: String
        /// The names and addresses for which the certificate is, for people. Safe to print.
        public var names: [String]

        /// The whole message, as node:tls has it.
        public var description: String { "Hostname/IP does not match certificate's altnames: \(reason)" }
    }

    /// Compares a name with a certificate.
    ///
    /// - Returns: `nil` when the certificate is for that name.
    public static func check(name: PeerName, certificate: Certificate, rules: IdentityRules) -> Mismatch? {
        guard !certificate.hasUnreadableAltNames else {
            // Never fall back to the common name: the certificate has names, only not in a form that can be read.
            return Mismatch(reason: "The certificate's subjectAltName cannot be read", names: [])
        }
        return check(
            name: name,
            altNames: certificate.subjectAlternativeNames,
            commonNames: certificate.subject["CN"],
            rules: rules
        )
    }

    /// Compares a name with the names of a certificate.
    ///
    /// - Parameters:
    ///   - altNames: every name of the subjectAltName extension.
    ///   - commonNames: every CN of the subject.
    /// - Returns: `nil` when the certificate is for that name.
    public static func check(
        name: PeerName,
        altNames: [SubjectAlternativeName],
        commonNames: [String],
        rules: IdentityRules
    ) -> Mismatch? {
        switch name {
        case .ip(let address): return checkAddress(address, altNames)
        case .dns(let host): return checkHost(host, altNames, commonNames, rules)
        }
    }
}

// MARK: - Steps

extension HostnameCheck {
    /// An address is only ever found among the addresses, byte by byte: not as a DNS name, URI or common name.
    private static func checkAddress(_ address: [UInt8], _ altNames: [SubjectAlternativeName]) -> Mismatch? {
        let addresses = altNames.compactMap { name in
            if case .ipAddress(let bytes) = name { bytes } else { nil }
        }
        guard !addresses.contains(address) else { return nil }
        let listed = addresses.map { IPAddressText.canonical($0) ?? "<invalid>" }
        return Mismatch(
            reason: "IP: \(PeerName.ip(address)) is not in the cert's list: \(listed.joined(separator: ", "))",
            names: listed.isEmpty ? printable(altNames) : listed
        )
    }

    private static func checkHost(
        _ host: String, _ altNames: [SubjectAlternativeName], _ commonNames: [String], _ rules: IdentityRules
    ) -> Mismatch? {
        let dnsNames = altNames.compactMap { name in
            if case .dns(let text) = name { text } else { nil }
        }
        let shown = host.escapingControls
        guard dnsNames.isEmpty else {
            guard !dnsNames.contains(where: { matches(host, pattern: $0, rules) }) else { return nil }
            return Mismatch(
                reason: "Host: \(shown). is not in the cert's altnames: \(SubjectAlternativeName.text(of: altNames))"
                    .escapingControls,
                names: printable(altNames)
            )
        }
        guard rules == .node, !commonNames.isEmpty else {
            return Mismatch(reason: "Cert does not contain a DNS name", names: printable(altNames))
        }
        guard !commonNames.contains(where: { matches(host, pattern: $0, rules) }) else { return nil }
        let listed = commonNames.map(\.escapingControls)
        return Mismatch(
            reason: "Host: \(shown). is not cert's CN: \(listed.joined(separator: ","))",
            names: listed + printable(altNames)
        )
    }

    /// DNS names and addresses bare, others with their kind.
    private static func printable(_ altNames: [SubjectAlternativeName]) -> [String] {
        altNames.map { name in
            switch name {
            case .dns(let text): text.escapingControls
            case .ipAddress(let bytes): IPAddressText.canonical(bytes) ?? "<invalid>"
            default: name.description.escapingControls
            }
        }
    }
}

// MARK: - One pattern

extension HostnameCheck {
    /// Whether the host is what a certificate's DNS name stands for (RFC 9525, section 6.3; RFC 6125, section 6.4.3).
    static func matches(_ host: String, pattern: String, _ rules: IdentityRules) -> Bool {
        let host = labels(host)
        let pattern = labels(pattern)
        guard host.count == pattern.count, pattern.allSatisfy(isUsable), host.allSatisfy({ !$0.isEmpty }),
            let hostLabel = host.first, let patternLabel = pattern.first
        else { return false }
        guard host.dropFirst() == pattern.dropFirst() else { return false }
        if hostLabel == patternLabel { return true }
        // A wildcard directly below a top-level domain would stand for half of the world.
        guard pattern.count > 2 else { return false }
        return matchesWildcard(hostLabel, patternLabel, rules)
    }

    private static func matchesWildcard(_ host: [UInt8], _ pattern: [UInt8], _ rules: IdentityRules) -> Bool {
        let parts = pattern.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        guard parts.count == 2, let prefix = parts.first, let suffix = parts.last else { return false }
        if prefix.isEmpty, suffix.isEmpty { return true }
        // A part of an encoded label means nothing: no partial wildcard in one, none that stands for a piece of one.
        guard rules == .node, !pattern.contains(aLabelPrefix), !host.contains(aLabelPrefix) else { return false }
        return prefix.count + suffix.count <= host.count && host.starts(with: prefix)
            && host.suffix(suffix.count).elementsEqual(suffix)
    }

    private static let aLabelPrefix = Array("xn--".utf8)

    /// Lower case (A to Z only), without one dot at the end.
    private static func labels(_ name: String) -> [[UInt8]] {
        var bytes = name.utf8.map { byte in
            UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte + 0x20 : byte
        }
        let dot = UInt8(ascii: ".")
        if bytes.last == dot { bytes.removeLast() }
        return bytes.split(separator: dot, omittingEmptySubsequences: false).map { Array($0) }
    }

    /// An empty label, a control character, a blank or anything but ASCII never matches.
    private static func isUsable(_ label: [UInt8]) -> Bool {
        !label.isEmpty && label.allSatisfy { 0x21...0x7F ~= $0 }
    }
}
