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

/// Reads small files of configuration: keys, certificates, bundles.
package enum FileBytes {
    /// A bundle of every public root is about 250 KB; what is larger than this is not meant for us.
    package static let maximumSize = 16 << 20

    /// - Parameters:
    ///   - path: the file.
    ///   - purpose: what the file is for, as it shall stand in the error: "the certificate".
    package static func read(_ path: String, purpose: String) throws(TLSError) -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw failure(path, purpose, errno) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            bytes.append(contentsOf: chunk.prefix(count))
            guard bytes.count <= maximumSize else {
                throw TLSError(
                    .fileUnreadable, "\(purpose) \(path) is larger than \(maximumSize >> 20) MiB",
                    phase: .configuration, values: ["file": path])
            }
            if count == 0 { break }
        }
        guard ferror(file) == 0 else { throw failure(path, purpose, errno) }
        return bytes
    }

    private static func failure(_ path: String, _ purpose: String, _ number: CInt) -> TLSError {
        TLSError(
            .fileUnreadable, "\(purpose) \(path) cannot be read: \(String(cString: strerror(number)))",
            phase: .configuration, values: ["file": path])
    }
}
