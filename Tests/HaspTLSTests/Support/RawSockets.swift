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
final class FullListener {
    let port: Int
    private let listener: Int32
    private var fillers: [Int32] = []

    init() throws {
        listener = RawSocket.make()
        guard RawSocket.bindToLoopback(listener), listen(listener, 0) == 0 else { throw Failure(code: errno) }
        port = RawSocket.localPort(listener)
        // One connection more than the queue holds; the attempts are not waited for.
        for _ in 0..<4 {
            let filler = RawSocket.make()
            _ = fcntl(filler, F_SETFL, O_NONBLOCK)
            _ = RawSocket.connectToLoopback(filler, port: port)
            fillers.append(filler)
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

    static func bindToLoopback(_ file: Int32) -> Bool { withLoopback(port: 0) { bind(file, $0, $1) == 0 } }

    static func connectToLoopback(_ file: Int32, port: Int) -> Bool {
        withLoopback(port: port) { connect(file, $0, $1) == 0 }
    }

    static func localPort(_ file: Int32) -> Int { address(file, getsockname) }

    static func remotePort(_ file: Int32) -> Int { address(file, getpeername) }

    static func isConnected(_ file: Int32) -> Bool { remotePort(file) > 0 }

    static func close(_ file: Int32) -> Int32 { systemClose(file) }

    static func isListening(_ file: Int32) -> Bool {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(file, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value != 0
    }

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
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if let file = Int32(name), file != dirfd(folder) { files.append(file) }
        }
        return files
    }

    private static func withLoopback<R>(port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func address(
        _ file: Int32, _ ask: (Int32, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<socklen_t>?) -> Int32
    ) -> Int {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask(file, $0, &size) }
        }
        guard result == 0, Int32(address.sin_family) == AF_INET else { return 0 }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

private func systemClose(_ file: Int32) -> Int32 { close(file) }
