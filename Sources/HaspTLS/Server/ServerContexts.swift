//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspEngine
import HaspWire
package import NIOCore
import Synchronization

/// The contexts of a server: its own, and others by the name that a client asks for. Both can be changed while it runs.
public final class ServerContexts: Sendable {
    private struct State {
        var main: SecureContext
        var names = ServerNames()
    }

    private let state: Mutex<State>

    /// - Parameter main: serves clients without SNI or with a name nobody added.
    public init(_ main: SecureContext) { state = Mutex(State(main: main)) }

    /// What serves clients without SNI or with a name nobody added.
    public var main: SecureContext { state.withLock { $0.main } }

    /// Uses a context for clients that ask for a name. A `*` stands for zero or more characters other than a dot; the
    /// newest match wins; upper and lower case are the same. Adding a name again replaces its context.
    ///
    /// - Throws: ``TLSError`` with code `nameInvalid` for a name that no client could ask for.
    public func addContext(_ name: String, _ context: SecureContext) throws(TLSError) {
        let outcome: Result<Void, TLSError> = state.withLock { state in
            do throws(TLSError) { return .success(try state.names.add(name, context)) } catch {
                return .failure(error)
            }
        }
        try outcome.get()
    }

    /// Forgets a name that was added. (Not possible in node:tls.)
    ///
    /// - Returns: whether the name was there.
    @discardableResult
    public func removeContext(_ name: String) -> Bool { state.withLock { $0.names.remove(name) } }

    /// Serves connections that are accepted from now on with another context, as after a renewal of the certificate.
    /// Open connections and added names stay as they are. (`setSecureContext`)
    public func setSecureContext(_ context: SecureContext) { state.withLock { $0.main = context } }

    /// The context to begin with and, where there is a choice, who makes it.
    ///
    /// - Parameter choose: asked before the added names; nil from it goes on with those.
    package func current(
        for remoteAddress: SocketAddress?, choose: (@Sendable (ClientHelloInfo) async throws -> SecureContext?)?
    ) -> (context: SecureContext, chooser: ContextChooser?) {
        let (main, hasNames) = state.withLock { ($0.main, !$0.names.isEmpty) }
        if let choose {
            return (
                main,
                .eventually { hello in
                    let info = ClientHelloInfo(clientHello: hello, remoteAddress: remoteAddress)
                    return try await choose(info) ?? self.context(named: hello.serverName)
                }
            )
        }
        return (main, hasNames ? .immediately { self.context(named: $0.serverName) } : nil)
    }

    private func context(named name: String?) -> SecureContext? {
        guard let name else { return nil }
        return state.withLock { $0.names.context(for: name) }
    }
}

extension HandshakeFailure {
    /// For servers that bring their own channels.
    package static func of(
        _ error: TLSError, remoteAddress: SocketAddress?, report: HandshakeReport
    ) -> HandshakeFailure {
        HandshakeFailure(error: error, remoteAddress: remoteAddress, report: report)
    }
}
