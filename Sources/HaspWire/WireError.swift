//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// Bytes that are not what the protocol says they must be: what was being read, where, and what is wrong with it.
public struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong. New codes may be added: a `switch` over them needs a `default`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String, Hashable, Sendable {
            case truncated = "the bytes end too early"
            case trailingBytes = "bytes are left over"
            case invalidLength = "a length that is not possible here"
            case invalidValue = "a value that is not possible here"
            case tooLarge = "larger than the limit"
            case notTLS = "no TLS record"
        }

        private let kind: Kind

        /// The message or field says it is longer than the bytes there are.
        public static let truncated = Code(kind: .truncated)
        /// The message or field is over, but there are more bytes.
        public static let trailingBytes = Code(kind: .trailingBytes)
        /// A length outside what the RFC allows, for example an odd number of bytes in a list of 16-bit numbers.
        public static let invalidLength = Code(kind: .invalidLength)
        /// A field holds what it must not hold.
        public static let invalidValue = Code(kind: .invalidValue)
        /// The peer announces more than the named limit of the parser.
        public static let tooLarge = Code(kind: .tooLarge)
        /// The bytes do not begin as a TLS record does; ask ``FirstBytes`` what they are.
        public static let notTLS = Code(kind: .notTLS)

        /// The code in words.
        public var description: String { kind.rawValue }
    }

    /// What is wrong.
    public var code: Code
    /// What was being read, in words, such as `cipher suites`.
    public var what: String
    /// Where it was found: bytes from the beginning of the message (of the stream, for a record).
    public var offset: Int

    /// Makes an error: what is wrong, in which field, how many bytes from the beginning.
    public init(_ code: Code, in what: String, at offset: Int) {
        self.code = code
        self.what = what
        self.offset = offset
    }

    /// One line for people, such as `cipher suites at byte 37: the bytes end too early`.
    public var description: String { "\(what) at byte \(offset): \(code)" }
}
