//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Whether `::1` can be listened on here.
enum LoopbackIPv6 {
    static let isThere: Bool = {
        let file = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
        guard file >= 0, let address = try? SocketAddress(ipAddress: "::1", port: 0) else { return false }
        defer { close(file) }
        return address.withSockAddr { bind(file, $0, socklen_t($1)) == 0 }
    }()
}
