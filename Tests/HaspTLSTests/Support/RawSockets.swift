//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A port of loopback on which nobody listens.
func closedPort() async throws -> Int {
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .bind(host: "127.0.0.1", port: 0).get()
    let port = listener.localAddress?.port ?? 1
    try await listener.close()
    return port
}

/// A listener whose queue is full and never emptied: the kernel drops further attempts without an answer.
final class FullListener: Sendable {
    let port: Int
    private let listener: Int32
    private let fillers: [Int32]

    init() throws {
        listener = RawSocket.make()
        guard RawSocket.bindToLoopback(listener), listen(listener, 0) == 0 else { throw Failure(code: errno) }
        port = RawSocket.localPort(listener)
        // One connection more than the queue holds; the attempts are not waited for.
        let port = port
        fillers = (0..<4).map { _ in
            let filler = RawSocket.make()
            _ = fcntl(filler, F_SETFL, O_NONBLOCK)
            _ = RawSocket.connectToLoopback(filler, port: port)
            return filler
        }
    }

    /// Whether somebody besides the fillers tries to connect.
    var hasAttempt: Bool { RawSocket.attempts(to: port) > fillers.count - connectedFillers }

    private var connectedFillers: Int { fillers.count { RawSocket.isConnected($0) } }

    func close() {
        for filler in fillers { _ = RawSocket.close(filler) }
        _ = RawSocket.close(listener)
    }

    struct Failure: Error { var code: Int32 }
}

/// The few calls of the operating system that some tests need.
enum RawSocket {
    static func make() -> Int32 {
        #if os(Linux)
        socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        socket(AF_INET, SOCK_STREAM, 0)
        #endif
    }

    static func bindToLoopback(_ file: Int32) -> Bool { withLoopback(port: 0) { bind(file, $0, $1) == 0 } ?? false }

    static func connectToLoopback(_ file: Int32, port: Int) -> Bool {
        withLoopback(port: port) { connect(file, $0, $1) == 0 } ?? false
    }

    static func localPort(_ file: Int32) -> Int { port(file, getsockname) }

    static func remotePort(_ file: Int32) -> Int { port(file, getpeername) }

    static func isConnected(_ file: Int32) -> Bool { remotePort(file) > 0 }

    static func close(_ file: Int32) -> Int32 { systemClose(file) }

    static func isListening(_ file: Int32) -> Bool {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(file, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value != 0
    }

    #if os(Linux)
    /// The length of a listener's queue, as the kernel keeps it.
    static func backlog(_ file: Int32) -> Int {
        var info = [UInt8](repeating: 0, count: 104)
        var size = socklen_t(info.count)
        let tcpInfo: Int32 = 11
        guard getsockopt(file, Int32(IPPROTO_TCP), tcpInfo, &info, &size) == 0, size >= 32 else { return -1 }
        // For a listener `tcpi_sacked`, the sixth number after eight bytes, is the limit of its queue.
        return info[28..<32].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    #endif

    /// How many attempts to connect to a port of loopback wait for an answer, from any process (state SYN_SENT).
    static func attempts(to port: Int) -> Int {
        guard let file = fopen("/proc/net/tcp", "r") else { return 0 }
        defer { fclose(file) }
        let digits = String(port, radix: 16, uppercase: true)
        let wanted = "0100007F:" + String(repeating: "0", count: 4 - digits.count) + digits + " 02"
        var line = [CChar](repeating: 0, count: 512)
        var count = 0
        while fgets(&line, 512, file) != nil {
            let text = line.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
            let fields = text.split(separator: " ")
            if fields.count > 3, "\(fields[2]) \(fields[3])" == wanted { count += 1 }
        }
        return count
    }

    /// The descriptors of this process.
    static func openFiles() -> [Int32] {
        guard let folder = opendir("/proc/self/fd") else { return [] }
        defer { closedir(folder) }
        var files: [Int32] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let file = Int32(name), file != dirfd(folder) { files.append(file) }
        }
        return files
    }

    /// How many of them are sockets. (Timers and the like come and go with the runtime.)
    static func openSockets() -> Int {
        openFiles().count { file in
            var target = [CChar](repeating: 0, count: 64)
            let length = readlink("/proc/self/fd/\(file)", &target, target.count)
            return length > 7 && target.prefix(7).elementsEqual("socket:".utf8.map { CChar(bitPattern: $0) })
        }
    }

    private static func withLoopback<R>(port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R? {
        try? SocketAddress(ipAddress: "127.0.0.1", port: port).withSockAddr { body($0, socklen_t($1)) }
    }

    /// The port of an IPv4 address that the system fills in; 0 when there is none.
    private static func port(
        _ file: Int32, _ ask: (Int32, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<socklen_t>?) -> Int32
    ) -> Int {
        var bytes = [UInt8](repeating: 0, count: 128)
        var size = socklen_t(bytes.count)
        let result = bytes.withUnsafeMutableBytes { memory in
            ask(file, memory.baseAddress?.assumingMemoryBound(to: sockaddr.self), &size)
        }
        // The family stands first, then the port in network order. Of the families here only IPv4 takes 16 bytes.
        guard result == 0, size == 16 else { return 0 }
        return Int(bytes[2]) << 8 | Int(bytes[3])
    }
}

private func systemClose(_ file: Int32) -> Int32 { close(file) }
