//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL

/// A private key: RSA, EC, Ed25519 or any other kind that OpenSSL reads.
///
/// The key itself stays in OpenSSL's memory; printing a value shows its kind and never the key.
public struct PrivateKey: Sendable {
    let handle: PrivateKeyHandle

    /// What kind of key to make.
    public enum Kind: Hashable, Sendable {
        /// RSA with a modulus of so many bits. Slow to make: about a tenth of a second for 2048 bits.
        case rsa(bits: Int = 2048)
        /// EC over NIST's curve P-256 (`prime256v1`).
        case p256
        /// EC over NIST's curve P-384 (`secp384r1`).
        case p384
        /// Ed25519 (RFC 8032).
        case ed25519
    }

    /// Makes a new key.
    ///
    /// - Throws: ``TLSError`` with the code `optionInvalid` for an RSA size outside 512 to 16384 bits, or
    ///   `internalFailure`.
    public static func generate(_ kind: Kind) throws(TLSError) -> PrivateKey {
        ErrorQueue.clear()
        let pointer: OpaquePointer?
        switch kind {
        case .rsa(let bits):
            guard let bits = CInt(exactly: bits), rsaSizes.contains(bits) else {
                throw TLSError(
                    .optionInvalid, "an RSA key cannot have \(bits) bits: 512 to 16384 are possible",
                    phase: .configuration
                )
            }
            pointer = CHasp_generate_key("RSA", bits, nil)
        case .p256: pointer = CHasp_generate_key("EC", 0, "P-256")
        case .p384: pointer = CHasp_generate_key("EC", 0, "P-384")
        case .ed25519: pointer = CHasp_generate_key("ED25519", 0, nil)
        }
        guard let pointer else {
            throw TLSError(
                .internalFailure, "no key could be made", phase: .configuration, openSSL: ErrorQueue.drain()
            )
        }
        return PrivateKey(adopting: pointer)
    }

    /// Reads the first private key of a PEM text: PKCS#8, PKCS#1 or SEC 1, encrypted or not. Certificates beside it are
    /// passed over. Never asks on a terminal.
    ///
    /// - Parameter passphrase: used only when the key is encrypted.
    /// - Throws: ``TLSError`` with the code `passphraseWrong` when the key is encrypted and the passphrase is wrong or
    ///   missing, `privateKeyUnreadable` when there is no key or it is damaged.
    public init(pem: String, passphrase: String? = nil) throws(TLSError) {
        try self.init(pem: Array(pem.utf8), passphrase: passphrase)
    }

    /// As ``init(pem:passphrase:)-(String,_)``, from the bytes of a file.
    public init(pem: [UInt8], passphrase: String? = nil) throws(TLSError) {
        try self.init(pem, passphrase: passphrase, form: "PEM") { bio, context in
            PEM_read_bio_PrivateKey(bio, nil, answerPassphrase, context)
        }
    }

    /// Reads a private key in DER: PKCS#8 (encrypted or not), PKCS#1 or SEC 1. Errors as in
    /// ``init(pem:passphrase:)-(String,_)``.
    public init(der: [UInt8], passphrase: String? = nil) throws(TLSError) {
        if let plain = Self.decodePlain(der) {
            self.init(adopting: plain)
            return
        }
        try self.init(der, passphrase: passphrase, form: "DER") { bio, context in
            d2i_PKCS8PrivateKey_bio(bio, nil, answerPassphrase, context)
        }
    }

    /// Shares a key that somebody else owns.
    init(retaining pointer: OpaquePointer) {
        EVP_PKEY_up_ref(pointer)
        handle = PrivateKeyHandle(adopting: pointer)
    }

    /// Takes over the caller's reference.
    init(adopting pointer: OpaquePointer) { handle = PrivateKeyHandle(adopting: pointer) }

    /// The key for OpenSSL's functions; valid while the handle lives.
    var pointer: OpaquePointer { handle.pointer }
}

extension PrivateKey {
    /// The kind of key in words: `RSA`, `EC P-256`, `Ed25519`.
    public var keyType: String { KeyFacts(key: pointer).name }

    /// The size of the key in bits.
    public var keyBits: Int { KeyFacts(key: pointer).bits }

    /// The public half in DER (SubjectPublicKeyInfo): what ``Certificate/publicKey`` of its certificate is too.
    public var publicKey: [UInt8] { OpenSSLValues.der { i2d_PUBKEY(pointer, $0) } }

    /// Whether the certificate was made for this key.
    public func matches(_ certificate: Certificate) -> Bool {
        OpenSSLValues.keepingErrors { X509_check_private_key(certificate.pointer, pointer) == 1 }
    }

