//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import NIOCore

/// The replies, byte for byte the same size in every server (the driver checks it before it measures).
public enum Reply {
    /// Answer to ``Route/hello``. The `Note` header takes the place of nginx's `Date`, so that the lengths are equal.
    public static let hello = ByteBuffer(string: head(status: "200 OK", length: 6) + "hello\n")

    /// Answer to ``Route/unknown``.
    public static let notFound = ByteBuffer(string: head(status: "404 Not Found", length: 10) + "not found\n")

    static func head(status: String, length: Int) -> String {
        """
        HTTP/1.1 \(status)\r
        Server: bench\r
        Note: Thu, 01 Jan 1970 00:00:00 GMT\r
        Content-Type: text/plain\r
        Content-Length: \(length)\r
        Connection: keep-alive\r
        \r

        """
    }
}

/// A long answer: one chunk, written again and again, each time by a write call of its own.
public struct Workload: Sendable {
    /// The HTTP head that announces the whole length.
    public let head: ByteBuffer
    /// What one write call carries.
    public let chunk: ByteBuffer
    /// How many write calls there are.
    public let writes: Int

    /// 1 GiB in writes of 64 KiB.
    public static let big = Workload(chunkSize: 65_536, writes: 16_384)

    /// 256 MiB in writes of 1 KiB: a quarter of a GiB, since each of its bytes costs several times as much.
    public static let small = Workload(chunkSize: 1_024, writes: 262_144)

    private init(chunkSize: Int, writes: Int) {
        self.head = ByteBuffer(string: Reply.head(status: "200 OK", length: chunkSize * writes))
        self.chunk = ByteBuffer(repeating: UInt8(ascii: "x"), count: chunkSize)
        self.writes = writes
    }
}
