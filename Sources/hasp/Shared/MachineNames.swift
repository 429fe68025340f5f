//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The names by which a program on this machine, or beside it, reaches the machine.
struct MachineNames: Sendable, Hashable {
    /// `localhost` first, then the machine's own name where it has a usable one.
    var dns: [String]

    /// Loopback in both families.
    let addresses = ["127.0.0.1", "::1"]

    /// - Parameter hostName: the machine's name; what cannot be a DNS name is left out.
    init(hostName: String? = MachineNames.systemHostName) {
        dns = ["localhost"]
        if let name = hostName?.lowercased(), name != "localhost", Self.isDNSName(name) { dns.append(name) }
    }

    /// For people: `localhost, 127.0.0.1, ::1, box`.
    var list: String { (dns.prefix(1) + addresses + dns.dropFirst()).joined(separator: ", ") }

    /// What tells machines apart.
    var label: String { dns.last ?? "localhost" }

    var alternativeNames: [SubjectAlternativeName] {
        dns.map(SubjectAlternativeName.dns)
            + [.ipAddress([127, 0, 0, 1]), .ipAddress([UInt8](repeating: 0, count: 15) + [1])]
    }

    /// The same as a limit for an authority, in OpenSSL's configuration syntax. The names hold nothing but letters,
    /// digits, dots and hyphens, so none of them can be taken for syntax.
    var constraints: String {
        let names = dns.map { "permitted;DNS:\($0)" }
        let loopback = [
            "permitted;IP:127.0.0.0/255.0.0.0",
            "permitted;IP:0:0:0:0:0:0:0:1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ]
        return (["critical"] + names + loopback).joined(separator: ",")
    }

    static var systemHostName: String? {
        // POSIX allows 255 bytes; a longer name may come without its end.
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func isDNSName(_ name: String) -> Bool {
        guard (1...253).contains(name.utf8.count) else { return false }
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { byte in
                    (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
                }
        }
    }
}
