//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// A number of the TLS protocol that has a registered name.
///
/// Every number can be held and printed, known or not: peers send numbers nobody has registered, some of them on
/// purpose (GREASE, RFC 8701), and none of them may be an error to look at.
public protocol CodePoint: RawRepresentable, Hashable, Sendable, CustomStringConvertible
where RawValue: FixedWidthInteger & UnsignedInteger & Sendable {
    /// Makes the value for a number, known or not.
    init(rawValue: RawValue)

    /// Finds a known number by its exact registered name; nil when there is none.
    init?(name: String)

    /// The registered name; for an unknown number `0x` and its hexadecimal digits, for a GREASE value both.
    var name: String { get }

    /// Whether the number has a name here.
    var isKnown: Bool { get }

    /// The name of each number known to this version of Hasp.
    static var registeredNames: [Self: String] { get }
}

extension CodePoint {
    /// The registered name; for an unknown number `0x` and its hexadecimal digits, for a GREASE value both.
    public var name: String {
        if let name = Self.registeredNames[self] { return name }
        return isGREASE ? "GREASE(\(hexadecimal))" : hexadecimal
    }

    /// Whether the number has a name here.
    public var isKnown: Bool { Self.registeredNames[self] != nil }

    /// Whether this is one of the sixteen values 0x0A0A, 0x1A1A … 0xFAFA that clients send to find servers which fail
    /// on what they do not know (RFC 8701 section 2). Always false for numbers of one byte.
    public var isGREASE: Bool {
        guard RawValue.bitWidth == 16 else { return false }
        let value = UInt16(truncatingIfNeeded: rawValue)
        return value & 0x0F0F == 0x0A0A && value >> 8 == value & 0xFF
    }

    /// The same as ``name``.
    public var description: String { name }

    /// Finds a known number by its exact registered name; nil when there is none.
    public init?(name: String) {
        guard let match = Self.registeredNames.first(where: { $0.value == name }) else { return nil }
        self = match.key
    }

    /// The number as `0x` and all its digits, for example `0x0A0A`.
    public var hexadecimal: String {
        let digits = String(rawValue, radix: 16, uppercase: true)
        let padding = RawValue.bitWidth / 4 - digits.utf8.count
        return "0x" + String(repeating: "0", count: padding) + digits
    }
}
