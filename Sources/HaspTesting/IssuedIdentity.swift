//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspEngine

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A certificate with its chain and its key, as ``TestCA`` makes them.
public struct IssuedIdentity: Sendable {
    /// The leaf, then the intermediates, nearest first; without the root.
    public let certificateChain: [Certificate]
    public let privateKey: PrivateKey

    public init(certificateChain: [Certificate], privateKey: PrivateKey) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
    }

    /// The leaf. `nil` only for a chain that was made empty by hand.
    public var certificate: Certificate? { certificateChain.first }

    /// The whole chain in PEM.
    public var certificatePEM: String { certificateChain.map(\.pem).joined() }

    /// The key in PEM (PKCS#8), not encrypted. Empty if OpenSSL cannot write it.
    public var keyPEM: String { (try? privateKey.pem()) ?? "" }

    /// For the options of a context.
    public var identity: Identity { .pem(certificate: certificatePEM, key: keyPEM) }

    /// Writes chain and key as PEM files, over those of an earlier call. The key's file belongs to its owner alone
    /// (mode 0600).
    ///
    /// - Parameters:
    ///   - directory: an existing directory.
    ///   - name: how the files' names begin: `NAME-cert.pem` and `NAME-key.pem`.
    ///   - passphrase: encrypts the key.
    /// - Throws: ``TLSError`` with the code `fileUnreadable` when a file cannot be written.
    public func write(
        to directory: String, name: String = "server", passphrase: String? = nil
    ) throws(TLSError) -> (certificateFile: String, keyFile: String) {
        let certificateFile = "\(directory)/\(name)-cert.pem"
        let keyFile = "\(directory)/\(name)-key.pem"
        try TestFiles.save(certificatePEM, to: certificateFile, mode: 0o644)
        try TestFiles.save(try privateKey.pem(passphrase: passphrase), to: keyFile, mode: 0o600)
        return (certificateFile, keyFile)
    }
}

extension TestCA {
    /// Writes ``TestCA/certificate`` as `NAME-cert.pem` into an existing directory: what `--cacert` of other programs
    /// takes.
    ///
    /// - Returns: the path of the file.
    /// - Throws: ``TLSError`` with the code `fileUnreadable` when it cannot be written.
    public func write(to directory: String, name: String = "ca") throws(TLSError) -> String {
        let file = "\(directory)/\(name)-cert.pem"
        try TestFiles.save(pem, to: file, mode: 0o644)
        return file
    }
}

private enum TestFiles {
    /// Makes the file anew with its mode: a key is at no moment readable by others, also where an older file was.
    static func save(_ text: String, to path: String, mode: mode_t) throws(TLSError) {
        unlink(path)
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw failure(path) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { writeOnce(file, $0) }
            guard written > 0 else {
                let error = failure(path)
                close(file)
                throw error
            }
            rest = rest.dropFirst(written)
        }
        guard close(file) == 0 else { throw failure(path) }
    }

    /// One write; again when a signal came in between.
    private static func writeOnce(_ file: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
        while true {
            let count = write(file, bytes.baseAddress, bytes.count)
            if count >= 0 || errno != EINTR { return count }
        }
    }

    private static func failure(_ path: String) -> TLSError {
        let reason = String(cString: strerror(errno))
        return TLSError(.fileUnreadable, "\(path) cannot be written: \(reason)", phase: .configuration)
    }
}
