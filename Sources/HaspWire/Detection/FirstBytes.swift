//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// What a peer speaks, judged by the first bytes it sent.
///
/// Most failed handshakes are no failure of TLS: somebody talks to a port that speaks something else, or speaks
/// something else to a port of TLS. Both ends are covered: what a client might send first and what a server might
/// send first, be it as a greeting or as an answer to a ClientHello it did not understand.
public enum FirstBytes: Hashable, Sendable {
    /// Too little to tell.
    case needMoreData
    /// A TLS record, SSL 3.0 to TLS 1.3.
    case tlsRecord
    /// A hello of SSL 2.0, or in its format.
    case sslv2Hello
    /// An HTTP request with its method, such as `GET`; `PRI` is the beginning of HTTP/2.
    case httpRequest(method: String)
    /// An HTTP response with its status, such as 400.
    case httpResponse(status: Int)
    /// A page of HTML without HTTP headers, as web servers answer what they take for HTTP/0.9.
    case htmlPage
    /// The greeting of a mail server, or a mail client's EHLO.
    case smtp
    /// The greeting of an FTP server.
    case ftp
    /// A greeting that begins with 220 and names neither mail nor FTP.
    case smtpOrFTP
    /// The greeting of an IMAP server.
    case imap
    /// The greeting of a POP3 server.
    case pop3
    /// The identification line of SSH.
    case ssh
    /// A PostgreSQL client's request, or a server's answer to a request for TLS.
    case postgreSQL
    /// The greeting of a MySQL or MariaDB server.
    case mySQL
    /// A PROXY protocol header, version 1 (text).
    case proxyV1
    /// A PROXY protocol header, version 2 (binary).
    case proxyV2
    /// None of these.
    case unknown

    /// How many bytes are looked at. With that many the answer is never ``needMoreData``.
    public static let maximumByteCount = 1024

    /// Judges the first bytes of a connection in one direction.
    ///
    /// - Parameters:
    ///   - bytes: all bytes that arrived so far, from the first on.
    ///   - isComplete: whether no more will come, because the peer has closed or the wait is over. Then the answer is
    ///     never ``needMoreData``, except for no bytes at all, and a single `S` or `N` is PostgreSQL's.
    public static func classify(_ bytes: some Collection<UInt8>, isComplete: Bool = false) -> FirstBytes {
        let prefix = Array(bytes.prefix(maximumByteCount))
        guard !prefix.isEmpty else { return .needMoreData }
        let opening = Opening(bytes: prefix, isComplete: isComplete || prefix.count == maximumByteCount)

        var mayBecomeClear = false
        for recognize in Opening.recognizers {
            switch recognize(opening) {
            case .match(let result): return result
            case .possible: mayBecomeClear = true
            case .no: continue
            }
        }
        return mayBecomeClear && !opening.isComplete ? .needMoreData : .unknown
    }

    /// Whether the peer speaks TLS of a kind that is still spoken.
    public var isTLS: Bool { self == .tlsRecord }

    /// The answer for people, made to stand after "the peer sent", such as `a plain HTTP response`.
    public var name: String {
        switch self {
        case .needMoreData: "too little to tell"
        case .tlsRecord: "a TLS record"
        case .sslv2Hello: "an SSL 2.0 hello"
        case .httpRequest: "a plain HTTP request"
        case .httpResponse: "a plain HTTP response"
        case .htmlPage: "a plain HTML page"
        case .smtp: "a plain SMTP greeting"
        case .ftp: "a plain FTP greeting"
        case .smtpOrFTP: "a plain greeting of SMTP or FTP"
        case .imap: "a plain IMAP greeting"
        case .pop3: "a plain POP3 greeting"
        case .ssh: "an SSH identification"
        case .postgreSQL: "a plain PostgreSQL message"
        case .mySQL: "a plain MySQL greeting"
        case .proxyV1: "a PROXY protocol header (version 1)"
        case .proxyV2: "a PROXY protocol header (version 2)"
        case .unknown: "bytes of an unknown protocol"
        }
    }
}
