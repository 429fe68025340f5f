//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspWire

/// The two facts of a ServerHello that the report needs. OpenSSL has checked the message already; this reading is
/// careful all the same, because a report must never cost a connection.
struct ServerHelloFacts {
    var isRetry = false
    var group: NamedGroup?

    init(_ body: UnsafeRawBufferPointer) {
        var reader = MessageReader(body)
        guard reader.skip(2), let random = reader.take(32) else { return }
        isRetry = random.elementsEqual(Self.retryRandom)
        guard reader.takeVector8() != nil, reader.skip(3), var extensions = reader.takeVector16() else { return }
        while let type = extensions.takeUInt16(), var data = extensions.takeVector16() {
            if type == ExtensionType.keyShare.rawValue, !isRetry { group = data.takeUInt16().map(NamedGroup.init) }
        }
    }

    /// RFC 8446, section 4.1.3: this "random" makes a ServerHello a HelloRetryRequest.
    private static let retryRandom: [UInt8] = [
        0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
        0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
    ]
}

/// Group and signature scheme of a TLS 1.2 ServerKeyExchange (RFC 8422, section 5.4; RFC 5246, section 7.4.3).
struct ServerKeyExchangeFacts {
    var group: NamedGroup?
    var signatureScheme: SignatureScheme?

    init(_ body: UnsafeRawBufferPointer) {
        // The message does not say which of its forms it has; only the right one ends exactly at its end.
        let start = MessageReader(body)
        if !readECDHE(start, hasScheme: true), !readECDHE(start, hasScheme: false) { readDHE(start) }
    }

    /// Before TLS 1.2 the signature had no scheme (RFC 4346, section 7.4.3).
    private mutating func readECDHE(_ start: MessageReader, hasScheme: Bool) -> Bool {
        var reader = start
        let namedCurve: UInt8 = 3
        guard reader.takeUInt8() == namedCurve, let curve = reader.takeUInt16(), reader.takeVector8() != nil else {
            return false
        }
        let scheme = hasScheme ? reader.takeUInt16() : nil
        guard reader.takeVector16() != nil, reader.isAtEnd else { return false }
        group = NamedGroup(rawValue: curve)
        signatureScheme = scheme.map(SignatureScheme.init)
        return true
    }

    private mutating func readDHE(_ start: MessageReader) {
        var reader = start
        guard reader.takeVector16() != nil, reader.takeVector16() != nil, reader.takeVector16() != nil,
            let scheme = reader.takeUInt16(), reader.takeVector16() != nil, reader.isAtEnd
        else { return }
        signatureScheme = SignatureScheme(rawValue: scheme)
    }
}

/// Reads a message inside OpenSSL's callback without copying it.
private struct MessageReader {
    private var rest: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count <= rest.count else { return nil }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count)) }
        return UnsafeRawBufferPointer(rebasing: rest.prefix(count))
    }

    mutating func skip(_ count: Int) -> Bool { take(count) != nil }

    mutating func takeUInt8() -> UInt8? { take(1)?.first }

    mutating func takeUInt16() -> UInt16? {
        guard let bytes = take(2) else { return nil }
        return UInt16(bytes[0]) << 8 | UInt16(bytes[1])
    }

    mutating func takeVector8() -> UnsafeRawBufferPointer? {
        guard let count = takeUInt8() else { return nil }
        return take(Int(count))
    }

    mutating func takeVector16() -> MessageReader? {
        guard let count = takeUInt16() else { return nil }
        return take(Int(count)).map(MessageReader.init)
    }
}
