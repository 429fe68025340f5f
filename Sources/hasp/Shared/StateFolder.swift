//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A folder that keeps what must survive a restart. Keys in it are readable for their owner only.
struct StateFolder: Sendable {
    let root: String
    /// Chosen by the user, who may have other things in it, or this program's own.
    private let isOwn: Bool

    /// - Parameters:
    ///   - path: what the user asked for.
    ///   - environment: where `XDG_STATE_HOME` and `HOME` are looked up.
    /// - Throws: ``TLSError`` when there is neither a wish nor a home.
    init(path: String?, environment: [String: String]) throws(TLSError) {
        if let path {
            guard !path.isEmpty else { throw Self.failure("--state-dir needs the path of a folder") }
            self.init(root: path, isOwn: false)
        } else if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
            self.init(root: state + "/hasp", isOwn: true)
        } else if let home = environment["HOME"], home.hasPrefix("/") {
            self.init(root: (home == "/" ? "" : home) + "/.local/state/hasp", isOwn: true)
        } else {
            throw Self.failure(
                "there is no home folder to keep the development CA in: name a folder with --state-dir, or bring a "
                    + "certificate with --cert and --key")
        }
    }

    private init(root: String, isOwn: Bool) {
        self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
        self.isOwn = isOwn
    }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    func exists(_ name: String) -> Bool { access(path(name), F_OK) == 0 }

    /// Makes the folder if need be, and refuses one in which others could exchange the keys.
    func prepare() throws(TLSError) {
        var status = stat()
        if stat(root, &status) != 0 {
            guard errno == ENOENT else { throw systemFailure("the folder \(root) cannot be used") }
            do {
                try FileManager.default.createDirectory(
                    atPath: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw systemFailure("the folder \(root) cannot be made")
            }
            // The mask of the process has taken part above.
            guard chmod(root, 0o700) == 0 else { throw systemFailure("the folder \(root) cannot be protected") }
            return
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw Self.failure("\(root) is no folder: choose another with --state-dir")
        }
        if isOwn, status.st_uid == geteuid(), status.st_mode & 0o077 != 0, chmod(root, 0o700) == 0 { return }
        guard status.st_mode & 0o022 == 0 else {
            throw Self.failure(
                "others can write to the folder \(root), and could exchange the keys: run chmod go-w on it, or choose "
                    + "another with --state-dir")
        }
    }

    func read(_ name: String) throws(TLSError) -> String {
        String(decoding: try FileBytes.read(path(name), purpose: "the file"), as: UTF8.self)
    }

    /// Takes rights on a secret away from everybody else, should somebody have given them.
    func restrict(_ name: String) { _ = chmod(path(name), 0o600) }

    /// Writes a file so that a reader, or a machine that loses power, sees the old content or the new one.
    func write(_ text: String, to name: String, isSecret: Bool) throws(TLSError) {
        let draft = path(".\(name).\(getpid())")
        unlink(draft)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, isSecret ? 0o600 : 0o644)
        guard file >= 0 else { throw systemFailure("\(path(name)) cannot be written") }
        let isWritten = OutputFile(descriptor: file).write(Array(text.utf8)) == .written && fsync(file) == 0
        let isClosed = close(file) == 0
        guard isWritten, isClosed, rename(draft, path(name)) == 0 else {
            let failure = systemFailure("\(path(name)) cannot be written")
            unlink(draft)
            throw failure
        }
    }

    private func systemFailure(_ what: String) -> TLSError {
        Self.failure(
            "\(what): \(String(cString: strerror(errno))); choose another folder with --state-dir",
            values: ["file": root])
    }

    private static func failure(_ what: String, values: [String: String] = [:]) -> TLSError {
        TLSError(.fileUnreadable, what, phase: .configuration, values: values)
    }
}

// MARK: - One at a time

extension StateFolder {
    /// Held while files are looked at and made: two servers that start together must not mix their keys.
    struct Lock {
        fileprivate let file: CInt

        func release() { _ = close(file) }
    }

    func lock() throws(TLSError) -> Lock {
        let file = open(path(".lock"), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw systemFailure("\(path(".lock")) cannot be opened") }
        while flock(file, LOCK_EX) != 0 {
            guard errno == EINTR else {
                // A file system without locks: better to go on than to refuse service.
                break
            }
        }
        return Lock(file: file)
    }
}
