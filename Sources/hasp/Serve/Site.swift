//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HTTPTypes
import HaspHTTP
import HaspTLS
import Hummingbird
import NIOCore

/// The addresses that `hasp serve` answers.
struct Site: HTTPResponder {
    typealias Context = BasicRequestContext

    let log: HandshakeLog

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        let words = Words(Language(acceptLanguage: request.headers[.acceptLanguage] ?? "") ?? .english)
        guard request.method == .get || request.method == .head else { return refusal(words) }
        let response = try answer(request, words)
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(_ request: Request, _ words: Words) throws -> Response {
        switch request.uri.path {
        case "/": page(request, words)
        case "/connection": json(try connectionDocument().json())
        case "/handshakes.json": json(try SafeJSON.text(handshakeList(request, words), isIndented: false))
        case "/health": json(#"{"status":"ok"}"#)
        case "/icon.svg": response(.ok, "image/svg+xml", PageParts.icon)
        default:
            notice(
                .notFound, words("Nothing is here", "ページがありません"),
                words("This address does not exist.", "このアドレスにページはありません。"), words)
        }
    }
}

// MARK: - Answers

extension Site {
    private func page(_ request: Request, _ words: Words) -> Response {
        let connection = SecureConnection.current
        let page = Page(
            report: connection?.handshake ?? HandshakeReport(role: .server),
            peer: connection?.remoteAddress.map(AddressText.of) ?? "",
            list: HandshakeList(log, after: 0, words), words: words,
            authority: request.head.authority.flatMap(Self.plainAuthority) ?? "localhost:8443")
        let nonce = Nonce.make()
        return response(.ok, Self.htmlType, page.html(nonce: nonce), nonce: nonce)
    }

    private func connectionDocument() -> ConnectionDocument {
        let connection = SecureConnection.current
        return ConnectionDocument(
            connection?.handshake ?? HandshakeReport(role: .server), isEncrypted: connection?.isEncrypted ?? false,
            peerAddress: connection?.remoteAddress.map(AddressText.of),
            localAddress: connection?.localAddress.map(AddressText.of))
    }

    private func handshakeList(_ request: Request, _ words: Words) -> HandshakeList {
        let after = request.uri.queryParameters["after"].flatMap { Int($0) } ?? 0
        return HandshakeList(log, after: after, words)
    }

    private func refusal(_ words: Words) -> Response {
        var response = notice(
            .methodNotAllowed, words("This cannot be done here", "この操作はできません"),
            words("Pages can be read only.", "ページは閲覧のみできます。"), words)
        response.headers[.allow] = "GET, HEAD"
        return response
    }

    private func notice(_ status: HTTPResponse.Status, _ title: String, _ text: String, _ words: Words) -> Response {
        let nonce = Nonce.make()
        let page = NoticePage(title: title, text: text, words: words)
        return response(status, Self.htmlType, page.html(nonce: nonce), nonce: nonce)
    }

    private func json(_ text: String) -> Response { response(.ok, "application/json; charset=utf-8", text + "\n") }

    private static let htmlType = "text/html; charset=utf-8"

    /// What a client calls this server stands in commands of the page: nothing but a name and a port may.
    private static func plainAuthority(_ text: String) -> String? {
        let isPlain =
            !text.isEmpty && text.utf8.count <= 255
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || ".-:[]".utf8.contains(byte)
            }
        return isPlain && !text.hasPrefix("-") ? text : nil
    }
}

// MARK: - Headers

extension Site {
    private func response(
        _ status: HTTPResponse.Status, _ type: String, _ text: String, nonce: String? = nil
    ) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = type
        headers[.cacheControl] = "no-store"
        headers[.vary] = "Accept-Language"
        headers[.contentSecurityPolicy] = Self.policy(nonce: nonce)
        headers[.strictTransportSecurity] = Self.strictTransport
        headers[.xContentTypeOptions] = "nosniff"
        headers[.crossOriginResourcePolicy] = "same-origin"
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// Only this page's own style and script, its icon and its own list; nothing from elsewhere, in no frame.
    private static func policy(nonce: String?) -> String {
        let own = nonce.map { nonce in
            ["style-src 'nonce-\(nonce)'", "script-src 'nonce-\(nonce)'", "connect-src 'self'", "img-src 'self'"]
        }
        let closed = ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]
        return (["default-src 'none'"] + (own ?? []) + closed).joined(separator: "; ")
    }

    /// Ten minutes: a browser keeps this for the whole of `localhost`, and would otherwise refuse other programs there
    /// that speak plain HTTP.
    private static let strictTransport = "max-age=600"
}

/// A number that is used once, to tell this page's own style and script from anything slipped in.
enum Nonce {
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        let halves = [generator.next(), generator.next()] as [UInt64]
        return halves.map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
