//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL

/// One entry of OpenSSL's error queue.
public struct OpenSSLErrorEntry: Hashable, Sendable, CustomStringConvertible {
    /// The packed number, as printed after `error:`.
    public var packed: UInt
    /// The number of the library inside OpenSSL; 20 is the TLS part.
    public var library: Int
    /// The number of the reason inside its library. From 1000 on, in library 20: received alert n + 1000.
    public var reason: Int
    /// The library in words, such as `SSL routines`.
    public var libraryName: String
    /// The reason in words, such as `wrong version number`. Texts differ between versions; numbers do not.
    public var reasonText: String
    /// What OpenSSL adds, such as a file name.
    public var data: String

    /// OpenSSL's customary form, as `openssl errstr` prints it.
    public var description: String {
        let hex = String(packed, radix: 16, uppercase: true)
        let padded = String(repeating: "0", count: max(0, 8 - hex.count)) + hex
        return "error:\(padded):\(libraryName)::\(reasonText)" + (data.isEmpty ? "" : " (\(data))")
    }

    /// Whether this entry belongs to the TLS part of OpenSSL.
    var isSSL: Bool { library == Int(ERR_LIB_SSL) }
}

/// OpenSSL's error queue belongs to the thread: it must be empty before a call whose result `SSL_get_error` explains,
/// and be read before the thread does anything else (docs/architecture.md, "Error queue").
enum ErrorQueue {
    static func clear() { ERR_clear_error() }

    /// Runs a check inside one of OpenSSL's callbacks. What it leaves on the queue stays when it fails.
    static func keepingEntriesOfFailure(_ body: () -> Bool) -> Bool {
        ERR_set_mark()
        let isFine = body()
        if isFine { ERR_pop_to_mark() } else { ERR_clear_last_mark() }
        return isFine
    }

    /// Takes every entry off the queue, the deepest (oldest) first.
    static func drain() -> [OpenSSLErrorEntry] {
        var entries: [OpenSSLErrorEntry] = []
        while true {
            var data: UnsafePointer<CChar>?
            var flags: CInt = 0
            let packed = ERR_get_error_all(nil, nil, nil, &data, &flags)
            guard packed != 0 else { return entries }
            let text = flags & ERR_TXT_STRING != 0 ? data.map { String(cString: $0) } ?? "" : ""
            entries.append(entry(packed, data: text))
        }
    }

    private static func entry(_ packed: UInt, data: String) -> OpenSSLErrorEntry {
        OpenSSLErrorEntry(
            packed: packed,
            library: Int(ERR_GET_LIB(packed)),
            reason: Int(ERR_GET_REASON(packed)),
            libraryName: ERR_lib_error_string(packed).map { String(cString: $0) } ?? "library \(ERR_GET_LIB(packed))",
            reasonText: ERR_reason_error_string(packed).map { String(cString: $0) }
                ?? "reason \(ERR_GET_REASON(packed))",
            data: data.escapingControls
        )
    }
}
