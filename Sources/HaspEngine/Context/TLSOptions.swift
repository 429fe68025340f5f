//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspWire

/// Everything a ``SecureContext`` is made from: values only, so that contexts can be cached and compared.
///
/// An option left alone takes its value from ``policy``. The counterparts in node:tls are options of
/// `createSecureContext`.
public struct TLSOptions: Hashable, Sendable {
    /// Versions, suites and groups under one name.
    public var policy: SecurityPolicy

    /// The lowest version to accept (`minVersion`).
    public var minimumVersion: ProtocolVersion?

    /// The highest version to offer (`maxVersion`).
    public var maximumVersion: ProtocolVersion?

    /// A cipher string in OpenSSL's language (`ciphers`), joined by `:`. Names that begin with `TLS_` are suites of
    /// TLS 1.3; all others concern 1.2 and older. When only suites of 1.3 are named, the lowest version becomes 1.3.
    public var ciphers: String?

    /// Key exchange groups, most wanted first (`ecdhCurve`). Unlike the policy's, each of them must be known.
    public var groups: [NamedGroup]?

    /// Signature algorithms in OpenSSL's language, such as `ECDSA+SHA256:RSA-PSS+SHA256:ed25519` (`sigalgs`).
    public var signatureAlgorithms: String?

    /// Whether a server's order of suites decides (`honorCipherOrder`).
    public var isServerOrderDecisive: Bool?

    /// Certificates with their keys, at most one for each key type (`cert`, `key`, `passphrase`).
    public var identities: [Identity]

    /// Which certificates end a chain of trust (`ca`).
    public var trust: Trust

    /// Whether the peer must prove who it is (`rejectUnauthorized`, `requestCert`).
    public var verification: PeerVerification

    /// How a certificate's names are compared with the name that was asked for.
    public var identityRules: IdentityRules

    /// Application protocols, most wanted first (`ALPNProtocols`); empty means that none is offered or chosen. A
    /// server whose list has nothing in common with the client's ends the handshake with alert 120.
    public var alpnProtocols: [String]

    /// What happens to sessions after the handshake.
    public var sessions: SessionOptions

    /// Options with safe defaults.
    public init(
        policy: SecurityPolicy = .default,
        minimumVersion: ProtocolVersion? = nil,
        maximumVersion: ProtocolVersion? = nil,
        ciphers: String? = nil,
        groups: [NamedGroup]? = nil,
        signatureAlgorithms: String? = nil,
        isServerOrderDecisive: Bool? = nil,
        identities: [Identity] = [],
        trust: Trust = .system,
        verification: PeerVerification = .byRole,
        identityRules: IdentityRules = .node,
        alpnProtocols: [String] = [],
        sessions: SessionOptions = SessionOptions()
    ) {
        self.policy = policy
        self.minimumVersion = minimumVersion
        self.maximumVersion = maximumVersion
        self.ciphers = ciphers
        self.groups = groups
        self.signatureAlgorithms = signatureAlgorithms
        self.isServerOrderDecisive = isServerOrderDecisive
        self.identities = identities
        self.trust = trust
        self.verification = verification
        self.identityRules = identityRules
        self.alpnProtocols = alpnProtocols
        self.sessions = sessions
    }
}

/// Whether the peer must prove who it is.
public enum PeerVerification: String, Hashable, Sendable {
    /// A client verifies the server in full; a server asks clients for no certificate.
    case byRole

    /// The peer must show a certificate that is trusted (and, towards a server, that is for its name). A server with
    /// this setting turns clients without one away: mutual TLS.
    case required

    /// A certificate is asked for and checked; the handshake goes on whatever comes out, and `isAuthorized` and
    /// `authorizationError` tell (`rejectUnauthorized: false` in node:tls, with `requestCert: true` on a server).
    case reportOnly

    /// The peer's certificate is not looked at. Anybody on the way can read and change everything.
    case dangerouslySkipVerification

    package func isVerifying(as role: TLSRole) -> Bool {
        switch self {
        case .byRole: role == .client
        case .required, .reportOnly: true
        case .dangerouslySkipVerification: false
        }
    }

    package func isRejecting(as role: TLSRole) -> Bool {
        self == .required || (self == .byRole && role == .client)
    }
}

/// What happens to sessions after the handshake.
public struct SessionOptions: Hashable, Sendable {
    /// Whether a server hands out tickets with which a client may resume (RFC 5077; RFC 8446, section 4.6.1).
    public var isTicketsEnabled: Bool

    /// How many tickets follow a full TLS 1.3 handshake; OpenSSL's own default is 2.
    public var ticketsPerHandshake: Int

    /// For how many seconds a session may be resumed (`sessionTimeout`). The default, two hours, is what OpenSSL
    /// and node:tls really use.
    public var timeoutSeconds: Int

    /// - Parameters:
    ///   - isTicketsEnabled: see ``isTicketsEnabled``. Default: true.
    ///   - ticketsPerHandshake: 0 to 16. Default: 2.
    ///   - timeoutSeconds: 1 to 2³¹−1. Default: 7200.
    public init(isTicketsEnabled: Bool = true, ticketsPerHandshake: Int = 2, timeoutSeconds: Int = 7200) {
        self.isTicketsEnabled = isTicketsEnabled
        self.ticketsPerHandshake = ticketsPerHandshake
        self.timeoutSeconds = timeoutSeconds
    }
}

extension TLSOptions {
    /// Whether the options alone decide what a context becomes, with no file to read.
    package var isSelfContained: Bool {
        let hasIdentityFile = identities.contains { identity in
            switch identity.source {
            case .files: true
            case .pem, .der: false
            }
        }
        let hasTrustFile = trust.additions.contains { addition in
            switch addition {
            case .file: true
            case .pem: false
            }
        }
        return !hasIdentityFile && !hasTrustFile
    }
}
