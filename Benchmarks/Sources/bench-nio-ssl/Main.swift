//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import BenchSupport
import NIOCore
import NIOPosix
import NIOSSL

/// swift-nio-ssl as a peer of the comparison: `--mode handler`, or `--mode async` for NIOAsyncChannel.
@main
enum Main {
    static func main() async throws {
        let arguments = try ServerArguments(CommandLine.arguments)
        let context = try NIOSSLContext(configuration: configuration(arguments))
        switch arguments.mode {
        case "handler": try await HandlerServer(context: context).run(port: arguments.port)
        case "async": try await AsyncServer(context: context).run(port: arguments.port)
        default: throw ServerArguments.Usage()
        }
    }

    private static func configuration(_ arguments: ServerArguments) throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMFile(arguments.certificate)
        let key = try NIOSSLPrivateKey(file: arguments.key, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.curves = [.x25519, .secp256r1]
        return configuration
    }
}

extension ServerBootstrap {
    /// One event loop for everything, as every server here has one thread for its connections.
    static func singleLoop() -> ServerBootstrap {
        ServerBootstrap(group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
            .serverChannelOption(.backlog, value: 4_096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
    }
}
