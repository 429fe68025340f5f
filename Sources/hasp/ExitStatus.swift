//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import ArgumentParser
import HaspTLS

/// With what the command ends, in one place. Scripts rely on these numbers.
enum ExitStatus: Int32 {
    /// Everything went well.
    case fine = 0
    /// A failure that has no number of its own, such as a connection that breaks after the handshake.
    case failure = 1
    /// The handshake failed, or the server refused this side's certificate right after it.
    case handshake = 2
    /// There was no connection to shake hands on: no address, refused, no answer, no route.
    case noConnection = 4
    /// An option, a value or a file that cannot be used (`EX_USAGE` of sysexits.h).
    case usage = 64
    /// Ended with Ctrl-C: 128 and the number of SIGINT, as shells have it.
    case interrupted = 130

    /// The numbers for the help text.
    static let help = """
        Exit status: 0 fine, 1 another failure, 2 failed handshake, 4 no connection, 64 wrong use.
        """

    var code: ExitCode { ExitCode(rawValue) }
}

extension ExitStatus {
    /// The number for an error of the library.
    init(_ error: TLSError) {
        if error.phase == .configuration {
            self = .usage
            return
        }
        switch error.code {
        case .nameNotFound, .connectionRefused, .connectTimeout, .unreachable: self = .noConnection
        case .cancelled: self = .interrupted
        default:
            switch error.phase {
            case .connecting: self = .noConnection
            case .handshake: self = .handshake
            default: self = .failure
            }
        }
    }
}
