//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// Whom a client meant to reach: a host name or an address.
public enum PeerName: Hashable, Sendable {
    /// A host name in lower case and in ASCII (A-labels, RFC 5890), without a dot at the end.
    case dns(String)
    /// An address in network order: 4 bytes (IPv4) or 16 (IPv6).
    case ip([UInt8])

    /// Reads what a person or a program calls a host.
    ///
    /// An address may stand in brackets and have a zone (`[fe80::1%eth0]`), which is left out; every way to write IPv4
    /// that resolvers take as an address (`127.1`, `0x7f.1`) is one. A name may be Unicode (`bücher.example`) and may
    /// end in a dot.
    ///
    /// `nil` for what can be neither: empty, with a control character, blank or one of `/:@?#%[]\<>^|`, with a label
    /// that is empty or longer than 63 bytes, longer than 253 bytes, or ending in a number without being an address.
    public init?(_ text: String) {
        if text.utf8.contains(UInt8(ascii: ":")) || text.utf8.first == UInt8(ascii: "[") {
            guard let address = Self.ipv6(text) else { return nil }
            self = .ip(address)
            return
        }
        guard let name = Self.normalized(text) else { return nil }
        guard !Self.endsInNumber(name) else {
            guard let address = IPAddressText.parseLooseIPv4(name) else { return nil }
            self = .ip(address)
            return
        }
        self = .dns(name)
    }
}

extension PeerName: CustomStringConvertible {
    /// The name, or the address in its customary text (RFC 5952).
    public var description: String {
        switch self {
        case .dns(let name): name.escapingControls
        case .ip(let bytes): IPAddressText.canonical(bytes) ?? "<invalid>"
        }
    }

    /// The name for the server name extension; `nil` for an address, which is not sent there (RFC 6066, section 3).
    public var serverName: String? {
        guard case .dns(let name) = self else { return nil }
        return name
    }
}

// MARK: - Helpers

extension PeerName {
    /// RFC 1035, section 2.3.4, without the length byte of the first label and the root.
    private static let longestName = 253
    private static let longestLabel = 63
    private static let forbidden = Set("/:@?#%[]\\<>^|".unicodeScalars)

    private static func ipv6(_ text: String) -> [UInt8]? {
        var address = Substring(text)
        if address.first == "[" {
            guard address.last == "]" else { return nil }
            address = address.dropFirst().dropLast()
        }
        if let percent = address.firstIndex(of: "%") {
            let zone = address[percent...].dropFirst()
            guard !zone.isEmpty, zone.unicodeScalars.allSatisfy({ $0.isASCII && $0.value > 0x20 && $0.value < 0x7F })
            else { return nil }
            address = address[..<percent]
        }
        return IPAddressText.parseIPv6(address)
    }

    private static func normalized(_ text: String) -> String? {
        guard text.utf8.count <= 4 * longestName,
            text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F && !forbidden.contains($0) })
        else { return nil }
        var labels: [String] = []
        for label in text.unicodeScalars.split(omittingEmptySubsequences: false, whereSeparator: \.isLabelSeparator) {
            guard let ascii = ascii(label) else { return nil }
            labels.append(ascii)
        }
        if labels.count > 1, labels.last == "" { labels.removeLast() }
        guard labels.allSatisfy({ 1...longestLabel ~= $0.utf8.count }) else { return nil }
        let name = labels.joined(separator: ".")
        return name.utf8.count <= longestName ? name : nil
    }

    /// The label in lower case; as an A-label when it is not ASCII.
    ///
    /// There is no Unicode normalization here: a label written with combining characters becomes an A-label that no
    /// certificate has. That is safe, since it only makes a name match less.
    private static func ascii(_ label: Substring.UnicodeScalarView) -> String? {
        if label.allSatisfy(\.isASCII) { return String(label).lowercased() }
        guard label.allSatisfy(\.isAllowedInLabel) else { return nil }
        let lower = String(label).lowercased().unicodeScalars
        return Punycode.encode(lower.map(\.value)).map { "xn--" + $0 }
    }

    /// Whether the last label is a number: then a resolver would take the name for an address.
    private static func endsInNumber(_ name: String) -> Bool {
        guard let last = name.utf8.split(separator: UInt8(ascii: ".")).last else { return false }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        if last.allSatisfy({ digits.contains($0) }) { return true }
        return last.starts(with: "0x".utf8) && last.dropFirst(2).allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    }
}

extension Unicode.Scalar {
    /// The full stop and those of East Asian scripts that stand for it (RFC 3490, section 3.1).
    fileprivate var isLabelSeparator: Bool { [".", "\u{3002}", "\u{FF0E}", "\u{FF61}"].contains(self) }

    fileprivate var isAllowedInLabel: Bool {
        if isASCII { return true }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return false
        default: return true
        }
    }
}

/// The encoding of Unicode labels in ASCII (RFC 3492).
enum Punycode {
    private static let base: UInt32 = 36
    private static let tMin: UInt32 = 1
    private static let tMax: UInt32 = 26
    private static let skew: UInt32 = 38
    private static let damp: UInt32 = 700
    private static let firstBias: UInt32 = 72
    private static let firstCode: UInt32 = 0x80

    /// The procedure of section 6.3; `nil` on overflow.
    static func encode(_ scalars: [UInt32]) -> String? {
        let basic = scalars.filter { $0 < firstCode }
        var output = basic.map { UInt8(truncatingIfNeeded: $0) }
        if !basic.isEmpty { output.append(UInt8(ascii: "-")) }
        var handled = UInt32(truncatingIfNeeded: basic.count)
        let total = UInt32(truncatingIfNeeded: scalars.count)
        var code = firstCode
        var delta: UInt32 = 0
        var bias = firstBias
        while handled < total {
            guard let next = scalars.filter({ $0 >= code }).min() else { return nil }
            let (step, tooFar) = (next - code).multipliedReportingOverflow(by: handled + 1)
            let (moved, overflows) = delta.addingReportingOverflow(step)
            guard !tooFar, !overflows else { return nil }
            delta = moved
            code = next
            for scalar in scalars {
                if scalar < code { delta += 1 }
                guard scalar == code else { continue }
                appendVariableLength(delta, bias: bias, to: &output)
                bias = adapt(delta, handled: handled + 1, isFirst: handled == UInt32(basic.count))
                delta = 0
                handled += 1
            }
            delta += 1
            code += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func appendVariableLength(_ delta: UInt32, bias: UInt32, to output: inout [UInt8]) {
        var rest = delta
        var k = base
        while true {
            let threshold = k <= bias ? tMin : min(tMax, k - bias)
            guard rest >= threshold else { break }
            output.append(digit(threshold + (rest - threshold) % (base - threshold)))
            rest = (rest - threshold) / (base - threshold)
            k += base
        }
        output.append(digit(rest))
    }

    private static func adapt(_ delta: UInt32, handled: UInt32, isFirst: Bool) -> UInt32 {
        var delta = isFirst ? delta / damp : delta / 2
        delta += delta / handled
        var k: UInt32 = 0
        while delta > (base - tMin) * tMax / 2 {
            delta /= base - tMin
            k += base
        }
        return k + (base - tMin + 1) * delta / (delta + skew)
    }

    private static func digit(_ value: UInt32) -> UInt8 {
        let byte = UInt8(truncatingIfNeeded: value)
        return byte < 26 ? byte + UInt8(ascii: "a") : byte - 26 + UInt8(ascii: "0")
    }
}
