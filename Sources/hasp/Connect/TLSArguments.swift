//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import ArgumentParser
import HaspTLS

/// What `--min` and `--max` take.
enum VersionArgument: String, CaseIterable, ExpressibleByArgument {
    case tls10 = "1.0"
    case tls11 = "1.1"
    case tls12 = "1.2"
    case tls13 = "1.3"

    var version: ProtocolVersion {
        switch self {
        case .tls10: .tls10
        case .tls11: .tls11
        case .tls12: .tls12
        case .tls13: .tls13
        }
    }
}

/// Options that say what is offered, trusted and shown.
struct TLSArguments: ParsableArguments {
    @Option(help: ArgumentHelp("Trust the certificates in this file instead of the system's.", valueName: "file"))
    var ca: String?

    @Option(help: ArgumentHelp("Show this certificate (PEM or DER, its chain after it).", valueName: "file"))
    var cert: String?

    @Option(help: ArgumentHelp("The certificate's private key. Default: the file of --cert.", valueName: "file"))
    var key: String?

    @Option(help: ArgumentHelp("A file whose first line is the passphrase of --key.", valueName: "file"))
    var passphraseFile: String?

    @Option(help: ArgumentHelp("The name to ask for (SNI) and to verify; none sends no SNI.", valueName: "name|none"))
    var servername: String?

    @Option(help: ArgumentHelp("Application protocols to offer, such as h2,http/1.1.", valueName: "a,b"))
    var alpn: String?

    @Option(
        help: ArgumentHelp(
            "The lowest version to accept; below 1.2 at OpenSSL's security level 0.", valueName: "1.0|1.1|1.2|1.3"))
    var min: VersionArgument?

    @Option(help: ArgumentHelp("The highest version to offer.", valueName: "1.0|1.1|1.2|1.3"))
    var max: VersionArgument?

    @Option(help: ArgumentHelp("A cipher string of OpenSSL; TLS_… names concern TLS 1.3.", valueName: "string"))
    var ciphers: String?

    @Option(help: ArgumentHelp("Key exchange groups, such as X25519,P-256.", valueName: "a,b"))
    var groups: String?

    @Option(help: ArgumentHelp("Signature algorithms, such as ECDSA+SHA256,ed25519.", valueName: "a,b"))
    var sigalgs: String?

    @Option(help: ArgumentHelp("A named set of versions, suites and groups.", valueName: "name"))
    var policy: String?

    @Flag(help: "Go on with a server that cannot prove who it is. Anybody on the way can read and change everything.")
    var insecure = false

    func validate() throws {
        if cert == nil, key != nil { throw ValidationError("--key needs --cert, the certificate that it belongs to") }
        if cert == nil, passphraseFile != nil { throw ValidationError("--passphrase-file needs --cert and --key") }
        _ = try chosenPolicy()
        _ = try chosenGroups()
        if let servername, servername.isEmpty {
            throw ValidationError("--servername is empty; \"none\" sends no name")
        }
    }
}

extension TLSArguments {
    /// The options of the library, the passphrase excepted: no file is read.
    ///
    /// - Throws: `ValidationError` for a name that is unknown.
    func options(timeout: TimeAmountSeconds) throws -> ClientOptions {
        var tls = TLSOptions()
        tls.policy = try chosenPolicy()
        tls.minimumVersion = min?.version
        tls.maximumVersion = max?.version
        tls.ciphers = ciphers
        tls.groups = try chosenGroups()
        tls.signatureAlgorithms = sigalgs.map { Self.list($0).joined(separator: ":") }
        tls.alpnProtocols = alpn.map(Self.list) ?? []
        if let ca { tls.trust = .file(ca) }
        if let cert {
            tls.identities = [.files(certificate: cert, key: key ?? cert)]
        }
        if insecure { tls.verification = .reportOnly }
        if isLegacyWanted, ciphers == nil { tls.ciphers = Self.legacyCiphers(of: tls.policy) }
        return ClientOptions(
            tls: tls, serverName: servername == Self.noName ? nil : servername,
            isServerNameSent: servername != Self.noName, timeout: timeout.amount)
    }

    private static let noName = "none"

    private var isLegacyWanted: Bool { [min, max].contains { ($0?.version ?? .tls12) < .tls12 } }

    /// OpenSSL allows versions below 1.2 at security level 0 only. Suites without authentication stay out.
    private static func legacyCiphers(of policy: SecurityPolicy) -> String {
        [policy.ciphers, "ALL:!aNULL:!eNULL:@SECLEVEL=0"].filter { !$0.isEmpty }.joined(separator: ":")
    }

    private func chosenPolicy() throws -> SecurityPolicy {
        guard let policy else { return .default }
        guard let known = SecurityPolicy(named: policy) else {
            let names = SecurityPolicy.all.map(\.name) + ["mozilla-modern", "mozilla-intermediate"]
            throw ValidationError(
                "there is no policy \"\(policy.escapingControls)\"; there are \(names.joined(separator: ", "))")
        }
        return known
    }

    private func chosenGroups() throws -> [NamedGroup]? {
        guard let groups else { return nil }
        return try Self.list(groups).map { name in
            guard let group = GroupNames.group(named: name) else {
                throw ValidationError(
                    "there is no group \"\(name.escapingControls)\"; an example: --groups X25519,P-256,P-384")
            }
            return group
        }
    }

    /// Lists are written with commas, or with colons as OpenSSL has them.
    private static func list(_ text: String) -> [String] {
        text.split { $0 == "," || $0 == ":" }.map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
    }
}

/// Groups by the names under which people know them.
enum GroupNames {
    private static let others: [String: NamedGroup] = [
        "p-256": .secp256r1, "prime256v1": .secp256r1, "p256": .secp256r1,
        "p-384": .secp384r1, "p384": .secp384r1,
        "p-521": .secp521r1, "p521": .secp521r1,
        "p-224": .secp224r1,
    ]

    /// Upper and lower case are the same.
    static func group(named name: String) -> NamedGroup? {
        let lower = name.lowercased()
        if let group = others[lower] { return group }
        return NamedGroup.registeredNames.first { $0.value.lowercased() == lower }?.key
    }
}
