//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// An open file of this process to write to, such as standard output.
struct OutputFile: Sendable {
    enum Outcome: Equatable, Sendable {
        case written
        /// Nobody reads any more (`EPIPE`), as when `head` has seen enough.
        case abandoned
        /// Another error of the operating system, in its words.
        case failed(String)
    }

    static let standardOutput = OutputFile(descriptor: STDOUT_FILENO)

    var descriptor: CInt

    /// Writes all bytes; blocks while the reader does not keep up.
    func write(_ bytes: [UInt8]) -> Outcome { bytes.withUnsafeBytes { write($0) } }

    /// Writes all bytes; blocks while the reader does not keep up.
    func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        var rest = bytes
        while !rest.isEmpty {
            let count = systemWrite(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN: StreamReadiness.wait(descriptor, POLLOUT)
            case EPIPE: return .abandoned
            default: return .failed(String(cString: strerror(errno)))
            }
        }
        return .written
    }
}

/// An open file of this process to read from, such as standard input.
struct InputFile: Sendable {
    enum Outcome: Sendable {
        case bytes([UInt8])
        case end
        /// An error of the operating system, in its words.
        case failed(String)
    }

    static let standardInput = InputFile(descriptor: STDIN_FILENO)

    var descriptor: CInt

    /// The most that is read at once: what fits a pipe.
    static let chunk = 64 << 10

    /// The next bytes; blocks until there are some.
    func read() -> Outcome {
        while true {
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: Self.chunk) { buffer, filled in
                count = systemRead(descriptor, buffer.baseAddress, buffer.count)
                filled = max(0, count)
            }
            if count > 0 { return .bytes(bytes) }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN: StreamReadiness.wait(descriptor, POLLIN)
            // Started without a standard input (`<&-`): there is nothing to send.
            case EBADF: return .end
            default: return .failed(String(cString: strerror(errno)))
            }
        }
    }
}

/// The descriptors 0, 1 and 2.
enum StandardDescriptors {
    /// Opens those with which the process was started closed (`<&-`, `>&-`). Otherwise the first socket would get such
    /// a number, and what is meant for standard output would go to the network.
    ///
    /// They are opened the wrong way round: who reads or writes finds out that there is nothing.
    static func fillGaps() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) == -1 {
            // The system gives the lowest number that is free, which is this one.
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}

/// Threads for files that block: one for each direction, so that neither waits for the other.
enum StreamThreads {
    static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 2)
        pool.start()
        return pool
    }()
}

private enum StreamReadiness {
    /// Another program may have made the shared file non-blocking.
    static func wait(_ descriptor: CInt, _ events: CInt) {
        var request = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        _ = poll(&request, 1, -1)
    }
}

private func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}

private func systemRead(_ descriptor: CInt, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, bytes, count)
}
