//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspEngine
import HaspTesting
import HaspWire
import Testing

/// Certificates and contexts that most tests share. Made once, when the first test asks.
enum Fixture {
    /// The authority that clients and servers of the tests trust.
    static var ca: TestCA { get throws { try madeCA.get() } }

    /// An authority that nobody trusts.
    static var stranger: TestCA { get throws { try madeStranger.get() } }

    /// A server's identity for `localhost`, 127.0.0.1 and ::1.
    static func identity(_ kind: PrivateKey.Kind = .p256) throws -> IssuedIdentity {
        try identity(kind, of: ca)
    }

    static func identity(_ kind: PrivateKey.Kind = .p256, of ca: TestCA) throws -> IssuedIdentity {
        try ca.issue(names: ["localhost", "127.0.0.1", "::1"], privateKey: TestKeys.shared(kind))
    }

    /// A client's identity.
    static func clientIdentity(
        _ name: String = "alice", of ca: TestCA? = nil, kind: PrivateKey.Kind = .p256,
        validity: TestValidity = .current
    ) throws -> IssuedIdentity {
        try (ca ?? Self.ca).issue(
            names: [], validity: validity, usages: ["clientAuth"], privateKey: TestKeys.shared(kind, slot: 1)
        ) { $0.subject = [("CN", name)] }
    }

    /// A server's context: P-256 certificate for `localhost`, trust in ``ca``.
    static func server(_ change: (inout TLSOptions) throws -> Void = { _ in }) throws -> SecureContext {
        var options = TLSOptions(identities: [try identity().identity], trust: .pem(try ca.pem))
        try change(&options)
        return try SecureContext(options)
    }

    /// A client's context that trusts ``ca``.
    static func client(_ change: (inout TLSOptions) throws -> Void = { _ in }) throws -> SecureContext {
        var options = TLSOptions(trust: .pem(try ca.pem))
        try change(&options)
        return try SecureContext(options)
    }

    /// A server's context with one identity.
    static func server(showing identity: IssuedIdentity, _ version: ProtocolVersion = .tls13) throws -> SecureContext {
        try server {
            $0.identities = [identity.identity]
            $0.maximumVersion = version
        }
    }

    /// Both ends, the client meaning `localhost`.
    static func pair(
        client: SecureContext? = nil, server: SecureContext? = nil, name: String? = "localhost"
    ) throws -> EnginePair {
        try EnginePair(client: client ?? Self.client(), server: server ?? Self.server(), name: name)
    }

    private static let madeCA = Result { try TestCA() }
    private static let madeStranger = Result { try TestCA(name: "A stranger") }
}

/// The versions with which almost everything is tried.
let testedVersions: [ProtocolVersion] = [.tls12, .tls13]

/// The number of an alert and who sent it, short enough for a table.
struct SeenAlert: Equatable, CustomStringConvertible {
    var number: UInt8
    var isReceived: Bool

    static func sent(_ number: UInt8) -> SeenAlert { SeenAlert(number: number, isReceived: false) }
    static func received(_ number: UInt8) -> SeenAlert { SeenAlert(number: number, isReceived: true) }

    var description: String { "\(isReceived ? "received" : "sent") \(number)" }
}

extension TLSError {
    var seenAlert: SeenAlert? {
        alert.map { SeenAlert(number: $0.alert.description.rawValue, isReceived: $0.isReceived) }
    }
}

extension EnginePair {
    /// Runs the handshake to its end or failure and gives the error that came first.
    func failure() -> TLSError? {
        exchange()
        return firstError
    }
}