    /// The key in PEM (PKCS#8, RFC 5958), with a passphrase encrypted with AES-256-CBC. Keep the text as you keep keys:
    /// a file of it belongs to its owner alone (mode 0600).
    ///
    /// - Throws: ``TLSError`` with the code `optionInvalid` for an empty passphrase or one of more than 1,024 bytes.
    public func pem(passphrase: String? = nil) throws(TLSError) -> String {
        ErrorQueue.clear()
        let bytes: [UInt8]?
        if let passphrase {
            let secret = passphrase.utf8.map { CChar(bitPattern: $0) }
            guard 1...Passphrase.longest ~= secret.count else {
                throw TLSError(
                    .optionInvalid, "a passphrase has 1 to \(Passphrase.longest) bytes", phase: .configuration
                )
            }
            bytes = OpenSSLValues.written { bio in
                PEM_write_bio_PKCS8PrivateKey(bio, pointer, EVP_aes_256_cbc(), secret, CInt(secret.count), nil, nil)
            }
        } else {
            bytes = OpenSSLValues.written { PEM_write_bio_PKCS8PrivateKey($0, pointer, nil, nil, 0, nil, nil) }
        }
        guard let bytes else {
            throw TLSError(
                .internalFailure, "the key could not be written", phase: .configuration, openSSL: ErrorQueue.drain()
            )
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension PrivateKey: CustomStringConvertible, CustomDebugStringConvertible {
    /// The kind and size, never the key.
    public var description: String { "private key (\(keyType), \(keyBits) bits)" }

    /// The same as ``description``.
    public var debugDescription: String { description }
}

// MARK: - Helpers

/// Owns one reference to an EVP_PKEY.
///
/// `@unchecked`: the key is not changed once it is made, and the reference count is atomic.
final class PrivateKeyHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(adopting pointer: OpaquePointer) { self.pointer = pointer }

    deinit { EVP_PKEY_free(pointer) }
}

extension PrivateKey {
    /// Below 512 bits OpenSSL makes no key, above 16384 it uses none.
    private static let rsaSizes: ClosedRange<CInt> = 512...16_384

    private typealias Reader = (OpaquePointer, UnsafeMutableRawPointer) -> OpaquePointer?

    private init(_ bytes: [UInt8], passphrase: String?, form: String, _ read: Reader) throws(TLSError) {
        ErrorQueue.clear()
        let secret = Passphrase(passphrase)
        let pointer = withExtendedLifetime(secret) {
            OpenSSLValues.reading(bytes) { bio in
                read(bio, Unmanaged.passUnretained(secret).toOpaque())
            }
        }
        guard let pointer else {
            throw Self.failure(secret, form: form, entries: ErrorQueue.drain())
        }
        ErrorQueue.clear()
        self.init(adopting: pointer)
    }

    private static func decodePlain(_ der: [UInt8]) -> OpaquePointer? {
        OpenSSLValues.keepingErrors {
            der.withUnsafeBufferPointer { buffer in
                var position = buffer.baseAddress
                return d2i_AutoPrivateKey(nil, &position, buffer.count)
            }
        }
    }

    private static func failure(_ secret: Passphrase, form: String, entries: [OpenSSLErrorEntry]) -> TLSError {
        func error(_ code: TLSError.Code, _ detail: String) -> TLSError {
            TLSError(code, detail, phase: .configuration, openSSL: entries)
        }
        guard secret.wasAsked else {
            return error(.privateKeyUnreadable, "no private key in \(form) that OpenSSL can read")
        }
        guard secret.isGiven else {
            return error(.passphraseWrong, "the private key is encrypted and no passphrase was given")
        }
        guard !secret.isTooLong else {
            return error(.passphraseWrong, "the passphrase is longer than \(Passphrase.longest) bytes")
        }
        guard !entries.contains(where: \.isUnsupportedEncryption) else {
            return error(.privateKeyUnreadable, "the private key is encrypted in a way that OpenSSL does not support")
        }
        return error(.passphraseWrong, "the passphrase does not open the private key")
    }
}

extension OpenSSLErrorEntry {
    /// The cipher or key derivation of an encrypted key is unknown or switched off, so that no passphrase can help.
    fileprivate var isUnsupportedEncryption: Bool {
        guard library == Int(ERR_LIB_EVP) else { return false }
        return [EVP_R_UNSUPPORTED_ALGORITHM, EVP_R_UNKNOWN_PBE_ALGORITHM, EVP_R_UNSUPPORTED_CIPHER]
            .contains { reason == Int($0) }
    }
}

/// Answers OpenSSL's question for a passphrase. Without an answer of our own it would ask the terminal.
private final class Passphrase {
    /// The size of the buffer that OpenSSL offers (PEM_BUFSIZE).
    static let longest = 1024

    private let bytes: [UInt8]?
    private(set) var wasAsked = false
    private(set) var isTooLong = false

    var isGiven: Bool { bytes != nil }

    init(_ text: String?) { bytes = text.map { Array($0.utf8) } }

    func fill(_ buffer: UnsafeMutablePointer<CChar>, _ capacity: Int) -> CInt? {
        wasAsked = true
        guard let bytes else { return nil }
        guard bytes.count <= capacity, let count = CInt(exactly: bytes.count) else {
            isTooLong = true
            return nil
        }
        for (index, byte) in bytes.enumerated() { buffer[index] = CChar(bitPattern: byte) }
        return count
    }
}

private func answerPassphrase(
    _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: CInt, _ isForWriting: CInt, _ context: UnsafeMutableRawPointer?
) -> CInt {
    let failure: CInt = -1
    guard let buffer, let context else { return failure }
    return Unmanaged<Passphrase>.fromOpaque(context).takeUnretainedValue().fill(buffer, Int(capacity)) ?? failure
}
