//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL

/// A certificate with its chain and its private key: who this side is.
///
/// Printing an identity shows where it comes from, never the key or the passphrase.
public struct Identity: Hashable, Sendable {
    package enum Source: Hashable, Sendable {
        case files(certificate: String, key: String)
        case pem(certificate: [UInt8], key: [UInt8])
        case der(chain: [[UInt8]], key: [UInt8])
    }

    package var source: Source
    package var passphrase: String?

    /// Files in PEM or DER: the certificate first, then its intermediates in order (`fullchain.pem`), and the key.
    ///
    /// - Parameters:
    ///   - certificate: path of the certificate file.
    ///   - key: path of the private key: PKCS#8, PKCS#1 or SEC1.
    ///   - passphrase: needed when the key is encrypted.
    public static func files(certificate: String, key: String, passphrase: String? = nil) -> Identity {
        Identity(source: .files(certificate: certificate, key: key), passphrase: passphrase)
    }

    /// PEM text: the certificate first, then its intermediates in order, and the key.
    public static func pem(certificate: String, key: String, passphrase: String? = nil) -> Identity {
        Identity(source: .pem(certificate: Array(certificate.utf8), key: Array(key.utf8)), passphrase: passphrase)
    }

    /// DER: the certificate first, then its intermediates in order, and the key.
    public static func der(chain: [[UInt8]], key: [UInt8], passphrase: String? = nil) -> Identity {
        Identity(source: .der(chain: chain, key: key), passphrase: passphrase)
    }
}

extension Identity: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Where the identity comes from: paths, or the form in which it was given.
    public var description: String {
        switch source {
        case .files(let certificate, let key): "Identity(certificate: \(certificate), key: \(key))"
        case .pem: "Identity(PEM)"
        case .der(let chain, _): "Identity(DER, \(chain.count) certificates)"
        }
    }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// Empty, so that `dump` shows neither key nor passphrase.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// An identity after reading: what OpenSSL is given.
struct LoadedIdentity {
    var chain: [Certificate]
    var key: PrivateKey
    /// For messages: where the certificate came from.
    var certificateOrigin: String
    var keyOrigin: String
}

extension Identity {
    func load() throws(TLSError) -> LoadedIdentity {
        switch source {
        case .files(let certificateFile, let keyFile):
            let chain = try Self.certificates(
                try FileBytes.read(certificateFile, purpose: "the certificate"), origin: certificateFile)
            let key = try Self.key(
                try FileBytes.read(keyFile, purpose: "the private key"), passphrase: passphrase, origin: keyFile)
            return LoadedIdentity(
                chain: chain, key: key, certificateOrigin: certificateFile, keyOrigin: keyFile)
        case .pem(let certificate, let key):
            return LoadedIdentity(
                chain: try Self.certificates(certificate, origin: "the given PEM text"),
                key: try Self.key(key, passphrase: passphrase, origin: "the given PEM text"),
                certificateOrigin: "the given certificate", keyOrigin: "the given key")
        case .der(let blocks, let key):
            var chain: [Certificate] = []
            for block in blocks { chain.append(try Certificate(der: block)) }
            guard !chain.isEmpty else {
                throw TLSError(.certificateUnreadable, "the chain is empty", phase: .configuration)
            }
            return LoadedIdentity(
                chain: chain, key: try Self.key(key, passphrase: passphrase, origin: "the given DER key"),
                certificateOrigin: "the given certificate", keyOrigin: "the given key")
        }
    }

    private static func certificates(_ bytes: [UInt8], origin: String) throws(TLSError) -> [Certificate] {
        do {
            if PEMText.isPEM(bytes) {
                let chain = try Certificate.all(inPEM: bytes)
                if !chain.isEmpty { return chain }
            } else {
                return [try Certificate(der: bytes)]
            }
        } catch {
            throw TLSError(
                .certificateUnreadable, "\(origin) cannot be read as a certificate", phase: .configuration,
                openSSL: error.openSSL, values: ["file": origin])
        }
        throw TLSError(
            .certificateUnreadable, "\(origin) holds no certificate", phase: .configuration,
            values: ["file": origin])
    }

    private static func key(_ bytes: [UInt8], passphrase: String?, origin: String) throws(TLSError) -> PrivateKey {
        do {
            if PEMText.isPEM(bytes) {
                return try PrivateKey(pem: String(decoding: bytes, as: UTF8.self), passphrase: passphrase)
            }
            return try PrivateKey(der: bytes, passphrase: passphrase)
        } catch {
            let what =
                error.code == .passphraseWrong
                ? "\(origin) is encrypted and the passphrase is \(passphrase == nil ? "missing" : "wrong")"
                : "\(origin) cannot be read as a private key"
            throw TLSError(
                error.code, what, phase: .configuration, openSSL: error.openSSL, values: ["file": origin])
        }
    }
}

enum PEMText {
    /// Whether the bytes hold a PEM frame; DER never contains one by chance.
    static func isPEM(_ bytes: [UInt8]) -> Bool {
        let mark = Array("-----BEGIN ".utf8)
        guard bytes.count >= mark.count else { return false }
        // Text may stand before the first frame, as `openssl x509 -text` writes it.
        return bytes.withUnsafeBytes { all in
            mark.withUnsafeBytes { mark in
                (0...(all.count - mark.count)).contains { start in
                    all[start] == mark[0]
                        && UnsafeRawBufferPointer(rebasing: all[start..<start + mark.count])
                            .elementsEqual(mark)
                }
            }
        }
    }
}
