//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

package import HaspEngine
package import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Puts what NIO and the operating system report into the one error type.
package enum NetworkFailure {
    package static func error(
        for error: any Error, phase: TLSError.Phase, role: TLSRole, values: [String: String] = [:]
    ) -> TLSError {
        switch error {
        case let known as TLSError: return known
        case let failed as NIOConnectionError: return connection(failed, values)
        case let failed as IOError: return system(failed, phase, role, values)
        case ChannelError.connectTimeout(let limit):
            return TLSError(
                .connectTimeout, "no answer within \(limit.nanoseconds / 1_000_000) ms", phase: .connecting,
                role: role, values: values)
        case let failed as SocketAddressError: return name(failed, role, values)
        case let failed as SocketAddressError.UnknownHost:
            return TLSError(
                .nameNotFound, "\(failed.host) has no address", phase: .connecting, role: role, values: values)
        case is CancellationError:
            return TLSError(.cancelled, "the task was cancelled", phase: phase, role: role)
        case ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed, ChannelError.inputClosed,
            ChannelError.outputClosed, ChannelError.eof:
            return TLSError(.closed, "the connection is closed", phase: phase, role: role)
        default: return TLSError(.networkFailure, "\(error)", phase: phase, role: role, values: values)
        }
    }

    /// Every address was tried: the first failure stands for all, unless none was found.
    private static func connection(_ failed: NIOConnectionError, _ values: [String: String]) -> TLSError {
        guard let first = failed.connectionErrors.first else {
            return TLSError(
                .nameNotFound, "\(failed.host) has no address", phase: .connecting, role: .client, values: values)
        }
        let tried = failed.connectionErrors.map { AddressText.of($0.target) }.joined(separator: ", ")
        let inner = error(for: first.error, phase: .connecting, role: .client, values: values)
        return TLSError(inner.code, "\(inner.detail) (\(tried))", phase: .connecting, role: .client, values: values)
    }

    private static func system(
        _ failed: IOError, _ phase: TLSError.Phase, _ role: TLSRole, _ values: [String: String]
    ) -> TLSError {
        let text = String(cString: strerror(failed.errnoCode))
        let code: TLSError.Code =
            switch failed.errnoCode {
            case ECONNREFUSED: .connectionRefused
            case ETIMEDOUT: .connectTimeout
            case EHOSTUNREACH, ENETUNREACH, ENETDOWN: .unreachable
            case EADDRINUSE: .addressInUse
            case EADDRNOTAVAIL, EAFNOSUPPORT: .addressNotAvailable
            case EACCES, EPERM: .permissionDenied
            case ECONNRESET, EPIPE: .resetByPeer
            case ENOENT where phase == .connecting: .connectionRefused
            default: .networkFailure
            }
        return TLSError(code, text, phase: phase, role: role, values: values)
    }

    private static func name(
        _ failed: SocketAddressError, _ role: TLSRole, _ values: [String: String]
    ) -> TLSError {
        switch failed {
        case .unknown(let host, _):
            TLSError(.nameNotFound, "\(host) has no address", phase: .connecting, role: role, values: values)
        case .unixDomainSocketPathTooLong:
            TLSError(
                .optionInvalid, "the path of a Unix socket may have 103 bytes at most", phase: .configuration,
                role: role, values: values)
        default: TLSError(.nameNotFound, "\(failed)", phase: .connecting, role: role, values: values)
        }
    }
}

/// Addresses for people: `127.0.0.1:8443`, `[::1]:8443`, or a path.
package struct AddressText: CustomStringConvertible, Sendable {
    private let address: SocketAddress

    package init(_ address: SocketAddress) { self.address = address }

    package var description: String { Self.of(address) }

    /// A host as the resolver takes it: an address in its plain form, without the brackets of a URL, and the very one
    /// that the certificate is compared with; anything else as it is.
    package static func bare(_ host: String) -> String {
        guard let name = PeerName(host), case .ip = name else { return host }
        return name.description
    }

    package static func of(_ address: SocketAddress) -> String {
        guard var host = address.ipAddress else { return address.pathname ?? "unix" }
        let port = address.port ?? 0
        // On a socket for both families an IPv4 peer has such an address (RFC 4291, section 2.5.5.2).
        if host.hasPrefix("::ffff:"), host.contains(".") { host.removeFirst("::ffff:".count) }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
