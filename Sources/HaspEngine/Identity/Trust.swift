//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Which certificates end a chain of trust.
public struct Trust: Hashable, Sendable {
    package enum Addition: Hashable, Sendable {
        case file(String)
        case pem([UInt8])
    }

    /// Whether the certificates of the operating system count.
    package var includesSystem: Bool
    package var additions: [Addition]

    /// The store of the operating system, which is OpenSSL's default file and folder.
    public static let system = Trust(includesSystem: true, additions: [])

    /// Nobody: every chain is refused.
    public static let nobody = Trust(includesSystem: false, additions: [])

    /// Only the certificates in a PEM file, in place of the system's (`ca` in node:tls).
    public static func file(_ path: String) -> Trust { Trust(includesSystem: false, additions: [.file(path)]) }

    /// Only the certificates in a PEM text, in place of the system's (`ca` in node:tls).
    public static func pem(_ text: String) -> Trust {
        Trust(includesSystem: false, additions: [.pem(Array(text.utf8))])
    }

    /// The same trust and that of a PEM file.
    public func adding(file path: String) -> Trust {
        Trust(includesSystem: includesSystem, additions: additions + [.file(path)])
    }

    /// The same trust and that of a PEM text.
    public func adding(pem text: String) -> Trust {
        Trust(includesSystem: includesSystem, additions: additions + [.pem(Array(text.utf8))])
    }
}

/// An `X509_STORE` with one reference; OpenSSL locks it inside, so contexts on all threads may share it.
final class TrustStoreHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    /// The certificates that were added, for the list of acceptable authorities that a server sends.
    let additions: [Certificate]

    init(adopting pointer: OpaquePointer, additions: [Certificate]) {
        self.pointer = pointer
        self.additions = additions
    }

    deinit { X509_STORE_free(pointer) }
}

extension Trust {
    /// Loading the system's file parses some 140 certificates: it is done once in a process.
    private static let systemStore = Mutex<TrustStoreHandle?>(nil)

    func load() throws(TLSError) -> TrustStoreHandle {
        if includesSystem && additions.isEmpty { return try Self.sharedSystemStore() }
        var certificates: [Certificate] = []
        for addition in additions { certificates += try addition.certificates() }
        return try Self.makeStore(includingSystem: includesSystem, certificates: certificates)
    }

    private static func sharedSystemStore() throws(TLSError) -> TrustStoreHandle {
        let result: Result<TrustStoreHandle, TLSError> = systemStore.withLock { known in
            if let known { return .success(known) }
            do throws(TLSError) {
                let store = try makeStore(includingSystem: true, certificates: [])
                known = store
                return .success(store)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private static func makeStore(
        includingSystem: Bool, certificates: [Certificate]
    ) throws(TLSError) -> TrustStoreHandle {
        ErrorQueue.clear()
        guard let pointer = X509_STORE_new() else {
            throw TLSError(.internalFailure, "no memory", phase: .configuration, openSSL: ErrorQueue.drain())
        }
        let store = TrustStoreHandle(adopting: pointer, additions: certificates)
        if includingSystem { loadSystemCertificates(into: pointer) }
        for certificate in certificates where X509_STORE_add_cert(pointer, certificate.handle.pointer) != 1 {
            throw TLSError(
                .trustUnreadable, "a certificate cannot be trusted: \(certificate.subject)", phase: .configuration,
                openSSL: ErrorQueue.drain())
        }
        ErrorQueue.clear()
        return store
    }

    /// OpenSSL's default file and folder, or what `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    ///
    /// `X509_STORE_set_default_paths` would do the same and add a third way, which reads the whole folder each time an
    /// issuer is looked for: it doubled the cost of a handshake. The folder's certificates are found by the hash of
    /// their names, when they are needed.
    private static func loadSystemCertificates(into store: OpaquePointer) {
        let file = environment(X509_get_default_cert_file_env()) ?? String(cString: X509_get_default_cert_file())
        let folder = environment(X509_get_default_cert_dir_env()) ?? String(cString: X509_get_default_cert_dir())
        // Most systems have one of the two; the other's absence is no fault.
        _ = X509_STORE_load_file(store, file)
        _ = X509_STORE_load_path(store, folder)
        ErrorQueue.clear()
    }

    private static func environment(_ name: UnsafePointer<CChar>) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension Trust.Addition {
    fileprivate func certificates() throws(TLSError) -> [Certificate] {
        let (bytes, origin): ([UInt8], String)
        switch self {
        case .file(let path): (bytes, origin) = (try FileBytes.read(path, purpose: "the trusted certificates"), path)
        case .pem(let text): (bytes, origin) = (text, "the given PEM text")
        }
        let found = PEMText.isPEM(bytes) ? (try? Certificate.all(inPEM: bytes)) : (try? [Certificate(der: bytes)])
        guard let found, !found.isEmpty else {
            throw TLSError(
                .trustUnreadable, "\(origin) holds no certificate that could be trusted", phase: .configuration,
                openSSL: ErrorQueue.drain(), values: ["file": origin])
        }
        return found
    }
}
