//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import ArgumentParser
import HaspTLS

/// The root of the command line: `hasp serve`, `hasp connect`, `hasp faults`.
struct HaspCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hasp",
        abstract: "TLS that you can see through.",
        discussion: ExitStatus.help,
        version: "hasp \(HaspVersion.text) (\(OpenSSLVersion.text))",
        subcommands: [ServeCommand.self, ConnectCommand.self, FaultsCommand.self]
    )
}

/// The version of this program.
enum HaspVersion {
    static let text = "0.1.0"
}
