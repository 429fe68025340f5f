//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Dispatch

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Work that Ctrl-C ends in good order.
enum Interruptible {
    /// Runs the work; SIGINT and SIGTERM cancel its task. If that is not enough, because a write blocks for example,
    /// the process ends after ``patience`` or at the second signal.
    static func run(_ work: @escaping @Sendable () async -> ExitStatus) async -> ExitStatus {
        // A reader of standard output that is gone shall be an error to look at, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let task = Task { await work() }
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if task.isCancelled { exit(ExitStatus.interrupted.rawValue) }
                task.cancel()
                DispatchQueue.global().asyncAfter(deadline: .now() + patience) {
                    exit(ExitStatus.interrupted.rawValue)
                }
            }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        return await task.value
    }

    /// Seconds for saying goodbye.
    private static let patience = 2.5
}
