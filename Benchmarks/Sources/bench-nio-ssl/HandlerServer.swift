//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import BenchSupport
import NIOCore
import NIOPosix
import NIOSSL

/// The TLS handler followed by the responder, both in the pipeline.
struct HandlerServer {
    let context: NIOSSLContext

    func run(port: Int) async throws {
        let context = context
        let server = try await ServerBootstrap.singleLoop()
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    try channel.pipeline.syncOperations.addHandler(ResponderHandler())
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        try await server.closeFuture.get()
    }
}
