//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HTTPTypes
public import HaspTLS
public import HummingbirdCore

extension HTTPServerBuilder {
    /// HTTP/1.1 over TLS with a certificate.
    ///
    /// ```swift
    /// let app = Application(
    ///     router: router,
    ///     server: try .hasp(identity: .files(certificate: "fullchain.pem", key: "key.pem"))
    /// )
    /// ```
    ///
    /// The scheme of each request is `https`, and ``SecureConnection/current`` says what its connection negotiated.
    ///
    /// - Parameters:
    ///   - identity: the server's certificate and key.
    ///   - tls: everything else about TLS. When it names no application protocol, `http/1.1` is agreed on (ALPN).
    ///   - options: time limits and hooks below HTTP.
    ///   - http: limits of HTTP.
    /// - Throws: ``TLSError`` when the identity or an option cannot be used.
    public static func hasp(
        identity: Identity, tls: TLSOptions = TLSOptions(), options: HTTPSOptions = HTTPSOptions(),
        http: HTTP1Channel.Configuration = .strict
    ) throws(TLSError) -> HTTPServerBuilder {
        var tls = tls
        tls.identities.insert(identity, at: 0)
        if tls.alpnProtocols.isEmpty { tls.alpnProtocols = ["http/1.1"] }
        return .hasp(context: try SecureContext(tls), options: options, http: http)
    }

    /// HTTP/1.1 over TLS with a context. Its application protocols (ALPN) should be `["http/1.1"]`.
    public static func hasp(
        context: SecureContext, options: HTTPSOptions = HTTPSOptions(), http: HTTP1Channel.Configuration = .strict
    ) -> HTTPServerBuilder {
        .hasp(contexts: ServerContexts(context), options: options, http: http)
    }

    /// HTTP/1.1 over TLS with contexts that can be exchanged while the server runs, and one for each name.
    public static func hasp(
        contexts: ServerContexts, options: HTTPSOptions = HTTPSOptions(), http: HTTP1Channel.Configuration = .strict
    ) -> HTTPServerBuilder {
        var http = http
        let others = http.additionalChannelHandlers
        http.additionalChannelHandlers = { [HTTPPartsHandler()] + others() }
        return HTTPServerBuilder { [http] respond in
            let http1 = HTTP1Channel(
                responder: { (request, writer: consuming ResponseWriter, channel) in
                    try await respond(request.withSecureScheme, writer, channel)
                },
                configuration: http)
            return HTTPSChannel(http1, contexts: contexts, options: options)
        }
    }
}

extension Request {
    /// Hummingbird's HTTP/1 channel calls each request one of plain HTTP.
    fileprivate var withSecureScheme: Request {
        var head = head
        head.scheme = "https"
        return Request(head: head, body: body)
    }
}
