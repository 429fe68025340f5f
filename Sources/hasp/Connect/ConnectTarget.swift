//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS

/// Where to connect: `HOST:PORT`, `[v6]:PORT`, `HOST`, an IPv6 address without brackets, or a URL with `https://`.
struct ConnectTarget: Equatable, Sendable {
    /// The name or address as it is looked up, without brackets.
    var host: String
    var port: Int

    /// Host and port as they are written together: `[::1]:443`.
    var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Why a text is no target, as one sentence.
    struct Invalid: Error, CustomStringConvertible {
        var description: String
    }

    /// - Parameters:
    ///   - text: what the person wrote.
    ///   - defaultPort: the port where the text names none.
    init(_ text: String, defaultPort: Int) throws(Invalid) {
        let (hostText, portText) = try Self.split(try Self.authority(of: text))
        guard let name = PeerName(hostText) else {
            throw Invalid(
                description: "\"\(hostText.escapingControls)\" is neither a host name nor an address; "
                    + "write HOST:PORT, [IPv6]:PORT or https://HOST")
        }
        switch name {
        case .dns(let name): host = name
        // As written: the address may name its interface (`fe80::1%eth0`).
        case .ip: host = hostText
        }
        port = try portText.map(Self.port) ?? defaultPort
    }

    /// The part of a URL between the slashes and the path; other texts as they are.
    private static func authority(of text: String) throws(Invalid) -> Substring {
        guard let mark = text.firstRange(of: "://") else { return text[...] }
        let scheme = text[..<mark.lowerBound].lowercased()
        guard scheme == "https" || scheme == "wss" || scheme == "tls" else {
            throw Invalid(
                description: "\"\(scheme.escapingControls)://\" has no TLS from the start; "
                    + "give HOST:PORT, with --starttls if the protocol changes over to it")
        }
        let authority = text[mark.upperBound...].prefix { !"/?#".contains($0) }
        return authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
    }

    private static func split(_ text: Substring) throws(Invalid) -> (host: String, port: Substring?) {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            let host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            if rest.isEmpty { return (host, nil) }
            guard rest.hasPrefix(":") else {
                throw Invalid(description: "a colon and the port must follow the bracket of an IPv6 address")
            }
            return (host, rest.dropFirst())
        }
        let colons = text.filter { $0 == ":" }.count
        // Several colons without brackets: an IPv6 address alone.
        guard colons == 1, let colon = text.firstIndex(of: ":") else { return (String(text), nil) }
        return (String(text[..<colon]), text[text.index(after: colon)...])
    }

    private static func port(_ text: Substring) throws(Invalid) -> Int {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(text),
            (1...65_535).contains(port)
        else {
            throw Invalid(
                description: "\"\(String(text).escapingControls)\" is no port; a port lies between 1 and 65535")
        }
        return port
    }
}
