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

/// The certificate that the server shows, read and found usable, and how a client gets to trust it.
struct ServerCredentials: Sendable {
    private let identity: Identity
    private let clientTrust: Trust?
    private let chain: [Certificate]

    /// The file that clients are to trust; nil when the certificate comes from elsewhere and they may trust it already.
    let trustFile: String?

    /// What was made anew, for people.
    let news: String?

    /// - Throws: ``TLSError`` when a file cannot be used, or a certificate is not valid today.
    init(_ command: ServeCommand, at moment: Date = Date()) throws(TLSError) {
        if let certificate = command.cert, let key = command.key {
            identity = .files(certificate: certificate, key: key)
            news = nil
            chain = try SecureContext(identity: identity).chains.first ?? []
            try Self.check(chain, of: certificate, at: moment)
            trustFile = chain.first?.isSelfIssued == true ? certificate : nil
        } else {
            let folder = try StateFolder(path: command.stateDir, environment: ProcessInfo.processInfo.environment)
            let own = try DevelopmentCA(folder: folder, names: MachineNames()).credentials(at: moment)
            identity = .files(certificate: own.certificateFile, key: own.keyFile)
            news = own.news
            chain = try SecureContext(identity: identity).chains.first ?? []
            trustFile = own.caFile
        }
        clientTrust = command.clientCa.map { Trust.file($0) }
    }

    /// - Parameter alpn: application protocols, most wanted first.
    func context(alpn: [String] = []) throws(TLSError) -> SecureContext {
        var options = TLSOptions(identities: [identity], alpnProtocols: alpn)
        if let clientTrust {
            options.trust = clientTrust
            options.verification = .required
        }
        return try SecureContext(options)
    }

    /// A name of the certificate by which to reach this machine.
    var name: String {
        let names = chain.first?.subjectAlternativeNames.compactMap { name -> String? in
            guard case .dns(let text) = name, !text.contains("*") else { return nil }
            return text
        }
        guard let names, let first = names.first, !names.contains("localhost") else { return "localhost" }
        return Shell.isPlain(first) ? first : "localhost"
    }

    var isClientCertificateRequired: Bool { clientTrust != nil }

    /// No client would accept such a certificate: better to say so now than to each of them.
    private static func check(_ chain: [Certificate], of file: String, at moment: Date) throws(TLSError) {
        for certificate in chain where !certificate.isValid(at: moment) {
            let isOver = certificate.notAfter < moment
            let day = (isOver ? certificate.notAfter : certificate.notBefore).formatted(.iso8601)
            throw TLSError(
                .certificateRefused,
                "the certificate of \(certificate.subject) in \(file) "
                    + (isOver
                        ? "expired at \(day): renew it, or leave --cert and --key out to get one for development"
                        : "is not valid before \(day): check the clock of this machine, or use another certificate"),
                phase: .configuration, role: .server, values: ["file": file, "date": day],
                faultID: isOver ? .certExpired : .certNotYetValid)
        }
    }
}

/// Words for a command line that is pasted into a shell.
enum Shell {
    static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && !text.hasPrefix("-")
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || "/._-+@%:,".utf8.contains(byte)
            }
    }

    static func word(_ text: String) -> String {
        isPlain(text) ? text : "'" + text.replacing("'", with: #"'\''"#) + "'"
    }
}
