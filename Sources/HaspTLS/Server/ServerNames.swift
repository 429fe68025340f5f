//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspEngine
public import HaspWire
public import NIOCore

/// What a server knows of a client when it chooses a context.
public struct ClientHelloInfo: Sendable {
    /// Everything that the client offers.
    public var clientHello: ClientHello

    /// Where the client is.
    public var remoteAddress: SocketAddress?

    /// The name that the client asks for (SNI).
    public var serverName: String? { clientHello.serverName }
}

/// A handshake that came to nothing.
public struct HandshakeFailure: Sendable, CustomStringConvertible {
    /// What went wrong, with whose fault it is and what to change.
    public var error: TLSError

    /// Where the peer is.
    public var remoteAddress: SocketAddress?

    /// How far the handshake came and what the client offered.
    public var report: HandshakeReport

    /// The error's summary, which begins with the peer's address.
    public var description: String { error.summary }
}

/// The contexts of a server by name, looked up by hash: ten thousand names cost as much as one.
///
/// A `*` stands for zero or more characters other than a dot, as in node:tls; the newest match wins.
struct ServerNames: Sendable {
    private struct Entry {
        var pattern: String
        var context: SecureContext
        var age: Int
    }

    private var exact: [String: Entry] = [:]
    /// `*.example.org` by `.example.org`: the usual form of a wildcard.
    private var wildcards: [String: Entry] = [:]
    /// Stars anywhere else; rare, and tried one after the other.
    private var patterns: [Entry] = []
    private var additions = 0

    var isEmpty: Bool { exact.isEmpty && wildcards.isEmpty && patterns.isEmpty }

    /// - Throws: ``TLSError`` for a name that is empty or that no client could ask for.
    mutating func add(_ name: String, _ context: SecureContext) throws(TLSError) {
        let pattern = try Self.normalise(name)
        remove(normalised: pattern)
        additions += 1
        let entry = Entry(pattern: pattern, context: context, age: additions)
        if !pattern.contains("*") {
            exact[pattern] = entry
        } else if let suffix = Self.usualSuffix(pattern) {
            wildcards[suffix] = entry
        } else {
            patterns.append(entry)
        }
    }

    /// - Returns: whether the name was there.
    mutating func remove(_ name: String) -> Bool {
        guard let pattern = try? Self.normalise(name) else { return false }
        return remove(normalised: pattern)
    }

    func context(for name: String) -> SecureContext? {
        guard let name = try? Self.normalise(name) else { return nil }
        var best = exact[name]
        func consider(_ entry: Entry?) {
            if let entry, entry.age > best?.age ?? 0 { best = entry }
        }
        if let dot = name.firstIndex(of: ".") { consider(wildcards[String(name[dot...])]) }
        for entry in patterns where entry.age > best?.age ?? 0 {
            if Self.matches(Array(entry.pattern.utf8), Array(name.utf8)) { consider(entry) }
        }
        return best?.context
    }

    @discardableResult
    private mutating func remove(normalised pattern: String) -> Bool {
        if exact.removeValue(forKey: pattern) != nil { return true }
        if let suffix = Self.usualSuffix(pattern) { return wildcards.removeValue(forKey: suffix) != nil }
        let before = patterns.count
        patterns.removeAll { $0.pattern == pattern }
        return patterns.count < before
    }

    private static func normalise(_ name: String) throws(TLSError) -> String {
        var result = name.lowercased()
        if result.hasSuffix(".") { result.removeLast() }
        guard (1...255).contains(result.utf8.count), result.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw TLSError(
                .nameInvalid, "\"\(name.prefix(80))\" cannot be a server name: 1 to 255 visible ASCII characters",
                phase: .configuration, role: .server)
        }
        return result
    }

    private static func usualSuffix(_ pattern: String) -> String? {
        guard pattern.hasPrefix("*."), !pattern.dropFirst().contains("*") else { return nil }
        return String(pattern.dropFirst())
    }

    /// Greedy matching with one step back: linear for one star, and never worse than the product of the lengths.
    private static func matches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        let (star, dot) = (UInt8(ascii: "*"), UInt8(ascii: "."))
        var (p, n) = (0, 0)
        var retry: (pattern: Int, name: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == star {
                retry = (p + 1, n)
                p += 1
            } else if p < pattern.count, pattern[p] == name[n] {
                (p, n) = (p + 1, n + 1)
            } else if let last = retry, name[last.name] != dot {
                retry = (last.pattern, last.name + 1)
                (p, n) = (last.pattern, last.name + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == star }
    }
}
