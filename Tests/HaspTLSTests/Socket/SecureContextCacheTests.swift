//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTesting
import Testing

@testable import HaspTLS

/// Contexts that clients use again and again are made once; what stands in files is read each time.
@Suite struct SecureContextCacheTests {
    @Test func equalOptionsShareAContext() async throws {
        let cache = SecureContextCache()
        let options = try TLSFixture.client().tls
        let first = try await cache.context(for: options)
        #expect(try await cache.context(for: options) === first)
        var others = options
        others.alpnProtocols = ["h2"]
        #expect(try await cache.context(for: others) !== first)
    }

    @Test func filesAreReadEachTime() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try TLSFixture.ca.write(to: folder.root)
        defer { TemporaryFolder.removeFile(file) }
        var options = TLSOptions()
        options.trust = .file(file)
        let cache = SecureContextCache()
        let first = try await cache.context(for: options)
        #expect(try await cache.context(for: options) !== first)
        TemporaryFolder.removeFile(file)
        let chosen = options
        let error = await #expect(throws: TLSError.self) { _ = try await cache.context(for: chosen) }
        #expect(error?.code == .fileUnreadable)
    }

    @Test func theCacheIsBounded() async throws {
        let cache = SecureContextCache()
        var first = TLSOptions(trust: .nobody)
        first.alpnProtocols = ["first"]
        weak let kept = try await cache.context(for: first)
        #expect(kept != nil)
        for index in 0..<40 {
            var options = first
            options.alpnProtocols = ["other \(index)"]
            _ = try await cache.context(for: options)
        }
        #expect(kept == nil, "the oldest made room")
    }
}
