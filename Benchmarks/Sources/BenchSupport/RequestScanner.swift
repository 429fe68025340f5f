//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import NIOCore

/// What a benchmark client asks for. Every server of the comparison answers these four alike.
public enum Route: Sendable {
    /// `GET /`: the fixed reply of six bytes, for keep-alive requests.
    case hello
    /// `GET /big`: 1 GiB in writes of 64 KiB.
    case big
    /// `GET /small`: 256 MiB in writes of 1 KiB.
    case small
    /// Everything else: 404.
    case unknown
}

/// The smallest HTTP/1.1 request parser that serves: it looks for the blank line and reads the path.
///
/// Every Swift server uses this one, so that differences between servers are differences of their TLS and of their
/// input and output. Requests with a body are not understood; no client of the benchmark sends one.
public struct RequestScanner {
    /// A request head longer than this many bytes is refused; the clients here send about 100.
    public static let maximumHeadLength = 16_384

    private var pending = ByteBuffer()

    /// Makes a scanner that has seen nothing.
    public init() {}

    /// Adds bytes as they arrived from the peer. When nothing is left over from before, the buffer is kept, not copied.
    public mutating func feed(_ bytes: ByteBuffer) {
        if pending.readableBytes == 0 {
            pending = bytes
        } else {
            pending.writeImmutableBuffer(bytes)
        }
    }

    /// Takes the next complete request, or nil when more bytes are needed.
    ///
    /// - Throws: ``HeadTooLong`` when the limit is reached without a blank line.
    public mutating func next() throws -> Route? {
        let found = pending.withUnsafeReadableBytes { bytes -> (length: Int, route: Route)? in
            guard let length = Self.headLength(in: bytes) else { return nil }
            return (length, Self.route(of: bytes))
        }
        guard let found else {
            if pending.readableBytes > Self.maximumHeadLength { throw HeadTooLong() }
            return nil
        }
        pending.moveReaderIndex(forwardBy: found.length)
        return found.route
    }

    /// The peer sent a request head beyond ``RequestScanner/maximumHeadLength``.
    public struct HeadTooLong: Error {}

    private static func headLength(in bytes: UnsafeRawBufferPointer) -> Int? {
        let carriageReturn = UInt8(ascii: "\r")
        let lineFeed = UInt8(ascii: "\n")
        var end = 3
        while end < bytes.count {
            if bytes[end] == lineFeed, bytes[end - 1] == carriageReturn,
                bytes[end - 2] == lineFeed, bytes[end - 3] == carriageReturn
            {
                return end + 1
            }
            end += 1
        }
        return nil
    }

    private static func route(of bytes: UnsafeRawBufferPointer) -> Route {
        if bytes.starts(with: "GET / ".utf8) { return .hello }
        if bytes.starts(with: "GET /big ".utf8) { return .big }
        if bytes.starts(with: "GET /small ".utf8) { return .small }
        return .unknown
    }
}
