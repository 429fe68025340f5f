//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspTLS

/// One line of JSON of the programs in Peers.
struct PeerEvent: Decodable, Sendable {
    var event: String
    var port: Int?
    var version: String?
    var cipher: String?
    var group: String?
    var alpn: String?
    var subject: String?
    var serverName: String?
    var isAuthorized: Bool?
    var isReused: Bool?
    var text: String?
    var code: String?
    var message: String?
}

extension Peer {
    /// Waits for the first event of that name. Another error than the one that is waited for ends the wait.
    func event(_ name: String) async throws -> PeerEvent {
        try await record.wait(for: "event \(name) of \(self.name)") { record in
            let events = record.output.split(separator: 0x0A).compactMap {
                try? JSONDecoder().decode(PeerEvent.self, from: Data($0))
            }
            if let found = events.first(where: { $0.event == name }) { return found }
            if record.hasEnded || events.contains(where: { $0.event == "error" }) {
                throw Unmet("\(self.name) said no \(name), but had \(record)")
            }
            return nil
        }
    }
}

/// What a peer says of a handshake; nil where it cannot tell.
struct PeerFacts: Sendable {
    var version: String?
    var cipher: CipherSuite?
    var group: String?
    var alpn: String?
    /// The common name in Hasp's certificate.
    var subject: String?
    var serverName: String?
}

extension PeerProgram {
    /// Waits until the peer has shaken hands.
    func facts(of peer: Peer) async throws -> PeerFacts {
        if self == .openssl { return try await OpenSSL.facts(of: peer) }
        let event = try await peer.event("secure")
        let cipher = event.cipher.flatMap { CipherSuite(name: $0) ?? CipherSuite(openSSLName: $0) }
        return PeerFacts(
            version: event.version, cipher: cipher, group: event.group,
            alpn: event.alpn.flatMap { $0.isEmpty ? nil : $0 }, subject: event.subject,
            serverName: event.serverName.flatMap { $0.isEmpty ? nil : $0 })
    }

    /// Waits until a client has heard again what it said, has taken leave and (if it waits for that) was answered.
    func finishesEcho(_ peer: Peer, message: String) async throws -> Bool {
        if self == .openssl {
            try await peer.waits(for: message)
            peer.closeInput()
            return try await peer.end().status == 0
        }
        let heard = try await peer.event("received").text
        _ = try await peer.event("end")
        return heard == message
    }

    /// Waits until a server has seen its client take leave in good order.
    func seesOrderlyEnd(_ peer: Peer) async throws {
        if self == .openssl { try await peer.waits(for: "CONNECTION CLOSED") } else { _ = try await peer.event("end") }
    }

    /// Waits until the peer reports an error, and returns its words.
    func errorText(of peer: Peer) async throws -> String {
        if self == .openssl { return try await peer.find("error") { $0.contains(":error:") ? $0 : nil } }
        let event = try await peer.event("error")
        return "\(event.code ?? "") \(event.message ?? "")"
    }
}
