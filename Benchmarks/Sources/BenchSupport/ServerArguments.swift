//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// The command line of every Swift server: `--mode NAME --port N --cert FILE --key FILE`.
public struct ServerArguments: Sendable {
    /// Which way of using the library is measured; each server names its own.
    public let mode: String
    /// The TCP port on 127.0.0.1.
    public let port: Int
    /// The certificate, PEM.
    public let certificate: String
    /// Its private key, PEM.
    public let key: String

    /// Reads the arguments.
    ///
    /// - Throws: ``Usage`` when one of the four is missing, unknown or no number.
    public init(_ words: [String]) throws {
        var values: [String: String] = [:]
        var rest = words.dropFirst()
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Usage() }
            values[name] = value
        }
        guard let mode = values["--mode"], let port = values["--port"].flatMap(Int.init),
            let certificate = values["--cert"], let key = values["--key"], values.count == 4
        else { throw Usage() }
        self.mode = mode
        self.port = port
        self.certificate = certificate
        self.key = key
    }

    /// The command line was not understood.
    public struct Usage: Error, CustomStringConvertible {
        /// Makes the error.
        public init() {}
        public var description: String { "usage: --mode NAME --port N --cert FILE --key FILE" }
    }
}
