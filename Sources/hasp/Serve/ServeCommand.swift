//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import ArgumentParser
import HaspTLS

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `hasp serve`: a TLS server that shows each visitor what his connection negotiated.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve a page over HTTPS that shows what your connection negotiated, and why others failed.",
        discussion: """
            Without --cert a development CA and a certificate for this machine are made and kept for the next start. \
            SIGTERM and Ctrl-C let requests finish, then end the server with status 0.
            """
    )

    @Option(help: ArgumentHelp("The port to listen on; 0 lets the system choose.", valueName: "number"))
    var port = 8443

    @Option(
        help: ArgumentHelp("The address to listen on; :: means all addresses of both families.", valueName: "address"))
    var host = "::"

    @Option(help: ArgumentHelp("The server's certificate (PEM or DER, its chain after it).", valueName: "file"))
    var cert: String?

    @Option(help: ArgumentHelp("The certificate's private key.", valueName: "file"))
    var key: String?

    @Option(help: ArgumentHelp("Require client certificates, signed by a CA in this file.", valueName: "file"))
    var clientCa: String?

    @Option(help: ArgumentHelp("Where to keep the development CA. Default: $XDG_STATE_HOME/hasp.", valueName: "folder"))
    var stateDir: String?

    @Flag(help: "Greet and echo instead of HTTPS, for openssl s_client.")
    var echo = false

    @OptionGroup var lang: LanguageOptions

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port \(port) does not lie between 0 and 65535")
        }
        guard !host.isEmpty else { throw ValidationError("--host is empty; :: means all addresses") }
        if cert != nil, key == nil { throw ValidationError("--cert needs --key, the file of its private key") }
        if cert == nil, key != nil { throw ValidationError("--key needs --cert, the certificate that it belongs to") }
    }

    func run() async throws {
        do {
            let credentials = try ServerCredentials(self)
            if let news = credentials.news { Terminal.standardError.print(news) }
            let listening = Listening(host: host, port: port)
            if echo {
                try await EchoServer(context: credentials.context()).run(listening, credentials)
            } else {
                try await WebServer(context: credentials.context(alpn: ["http/1.1"])).run(listening, credentials)
            }
        } catch let error as TLSError {
            ServeFailure(error).print(to: .standardError, lang.language)
            throw ExitStatus(error).code
        }
    }
}

/// What went wrong and what to change, in as few lines as possible.
struct ServeFailure {
    var error: TLSError

    init(_ error: TLSError) { self.error = error }

    func print(to terminal: Terminal, _ language: Language) {
        let what = error.detail.isEmpty ? error.code.description : error.detail
        terminal.print("\(terminal.styled("hasp serve:", .boldRed)) \(what)")
        // What these say already holds the remedy.
        guard let fault = error.fault, !what.contains("--") else { return }
        let text = FaultText(terminal: terminal)
        let fix = fault.fix.filled(language, values: error.values)
        for line in text.row(language == .japanese ? "対処" : "fix", fix) { terminal.print(line) }
        for dialect in Fault.Dialect.allCases {
            guard let command = fault.command(dialect, values: error.values) else { continue }
            for (index, line) in command.split(separator: "\n").enumerated() {
                for row in text.row(index == 0 ? dialect.rawValue : "", String(line)) { terminal.print(row) }
            }
        }
    }
}
