//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL

/// Small bridges from OpenSSL's values to Swift's. Each copies; none keeps a pointer.
enum OpenSSLValues {
    /// What a function with OpenSSL's `i2d_…` contract encodes; empty when it fails.
    static func der(_ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> CInt) -> [UInt8] {
        var memory: UnsafeMutablePointer<UInt8>?
        let count = encode(&memory)
        guard count > 0, let memory else { return [] }
        defer { CHasp_OPENSSL_free(memory) }
        return Array(UnsafeBufferPointer(start: memory, count: Int(count)))
    }

    /// What `write` writes to a memory BIO; `nil` when it answers anything but success.
    static func written(_ write: (OpaquePointer) -> CInt) -> [UInt8]? {
        guard let bio = CHasp_BIO_new_memory() else { return nil }
        defer { BIO_free(bio) }
        guard write(bio) > 0 else { return nil }
        var memory: UnsafePointer<UInt8>?
        let count = CHasp_BIO_memory(bio, &memory)
        guard count > 0, let memory else { return [] }
        return Array(UnsafeBufferPointer(start: memory, count: count))
    }

    /// Runs `read` on a read-only memory BIO over the bytes; `nil` when there is none to be had.
    static func reading<Result>(_ bytes: [UInt8], _ read: (OpaquePointer) -> Result?) -> Result? {
        guard let count = CInt(exactly: bytes.count) else { return nil }
        return bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress, let bio = BIO_new_mem_buf(base, count) else { return nil }
            defer { BIO_free(bio) }
            return read(bio)
        }
    }

    /// The content octets, NULs included.
    static func bytes(_ string: UnsafePointer<ASN1_STRING>?) -> [UInt8] {
        guard let string, let data = ASN1_STRING_get0_data(string) else { return [] }
        return Array(UnsafeBufferPointer(start: data, count: Int(ASN1_STRING_length(string))))
    }

    /// The content of a string of any ASN.1 type as text; `nil` when it is not valid in its own encoding.
    static func text(_ string: UnsafePointer<ASN1_STRING>?) -> String? {
        guard let string else { return nil }
        var memory: UnsafeMutablePointer<UInt8>?
        let count = ASN1_STRING_to_UTF8(&memory, string)
        guard count >= 0, let memory else { return nil }
        defer { CHasp_OPENSSL_free(memory) }
        return String(validating: UnsafeBufferPointer(start: memory, count: Int(count)), as: UTF8.self)
    }

    /// Each byte as the character of the same number: exact for IA5String and reversible for whatever else is in it.
    static func latin1(_ bytes: [UInt8]) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: bytes.lazy.map { Unicode.Scalar($0) })
        return text
    }

    /// The dotted form of an object identifier.
    static func dotted(_ object: OpaquePointer?) -> String { objectText(object, numeric: true) }

    /// OpenSSL's long name of an object identifier, or the dotted form where it has none.
    static func longName(_ object: OpaquePointer?) -> String { objectText(object, numeric: false) }

    /// OpenSSL's short name of an object identifier, or the dotted form where it has none.
    static func shortName(_ object: OpaquePointer?) -> String {
        let number = OBJ_obj2nid(object)
        guard number != NID_undef, let name = OBJ_nid2sn(number) else { return dotted(object) }
        return String(cString: name)
    }

    /// A number in upper-case hexadecimal digits, an even count of them.
    static func hex(_ number: OpaquePointer?) -> String? {
        guard let number, let memory = BN_bn2hex(number) else { return nil }
        defer { CHasp_OPENSSL_free(memory) }
        return String(cString: memory)
    }

    /// Upper-case hexadecimal digits of bytes.
    static func hex(_ bytes: [UInt8], separator: String = "") -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return byte < 16 ? "0" + digits : digits
        }.joined(separator: separator)
    }

    /// Runs `body` and takes away what it left on the error queue, so that a certificate can be read in the middle of a
    /// handshake without changing what the handshake reports.
    static func keepingErrors<Result>(_ body: () -> Result) -> Result {
        ERR_set_mark()
        defer { ERR_pop_to_mark() }
        return body()
    }

    private static func objectText(_ object: OpaquePointer?, numeric: Bool) -> String {
        guard let object else { return "" }
        let needed = OBJ_obj2txt(nil, 0, object, numeric ? 1 : 0)
        guard needed > 0 else { return "" }
        return String(unsafeUninitializedCapacity: Int(needed) + 1) { buffer in
            buffer.withMemoryRebound(to: CChar.self) { characters in
                _ = OBJ_obj2txt(characters.baseAddress, needed + 1, object, numeric ? 1 : 0)
            }
            return Int(needed)
        }
    }
}
