//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// IP addresses between text and bytes in network order: 4 bytes for IPv4, 16 for IPv6.
enum IPAddressText {
    /// Four decimal numbers without leading zeros: `192.0.2.1`.
    static func parseIPv4(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            let isPlain = part.count == 1 || part.first != UInt8(ascii: "0")
            guard isPlain, let byte = number(part, radix: 10).flatMap({ UInt8(exactly: $0) }) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// The forms that `inet_aton` also takes, and with it most resolvers: one to four numbers, decimal, octal (`0…`) or
    /// hexadecimal (`0x…`), of which the last fills the bytes that are left: `127.1`, `0x7f.1`, `2130706433`.
    static func parseLooseIPv4(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard 1...4 ~= parts.count else { return nil }
        var address: UInt32 = 0
        for (index, part) in parts.enumerated() {
            guard let value = looseNumber(part) else { return nil }
            guard index == parts.count - 1 else {
                guard value <= UInt8.max else { return nil }
                address = address << 8 | value
                continue
            }
            let bitsLeft = 8 * UInt32(4 - index)
            guard bitsLeft == 32 || value >> bitsLeft == 0 else { return nil }
            address = (bitsLeft == 32 ? 0 : address << bitsLeft) | value
        }
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: address >> UInt32($0)) }
    }

    /// IPv6 in every form of RFC 4291, section 2.2, without brackets and zone.
    static func parseIPv6(_ text: some StringProtocol) -> [UInt8]? {
        let bytes = Array(text.utf8)
        guard let gap = bytes.firstGap else {
            guard let all = groups(bytes[...], mayEndInIPv4: true), all.count == 16 else { return nil }
            return all
        }
        // `::` stands for at least one group of zeros.
        guard let head = groups(bytes[..<gap], mayEndInIPv4: false),
            let tail = groups(bytes[(gap + 2)...], mayEndInIPv4: true),
            head.count + tail.count <= 14
        else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// The customary text (RFC 5952): IPv6 in lower case, the longest run of zeros as `::`, IPv4-mapped with a dotted
    /// quad. `nil` unless there are 4 or 16 bytes.
    static func canonical(_ bytes: [UInt8]) -> String? {
        if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
        guard let groups = groupValues(bytes) else { return nil }
        if groups.prefix(5).allSatisfy({ $0 == 0 }), groups[5] == 0xFFFF {
            return "::ffff:" + bytes.suffix(4).map { String($0) }.joined(separator: ".")
        }
        let texts = groups.map { String($0, radix: 16) }
        let zeros = longestRunOfZeros(groups)
        guard zeros.count > 1 else { return texts.joined(separator: ":") }
        return texts[..<zeros.lowerBound].joined(separator: ":") + "::"
            + texts[zeros.upperBound...].joined(separator: ":")
    }

    /// As node:tls lists addresses: IPv6 as eight groups in upper case. `nil` unless there are 4 or 16 bytes.
    static func uncompressed(_ bytes: [UInt8]) -> String? {
        if bytes.count == 4 { return canonical(bytes) }
        return groupValues(bytes)?.map { String($0, radix: 16, uppercase: true) }.joined(separator: ":")
    }
}

// MARK: - Helpers

extension IPAddressText {
    /// Bytes of `a:b:c`, at most eight groups; the last may be a dotted quad. Empty text gives no bytes.
    private static func groups(_ text: ArraySlice<UInt8>, mayEndInIPv4: Bool) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count <= 8 else { return nil }
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if mayEndInIPv4, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let quad = parseIPv4(String(decoding: part, as: UTF8.self)) else { return nil }
                bytes += quad
            } else {
                guard part.count <= 4, let group = number(part, radix: 16) else { return nil }
                bytes += [UInt8(truncatingIfNeeded: group >> 8), UInt8(truncatingIfNeeded: group)]
            }
        }
        return bytes
    }

    private static func groupValues(_ bytes: [UInt8]) -> [UInt16]? {
        guard bytes.count == 16 else { return nil }
        return stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    }

    private static func longestRunOfZeros(_ groups: [UInt16]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > longest.count { longest = start..<index }
            start = index + 1
        }
        return longest
    }

    private static func looseNumber(_ text: some Collection<UInt8>) -> UInt32? {
        let zero = UInt8(ascii: "0")
        guard text.first == zero, text.count > 1 else { return number(text, radix: 10) }
        let rest = text.dropFirst()
        if rest.first == UInt8(ascii: "x") || rest.first == UInt8(ascii: "X") {
            return number(rest.dropFirst(), radix: 16)
        }
        return number(rest, radix: 8)
    }

    /// Digits only: no sign, no blank, at least one, no overflow.
    private static func number(_ text: some Collection<UInt8>, radix: UInt32) -> UInt32? {
        guard !text.isEmpty else { return nil }
        var value: UInt32 = 0
        for byte in text {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue.flatMap({ UInt32(exactly: $0) }),
                byte < 0x80, digit < radix
            else { return nil }
            let (shifted, tooBig) = value.multipliedReportingOverflow(by: radix)
            let (sum, carries) = shifted.addingReportingOverflow(digit)
            guard !tooBig, !carries else { return nil }
            value = sum
        }
        return value
    }
}

extension [UInt8] {
    /// Where `::` begins.
    fileprivate var firstGap: Int? {
        let colon = UInt8(ascii: ":")
        return indices.dropLast().first { self[$0] == colon && self[$0 + 1] == colon }
    }
}
