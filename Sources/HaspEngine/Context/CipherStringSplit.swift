//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspWire

/// A cipher string divided into what OpenSSL keeps in two lists.
///
/// Entries that begin with `TLS_` (or `!TLS_`) concern TLS 1.3, all others 1.2 and older, as in node:tls.
struct CipherStringSplit {
    /// Suites of TLS 1.3, or nil when OpenSSL's own choice is to stay.
    var tls13: String?
    /// The cipher string for TLS 1.2 and older, or nil when nothing is to be set.
    var upToTLS12: String?
    /// Whether the caller named suites and all of them were of TLS 1.3.
    var namesOnlyTLS13 = false

    init(_ options: TLSOptions) {
        guard let text = options.ciphers, !text.isEmpty else {
            tls13 = options.policy.cipherSuites
            upToTLS12 = options.policy.ciphers.isEmpty ? nil : options.policy.ciphers
            return
        }
        let entries = text.split(separator: ":").map { $0.trimmingBlanks }.filter { !$0.isEmpty }
        let excluded = entries.filter { $0.hasPrefix("!TLS_") }.map { $0.dropFirst() }
        let named = entries.filter { $0.hasPrefix("TLS_") }
        let older = entries.filter { !$0.hasPrefix("TLS_") && !$0.hasPrefix("!TLS_") }
        let suites = (named.isEmpty ? options.policy.cipherSuites.split(separator: ":") : named)
            .filter { !excluded.contains($0) }
        tls13 = entries.isEmpty ? nil : suites.joined(separator: ":")
        upToTLS12 = older.isEmpty ? nil : older.joined(separator: ":")
        namesOnlyTLS13 = !named.isEmpty && older.isEmpty
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        var result = self
        while result.first == " " { result.removeFirst() }
        while result.last == " " { result.removeLast() }
        return result
    }
}
