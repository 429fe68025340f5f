//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

public import HaspEngine
public import HaspWire

/// What a bad peer does, step by step. When the last step is done it says nothing more, reads on and waits for the
/// other side to close.
///
/// The same script serves a ``FaultyServer`` and a ``FaultyClient``.
public struct FaultyScript: Sendable {
    /// One step.
    public enum Step: Sendable {
        /// Waits until the other side has sent so many bytes since the connection began.
        case awaitBytes(Int)
        /// Sends bytes.
        case send([UInt8])
        /// Sends bytes one by one, each in a packet of its own.
        case trickle([UInt8])
        /// Sends a FIN and goes on reading.
        case endOutput
        /// Closes in both directions.
        case close
        /// Closes with a RST instead of a FIN.
        case reset
        /// Speaks TLS from here on, sends back whatever it receives and answers a goodbye with one. It is always the
        /// last step.
        ///
        /// - Parameters:
        ///   - context: whose identity, trust and versions are used.
        ///   - serverName: the SNI of a client.
        ///   - limit: after so many bytes of ciphertext the connection is cut off with a FIN.
        ///   - isTrickling: whether each byte of ciphertext goes in a packet of its own.
        ///   - choose: a server's choice of another context by the name that the client asked for.
        case tls(
            SecureContext, serverName: String? = nil, limit: Int? = nil, isTrickling: Bool = false,
            choose: ContextChoice? = nil)
    }

    /// The context for a server name (SNI); `nil` for the one that is in use.
    public typealias ContextChoice = @Sendable (_ serverName: String?) -> SecureContext?

    /// What is done, in order.
    public var steps: [Step]

    public init(_ steps: [Step]) { self.steps = steps }
}

// MARK: - Towards a client

extension FaultyScript {
    /// Says nothing, whatever comes.
    public static let silent = FaultyScript([])

    /// Closes as soon as the first byte arrives.
    public static let close = FaultyScript([.awaitBytes(1), .close])

    /// Closes without a look at what the other side sends.
    public static let closeAtOnce = FaultyScript([.close])

    /// Resets the connection as soon as the first byte arrives.
    public static let reset = FaultyScript([.awaitBytes(1), .reset])

    /// Answers the first bytes with a fatal alert and closes its side.
    public static func alert(_ description: AlertDescription) -> FaultyScript {
        let alert = Alert(level: .fatal, description: description)
        return FaultyScript([.awaitBytes(1), .send(alert.record().serialized()), .endOutput])
    }

    /// Answers as a web server does that was spoken to in TLS on its plain port.
    public static let plainHTTP = FaultyScript([
        .awaitBytes(1),
        .send(Array("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)),
        .endOutput,
    ])

    /// Answers the first bytes with bytes of no protocol, the same ones for the same seed.
    public static func garbage(count: Int = 512, seed: UInt64 = 1) -> FaultyScript {
        FaultyScript([.awaitBytes(1), .send(randomBytes(count, seed: seed)), .endOutput])
    }

    /// Speaks TLS until so many bytes of ciphertext went out, then closes.
    public static func cut(after count: Int, context: SecureContext) -> FaultyScript {
        FaultyScript([.tls(context, limit: count)])
    }

    /// Speaks TLS, each byte in a packet of its own.
    public static func oneByteAtATime(context: SecureContext) -> FaultyScript {
        FaultyScript([.tls(context, isTrickling: true)])
    }

    /// Speaks TLS as it should and sends back what it receives: the good peer to compare with.
    public static func echo(context: SecureContext) -> FaultyScript { FaultyScript([.tls(context)]) }
}

// MARK: - Towards a server

extension FaultyScript {
    /// Sends the first half of a ClientHello and closes.
    public static let halfHello = FaultyScript([.send(Array(hello.prefix(hello.count / 2))), .close])

    /// Sends the first half of a ClientHello and nothing more.
    public static let stalledHello = FaultyScript([.send(Array(hello.prefix(hello.count / 2)))])

    /// Sends a ClientHello of TLS 1.2 byte by byte and nothing more.
    public static let trickledHello = FaultyScript([.trickle(hello)])

    /// Sends a plain HTTP request, as a browser does that was given `http://` for a port of TLS.
    public static let httpGet = FaultyScript([
        .send(Array("GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: hasp-testing\r\n\r\n".utf8))
    ])

    /// Sends bytes of no protocol, the same ones for the same seed, and closes its side.
    public static func randomBytes(count: Int = 512, seed: UInt64 = 1) -> FaultyScript {
        FaultyScript([.send(randomBytes(count, seed: seed)), .endOutput])
    }

    /// Sends a PROXY protocol header (version 1), as a load balancer does that is set up for it, then a ClientHello.
    public static let proxyHeader = FaultyScript([
        .send(Array("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n".utf8) + hello)
    ])

    /// Sends a ClientHello in the format of SSL 2.0, as scanners and clients of the last century do.
    public static let sslv2Hello = FaultyScript([.send(sslv2HelloBytes)])

    /// Sends the beginning of a record that claims to be longer than any may be.
    public static let oversizedRecord = FaultyScript([
        .send([ContentType.handshake.rawValue, 3, 1, 0xFF, 0xFF] + randomBytes(4096, seed: 2))
    ])
}

// MARK: - Bytes

extension FaultyScript {
    /// A ClientHello of TLS 1.2 in a record: enough to be taken for a client, whoever it is sent to.
    static let hello: [UInt8] = {
        let groups: [UInt8] = [0x00, 0x04, 0x00, 0x1D, 0x00, 0x17]
        let schemes: [UInt8] = [0x00, 0x08, 0x04, 0x03, 0x08, 0x04, 0x08, 0x07, 0x04, 0x01]
        let body = ClientHello(
            random: randomBytes(32, seed: 3),
            sessionID: randomBytes(32, seed: 4),
            cipherSuites: [.ecdheECDSAWithAES128GCM, .ecdheRSAWithAES128GCM, .emptyRenegotiationInfo],
            extensions: [
                Extension(type: .supportedGroups, data: groups),
                Extension(type: .signatureAlgorithms, data: schemes),
                Extension(type: .ecPointFormats, data: [1, 0]),
            ]
        ).serialized()
        return HandshakeMessage(type: .clientHello, body: body).records(version: .tls10).flatMap { $0.serialized() }
    }()

    /// Length with the high bit, CLIENT-HELLO, version 3.1, one suite, no session, 16 bytes of challenge.
    private static let sslv2HelloBytes: [UInt8] =
        [0x80, 0x1C, 0x01, 0x03, 0x01, 0x00, 0x03, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x0A] + randomBytes(16, seed: 5)

    /// A short generator of no cryptographic worth (SplitMix64). The first byte is one with which no known protocol
    /// begins, so that the result is never taken for one.
    static func randomBytes(_ count: Int, seed: UInt64) -> [UInt8] {
        var state = seed
        var bytes = (0..<max(0, count)).map { _ in
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return UInt8(truncatingIfNeeded: mixed ^ (mixed >> 31))
        }
        if !bytes.isEmpty { bytes[0] = 0xC7 }
        return bytes
    }
}
