//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A folder for Unix sockets, whose paths must be short.
struct TemporaryFolder {
    let root: String

    init() throws {
        var template = Array("/tmp/hasp-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXFailure(code: errno) }
        root = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    static func removeFile(_ path: String) { unlink(path) }

    func remove() {
        unlink(path("tls.sock"))
        rmdir(root)
    }

    struct POSIXFailure: Error { var code: Int32 }
}
