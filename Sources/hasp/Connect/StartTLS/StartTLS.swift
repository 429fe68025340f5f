//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import ArgumentParser
import HaspTLS
import NIOCore

/// A protocol that begins in the clear and changes over to TLS; what `--starttls` takes.
enum StartTLS: String, CaseIterable, ExpressibleByArgument, Sendable {
    case smtp, imap, pop3, ftp, ldap, postgres, mysql

    /// The protocol's name for people.
    var name: String {
        switch self {
        case .smtp, .imap, .pop3, .ftp, .ldap: rawValue.uppercased()
        case .postgres: "PostgreSQL"
        case .mysql: "MySQL"
        }
    }

    /// The port that IANA has registered for the protocol in the clear.
    var defaultPort: Int {
        switch self {
        case .smtp: 25
        case .imap: 143
        case .pop3: 110
        case .ftp: 21
        case .ldap: 389
        case .postgres: 5432
        case .mysql: 3306
        }
    }

    /// Speaks the protocol up to the point where the client is to send its ClientHello.
    ///
    /// - Parameters:
    ///   - socket: a plain connection from which nothing has been read.
    ///   - deadline: until when the server must have agreed.
    /// - Throws: ``StartTLSFailure``, or ``TLSError`` when the connection breaks.
    func negotiate(on socket: TLSSocket, deadline: NIODeadline) async throws {
        let conversation = PlainConversation(socket: socket, deadline: deadline)
        // A closed channel wakes the read that waits for a server which says nothing.
        let timer = socket.channel.eventLoop.scheduleTask(deadline: deadline) { [channel = socket.channel] in
            channel.close(mode: .all, promise: nil)
        }
        defer { timer.cancel() }
        switch self {
        case .smtp: try await smtp(conversation)
        case .imap: try await imap(conversation)
        case .pop3: try await pop3(conversation)
        case .ftp: try await ftp(conversation)
        case .ldap: try await ldap(conversation)
        case .postgres: try await postgres(conversation)
        case .mysql: try await mysql(conversation)
        }
        // What came in the clear after the agreement could be taken for a part of the protected talk (CVE-2011-0411).
        guard conversation.leftover == 0 else { throw StartTLSFailure.clearTextAfterAgreement(conversation.leftover) }
    }
}
