//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspTLS
import HaspTesting
import NIOCore
import Testing

/// The code of README.md: what stands between the marks below is what stands there, and it works.
///
/// Lines with `// not shown` are left out of the comparison, and the words of ``shownInstead`` stand in the README in
/// place of what a test needs: ports chosen by the system, certificates made when it runs.
@Suite(.timeLimit(.minutes(1))) struct ReadmeTests {
    private static let shownInstead = [
        (here: #"host: host, port: port, options: options"#, there: #"host: "example.com", port: 443"#),
        (here: #"identity: identity"#, there: #"identity: .files(certificate: "fullchain.pem", key: "key.pem")"#),
        (here: #"listen(host: "127.0.0.1", port: 0)"#, there: #"listen(port: 8443)"#),
    ]

    /// - Returns: what the client read.
    private func client(host: String, port: Int, options: ClientOptions) async throws -> String {
        var page = ""
        // README: client
        let socket = try await TLS.connect(host: host, port: port, options: options)
        let agreed = socket.handshake
        print(agreed.version, agreed.cipherSuite, agreed.peer?.subject.description ?? "-")

        try await socket.write("GET / HTTP/1.0\r\nHost: example.com\r\n\r\n")
        for try await bytes in socket {
            print(String(buffer: bytes), terminator: "")
            page += String(buffer: bytes)  // not shown
        }
        // README: end
        return page
    }

    private func server(identity: Identity, isListening: (TLSServer) -> Void) async throws {
        // README: server
        let server = try TLS.createServer(identity: identity) { socket in
            try await socket.write("welcome over \(socket.handshake.version)\n")
            for try await bytes in socket { try await socket.write(bytes) }
        }
        server.onHandshakeFailure { failure in print(failure) }

        try await server.listen(host: "127.0.0.1", port: 0)
        isListening(server)  // not shown
        try await server.run()
        // README: end
    }

    @Test func theClientReadsAPage() async throws {
        try await serving { socket in
            let request = try await socket.read(exactly: "GET / HTTP/1.0\r\nHost: example.com\r\n\r\n".utf8.count)
            try await socket.write(request.hasPrefix("GET / ") ? "HTTP/1.0 200 OK\r\n\r\nhello" : "")
        }.run { _, port in
            let page = try await client(host: "localhost", port: port, options: try TLSFixture.client())
            #expect(page == "HTTP/1.0 200 OK\r\n\r\nhello")
        }
    }

    @Test func theServerGreetsEchoesAndStops() async throws {
        let identity = try TLSFixture.identity().identity
        let running = Shared<TLSServer?>(nil)
        let run = Task { try await server(identity: identity) { server in running.change { $0 = server } } }
        try await eventually("the server listens") { running.value != nil }
        let port = try #require(running.value?.localAddress?.port)
        let socket = try await TLS.connect(host: "localhost", port: port, options: try TLSFixture.client())
        #expect(try await socket.read(exactly: 21) == "welcome over TLSv1.3\n")
        #expect(try await socket.echoes())
        try await socket.close()
        run.cancel()
        try await within(10, "run returns") { try await run.value }
        #expect(running.value?.connectionCount == 0)
    }

    @Test func theREADMEShowsThisCode() throws {
        let source = try Document.text("Tests/HaspTLSTests/ReadmeTests.swift")
        let blocks = try Document.text("README.md").codeBlocks(language: "swift")
        for name in ["client", "server"] {
            let region = try #require(source.region("README: \(name)"))
            let shown = Self.shownInstead.reduce(region) { $0.replacingOccurrences(of: $1.here, with: $1.there) }
            #expect(blocks.contains { $0.withoutImports == shown }, "README.md does not show:\n\(shown)")
        }
    }
}

/// The documents say what is so.
@Suite struct DocumentTests {
    private static let documents = [
        "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md", "docs/security.md", "docs/roadmap.md",
    ]

    @Test(arguments: documents) func linksLeadSomewhere(document: String) throws {
        let folder = Document.root.appendingPathComponent(document).deletingLastPathComponent()
        for target in try Document.text(document).linkTargets {
            let path = folder.appendingPathComponent(target).path
            #expect(FileManager.default.fileExists(atPath: path), "\(document) links to \(target)")
        }
    }

    @Test(arguments: ["README.md", "CHANGELOG.md"]) func theNumberOfFaults(document: String) throws {
        let text = try Document.text(document).replacing("\n", with: " ")
        let numbers = text.matches(of: #/(?:list all|catalogue of) (\d+)/#).map { String($0.output.1) }
        #expect(numbers == [String(FaultCatalogue.all.count)])
    }

    /// Each row of a table of limits ends with words of the code and the name of the file that has them.
    @Test func theLimitsAreThoseOfTheCode() throws {
        let files = try Document.swiftFiles(under: "Sources")
        let rows = try Document.text("docs/security.md").tableRows.filter { $0.last?.hasSuffix(".swift`") == true }
        #expect(rows.count > 30, "the tables of limits are found")
        for row in rows {
            let cells = row.suffix(2).map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "`")) }
            #expect(files[cells[1]]?.contains(cells[0]) == true, "docs/security.md: \(cells[1]) has no \"\(cells[0])\"")
        }
    }
}

/// Files of the project as text.
private enum Document {
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// Texts by the name of their file.
    static func swiftFiles(under folder: String) throws -> [String: String] {
        let files = FileManager.default.enumerator(
            at: root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
        let pairs = try (files?.allObjects ?? []).compactMap { $0 as? URL }
            .filter { $0.pathExtension == "swift" }
            .map { ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8)) }
        return Dictionary(pairs) { one, other in one + other }
    }
}

extension String {
    private var lines: [Substring] { split(separator: "\n", omittingEmptySubsequences: false) }

    /// What stands between a mark and the next `README: end`, without its indentation and what is not shown.
    fileprivate func region(_ name: String) -> String? {
        guard let start = lines.firstIndex(where: { $0.hasSuffix("// \(name)") }) else { return nil }
        let margin = lines[start].prefix { $0 == " " }.count
        return lines[(start + 1)...].prefix { !$0.hasSuffix("// README: end") }
            .filter { !$0.hasSuffix("// not shown") }
            .map { $0.dropFirst(margin) }
            .joined(separator: "\n")
    }

    /// The fenced blocks of a Markdown text.
    fileprivate func codeBlocks(language: String) -> [String] {
        var blocks: [String] = []
        var current: [Substring]?
        for line in lines {
            if line == "```\(language)" {
                current = []
            } else if line == "```", let block = current {
                blocks.append(block.joined(separator: "\n"))
                current = nil
            } else {
                current?.append(line)
            }
        }
        return blocks
    }

    fileprivate var withoutImports: String {
        String(lines.drop { $0.hasPrefix("import ") || $0.isEmpty }.joined(separator: "\n"))
    }

    /// Where the links of a Markdown text lead, those to other sites and inside the text left out.
    fileprivate var linkTargets: [String] {
        matches(of: #/\]\(([^)\s#]+)[^)]*\)/#).map { String($0.output.1) }.filter { !$0.contains("://") }
    }

    /// The cells of each row of a Markdown text's tables.
    fileprivate var tableRows: [[String]] {
        lines.filter { $0.hasPrefix("|") }.map { line in
            line.dropFirst().split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }
}
