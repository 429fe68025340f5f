//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import ArgumentParser
import Dispatch

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Where the process begins.
@main
enum Main {
    /// Not asynchronous, so that it runs before anything else has opened a file.
    static func main() {
        StandardDescriptors.fillGaps()
        Task {
            await HaspCommand.main()
            exit(ExitStatus.fine.rawValue)
        }
        dispatchMain()
    }
}
