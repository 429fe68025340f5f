//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import CHaspOpenSSL
import HaspWire

/// The functions that OpenSSL calls back. Each finds its connection through the SSL object, never through a global.
enum EngineCallbacks {
    /// Where an `SSL` keeps the address of its engine.
    static let exIndex = CHasp_SSL_new_ex_index()

    /// Installs what belongs to a context. Called once, before the context is shared.
    static func install(in context: OpaquePointer) {
        SSL_CTX_set_client_hello_cb(context, onClientHello, nil)
        SSL_CTX_set_alpn_select_cb(context, onALPN, nil)
        SSL_CTX_set_cert_verify_callback(context, onVerify, nil)
    }

    /// Installs what belongs to a connection.
    static func install(in connection: OpaquePointer, of engine: TLSEngine) {
        let address = Unmanaged.passUnretained(engine).toOpaque()
        SSL_set_ex_data(connection, exIndex, address)
        SSL_set_info_callback(connection, onInfo)
        SSL_set_msg_callback(connection, onMessage)
    }

    /// Messages are of interest until the handshake is over; afterwards the callback would only cost time.
    static func stopWatchingMessages(of connection: OpaquePointer) {
        SSL_set_msg_callback(connection, nil)
    }
}

private func engine(of connection: OpaquePointer?) -> TLSEngine? {
    guard let connection, let address = SSL_get_ex_data(connection, EngineCallbacks.exIndex) else { return nil }
    return Unmanaged<TLSEngine>.fromOpaque(address).takeUnretainedValue()
}

private func engine(ofVerification store: OpaquePointer?) -> TLSEngine? {
    guard let store else { return nil }
    let index = SSL_get_ex_data_X509_STORE_CTX_idx()
    return engine(of: X509_STORE_CTX_get_ex_data(store, index).map { OpaquePointer($0) })
}

/// The gate of the ClientHello: the only place where the handshake may wait for the caller (DESIGN D5).
private func onClientHello(
    _ connection: OpaquePointer?, _ alert: UnsafeMutablePointer<CInt>?, _: UnsafeMutableRawPointer?
) -> CInt {
    guard let engine = engine(of: connection) else { return SSL_CLIENT_HELLO_ERROR }
    switch engine.passClientHelloGate() {
    case .pass: return SSL_CLIENT_HELLO_SUCCESS
    case .wait: return SSL_CLIENT_HELLO_RETRY
    case .refuse(let description):
        alert?.pointee = CInt(description.rawValue)
        return SSL_CLIENT_HELLO_ERROR
    }
}

private func onALPN(
    _ connection: OpaquePointer?, _ out: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ outCount: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?, _ offeredCount: CUnsignedInt,
    _: UnsafeMutableRawPointer?
) -> CInt {
    guard let engine = engine(of: connection), let out, let outCount else { return SSL_TLSEXT_ERR_NOACK }
    let offers = UnsafeBufferPointer(start: offered, count: Int(offeredCount))
    let own = engine.context.alpnWireFormat
    guard !own.isEmpty else { return SSL_TLSEXT_ERR_NOACK }
    guard let range = ALPNList.firstShared(preferred: own, offered: offers), let base = offers.baseAddress else {
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
    // OpenSSL copies the choice out of the client's own list before this memory goes away.
    out.pointee = base + range.lowerBound
    outCount.pointee = UInt8(truncatingIfNeeded: range.count)
    return SSL_TLSEXT_ERR_OK
}

/// Runs OpenSSL's check to its end, keeping every objection, then the check of the name.
private func onVerify(_ store: OpaquePointer?, _: UnsafeMutableRawPointer?) -> CInt {
    guard let store, let engine = engine(ofVerification: store) else { return 0 }
    guard engine.context.options.verification != .dangerouslySkipVerification else { return 1 }
    X509_STORE_CTX_set_verify_cb(store, onObjection)
    engine.verification.begin()
    // What the check leaves on the queue is wanted when the handshake fails for it; when it goes on, OpenSSL would take
    // it for the result of its next call.
    let mayGoOn = ErrorQueue.keepingEntriesOfFailure {
        let result = X509_verify_cert(store)
        return engine.concludeVerification(store, isCheckComplete: result == 1)
    }
    return mayGoOn ? 1 : 0
}

private func onObjection(_ isFine: CInt, _ store: OpaquePointer?) -> CInt {
    guard isFine == 0 else { return 1 }
    guard let store, let engine = engine(ofVerification: store) else { return 0 }
    engine.verification.record(store)
    return 1
}

private func onInfo(_ connection: OpaquePointer?, _ place: CInt, _ value: CInt) {
    guard place & CInt(SSL_CB_ALERT) != 0, let engine = engine(of: connection) else { return }
    engine.recordAlert(value, isReceived: place & CInt(SSL_CB_READ) != 0)
}

private func onMessage(
    _ isSent: CInt, _ version: CInt, _ contentType: CInt, _ bytes: UnsafeRawPointer?, _ count: Int,
    _ connection: OpaquePointer?, _: UnsafeMutableRawPointer?
) {
    guard contentType == CInt(SSL3_RT_HANDSHAKE), let bytes, count >= 4, let engine = engine(of: connection) else {
        return
    }
    engine.recordMessage(UnsafeRawBufferPointer(start: bytes, count: count), isSent: isSent != 0)
}

/// Lists of protocol names in the form of RFC 7301.
enum ALPNList {
    /// The place within `offered` of the first name of `preferred` that is offered; nil when there is none or the
    /// offer is malformed.
    static func firstShared(preferred: [UInt8], offered: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        let offers = names(count: offered.count) { offered[$0] }
        for own in names(count: preferred.count, at: { preferred[$0] }) {
            for offer in offers where offer.count == own.count {
                if zip(own, offer).allSatisfy({ preferred[$0] == offered[$1] }) { return offer }
            }
        }
        return nil
    }

    private static func names(count: Int, at byte: (Int) -> UInt8) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var position = 0
        while position < count {
            let start = position + 1
            let end = start + Int(byte(position))
            guard end <= count else { break }
            ranges.append(start..<end)
            position = end
        }
        return ranges
    }
}
