//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation

/// The tests' own sources, for tests that check tests.
enum SourceText {
    static func ofThisTarget(_ here: String = #filePath) throws -> [String] {
        let root = URL(fileURLWithPath: here).deletingLastPathComponent().deletingLastPathComponent()
            .resolvingSymlinksInPath()
        let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        return try (files?.allObjects ?? []).compactMap { $0 as? URL }
            .filter { $0.pathExtension == "swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }
    }
}
