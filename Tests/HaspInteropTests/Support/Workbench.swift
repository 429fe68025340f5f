//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspTLS
import HaspTesting

/// The three kinds of key that certificates have here.
enum KeyKind: String, CaseIterable, Sendable {
    case rsa, p256, ed25519

    var privateKeyKind: PrivateKey.Kind {
        switch self {
        case .rsa: .rsa()
        case .p256: .p256
        case .ed25519: .ed25519
        }
    }

    /// With what the owner of such a key signs when both ends have Hasp's defaults.
    var signatureScheme: SignatureScheme {
        switch self {
        case .rsa: .rsaPSSRSAESHA256
        case .p256: .ecdsaSecp256r1SHA256
        case .ed25519: .ed25519
        }
    }
}

/// A directory with an authority's certificate in it, and whatever a test needs besides; goes away with the value.
final class Workbench: Sendable {
    let directory: URL
    let ca: TestCA
    let caFile: String

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("hasp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        ca = try TestCA()
        caFile = try ca.write(to: directory.path)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    var path: String { directory.path }

    func file(_ name: String) -> URL { directory.appendingPathComponent(name) }

    /// A certificate for these names.
    func issue(_ names: [String] = ["localhost", "127.0.0.1"], key: KeyKind = .p256) throws -> IssuedIdentity {
        try ca.issue(names: names, privateKey: try TestKeys.shared(key.privateKeyKind))
    }

    /// Options for a Hasp client that trusts the authority.
    func clientOptions(_ change: (inout TLSOptions) -> Void = { _ in }) -> ClientOptions {
        var tls = TLSOptions(trust: .pem(ca.pem))
        change(&tls)
        return ClientOptions(tls: tls)
    }
}
