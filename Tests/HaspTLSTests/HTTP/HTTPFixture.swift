//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HTTPTypes
import HaspHTTP
import HaspTLS
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// An HTTPS server of Hummingbird on Hasp's TLS, for one test.
struct HTTPFixture: Sendable {
    var port: Int
    private var group: ServiceGroup
    private var task: Task<Void, any Error>

    /// Starts a server, hands it to the body, and shuts it down gracefully.
    static func with<R: Sendable>(
        contexts: ServerContexts? = nil, options: HTTPSOptions = HTTPSOptions(drainTimeout: .milliseconds(300)),
        http: HTTP1Channel.Configuration = .strict,
        respond: @escaping @Sendable (Request) async throws -> Response = { _ in .text("hello") },
        _ body: (HTTPFixture) async throws -> R
    ) async throws -> R {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            responder: ClosureResponder(respond: respond),
            server: .hasp(
                contexts: try contexts ?? ServerContexts(TLSFixture.serverContext { $0.alpnProtocols = ["http/1.1"] }),
                options: options, http: http),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { continuation.yield($0.localAddress?.port ?? 0) },
            logger: quiet)
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [application], logger: quiet))
        let task = Task { try await group.run() }
        var iterator = ports.makeAsyncIterator()
        guard let port = await iterator.next() else { throw TimeIsOver(what: "the server starts", seconds: 0) }
        let fixture = HTTPFixture(port: port, group: group, task: task)
        let result: Result<R, any Error>
        do { result = .success(try await body(fixture)) } catch { result = .failure(error) }
        try await fixture.shutDown()
        return try result.get()
    }

    func beginShutdown() async { await group.triggerGracefulShutdown() }

    /// Ends the server; fails when a peer can keep it from that.
    func shutDown(within seconds: Double = 15) async throws {
        await beginShutdown()
        try await within(seconds, "the server shuts down") { try await task.value }
    }

    func connect(_ change: (inout ClientOptions) throws -> Void = { _ in }) async throws -> TLSSocket {
        try await TLS.connect(host: "localhost", port: port, options: TLSFixture.client(change))
    }

    /// Sends one request on a connection of its own and reads until the server ends it.
    func get(_ path: String, _ change: (inout ClientOptions) throws -> Void = { _ in }) async throws -> String {
        let socket = try await connect(change)
        try await socket.write("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        var all = ByteBuffer()
        while let bytes = try await socket.read() { all.writeImmutableBuffer(bytes) }
        return String(buffer: all)
    }

    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private struct ClosureResponder: HTTPResponder {
        typealias Context = BasicRequestContext

        var respond: @Sendable (Request) async throws -> Response

        func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
            try await respond(request)
        }
    }
}

extension Response {
    static func text(_ text: String) -> Response {
        Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
