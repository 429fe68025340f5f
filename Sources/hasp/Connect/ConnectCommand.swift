//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import ArgumentParser
import HaspTLS
import NIOCore

/// `hasp connect HOST:PORT`: shows what a handshake agreed on, then carries standard input and output through TLS.
struct ConnectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect",
        abstract: "Connects to a TLS server, shows what was agreed, and carries stdin and stdout.",
        discussion: """
            The facts of the handshake go to standard error, so that the server's bytes can be piped on. The end of \
            standard input is passed on as a goodbye (close_notify); what the server still sends is awaited.

            Examples:
              hasp connect example.com
              printf 'GET / HTTP/1.0\\r\\nHost: example.com\\r\\n\\r\\n' | hasp connect example.com:443
              hasp connect mail.example.com:25 --starttls smtp
              hasp connect localhost:8443 --ca ca.pem --json

            \(ExitStatus.help)
            """
    )

    enum FormatArgument: String, CaseIterable, ExpressibleByArgument {
        case text, json
    }

    @Argument(help: ArgumentHelp("HOST:PORT, [IPv6]:PORT, HOST (port 443) or https://HOST.", valueName: "target"))
    var target: String

    @OptionGroup(title: "TLS") var tls: TLSArguments

    @Option(
        help: ArgumentHelp(
            "Begin in the clear in this protocol and change over to TLS.",
            valueName: StartTLS.allCases.map(\.rawValue).joined(separator: "|")))
    var starttls: StartTLS?

    @Option(help: ArgumentHelp("Time for name look-up, connection and handshake.", valueName: "seconds"))
    var timeout = TimeAmountSeconds(amount: .seconds(30))

    @Option(help: ArgumentHelp("json prints the facts on standard output and ends.", valueName: "text|json"))
    var format = FormatArgument.text

    @Flag(help: "The same as --format json.")
    var json = false

    @OptionGroup var language: LanguageOptions

    func validate() throws { _ = try parsedTarget() }

    func run() async throws {
        let session = try makeSession()
        let status = await Interruptible.run { await session.run() }
        guard status == .fine else { throw status.code }
    }

    private var outputFormat: ConnectSession.Format { json || format == .json ? .json : .text }

    private func parsedTarget() throws -> ConnectTarget {
        do {
            return try ConnectTarget(target, defaultPort: starttls?.defaultPort ?? 443)
        } catch {
            throw ValidationError(error.description)
        }
    }

    private func makeSession() throws -> ConnectSession {
        ConnectSession(
            target: try parsedTarget(), options: try tls.options(timeout: timeout),
            passphraseFile: tls.passphraseFile, startTLS: starttls, format: outputFormat,
            language: language.language, isInsecure: tls.insecure)
    }
}
