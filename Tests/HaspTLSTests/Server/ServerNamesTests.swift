//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Testing

@testable import HaspTLS

/// Which context a name finds.
@Suite struct ServerNamesTests {
    @Test(
        arguments: [
            (["a.example"], "a.example", "a.example"),
            (["a.example"], "b.example", nil),
            (["a.example"], "sub.a.example", nil),
            (["a.example"], "A.Example", "a.example"),
            (["A.EXAMPLE"], "a.example", "A.EXAMPLE"),
            (["a.example."], "a.example", "a.example."),
            (["a.example"], "a.example.", "a.example"),
            (["*.example.org"], "a.example.org", "*.example.org"),
            (["*.example.org"], "A.EXAMPLE.ORG", "*.example.org"),
            (["*.example.org"], "a.b.example.org", nil),
            (["*.example.org"], "example.org", nil),
            // Zero characters are enough for a star, as in node:tls.
            (["*.example.org"], ".example.org", "*.example.org"),
            (["a*.example"], "a.example", "a*.example"),
            (["a*.example"], "abc.example", "a*.example"),
            (["a*.example"], "ba.example", nil),
            (["*a.example"], "aba.example", "*a.example"),
            (["a*c*e.example"], "abcde.example", "a*c*e.example"),
            (["a*c*e.example"], "ace.example", "a*c*e.example"),
            (["a*c*e.example"], "acccd.example", nil),
            (["a*b.example"], "aab.ab.example", nil),
            (["www.*.example"], "www.a.example", "www.*.example"),
            (["www.*.example"], "www.a.b.example", nil),
            (["*.*.example"], "a.b.example", "*.*.example"),
            (["*"], "localhost", "*"),
            (["*"], "a.example", nil),
            (["a+b.example"], "aab.example", nil),
            (["a.example"], "axexample", nil),
            // The newest that fits wins, exact or not.
            (["*.example", "a.example"], "a.example", "a.example"),
            (["a.example", "*.example"], "a.example", "*.example"),
            (["a.example", "*.example", "a*.example"], "a.example", "a*.example"),
            (["a*.example", "*.example"], "a.example", "*.example"),
            (["*.example", "b.example"], "a.example", "*.example"),
            (["a.example", "*.example", "a.example"], "a.example", "a.example"),
        ] as [([String], String, String?)])
    func lookUp(added: [String], asked: String, expected: String?) throws {
        var names = ServerNames()
        var known: [ObjectIdentifier: String] = [:]
        var contexts: [SecureContext] = []
        for name in added {
            let context = try SecureContext()
            contexts.append(context)
            known[ObjectIdentifier(context)] = name
            try names.add(name, context)
        }
        let found = names.context(for: asked)
        #expect(found.flatMap { known[ObjectIdentifier($0)] } == expected)
        // With a name twice, it is the later one.
        if added.first == added.last, added.count > 1 { #expect(found === contexts.last) }
    }

    @Test(arguments: [
        "", ".", "with blank.example", "bücher.example", "a\u{0}b", "tab\t", String(repeating: "a", count: 256),
    ])
    func badNames(name: String) throws {
        var names = ServerNames()
        let context = try SecureContext()
        do throws(TLSError) {
            try names.add(name, context)
            Issue.record("added")
        } catch {
            #expect(error.code == .nameInvalid)
        }
        #expect(names.isEmpty)
        let isRemoved = names.remove(name)
        #expect(!isRemoved)
        #expect(names.context(for: name) == nil)
    }

    @Test(arguments: ["a.example", "*.example", "a*.example"]) func removal(name: String) throws {
        var names = ServerNames()
        try names.add(name, SecureContext())
        #expect(!names.isEmpty)
        #expect(names.context(for: "a.example") != nil)
        let isFound = names.remove(name.uppercased() + ".")
        #expect(isFound)
        #expect(names.isEmpty)
        #expect(names.context(for: "a.example") == nil)
        let isRemoved = names.remove(name)
        #expect(!isRemoved)
    }

    @Test func removalLetsTheOlderOneThrough() throws {
        var names = ServerNames()
        let (old, new) = (try SecureContext(), try SecureContext())
        try names.add("*.example", old)
        try names.add("a.example", new)
        #expect(names.context(for: "a.example") === new)
        let isFound = names.remove("a.example")
        #expect(isFound)
        #expect(names.context(for: "a.example") === old)
    }

    @Test func tenThousandNamesCostAsMuchAsOne() throws {
        let context = try SecureContext()
        var few = ServerNames()
        try few.add("host5.example", context)
        try few.add("*.zone5.example", context)
        var many = ServerNames()
        for index in 0..<10_000 {
            try many.add("host\(index).example", context)
            try many.add("*.zone\(index).example", context)
        }
        #expect(many.context(for: "host9999.example") != nil)
        #expect(many.context(for: "a.zone9999.example") != nil)
        #expect(many.context(for: "host10000.example") == nil)
        let (one, all) = (time(few), time(many))
        // A walk through all of them would take thousands of times as long.
        #expect(all < one * 50, "\(all) against \(one)")
    }

    @Test func aLongNameAgainstManyStarsEnds() throws {
        var names = ServerNames()
        try names.add(String(repeating: "a*", count: 100) + "b", SecureContext())
        let start = ContinuousClock.now
        #expect(names.context(for: String(repeating: "a", count: 255)) == nil)
        #expect(ContinuousClock.now - start < .seconds(1))
    }

    private func time(_ names: ServerNames) -> Duration {
        ContinuousClock().measure {
            for _ in 0..<300 {
                _ = names.context(for: "host5.example")
                _ = names.context(for: "a.zone5.example")
                _ = names.context(for: "unknown.example")
            }
        }
    }
}
