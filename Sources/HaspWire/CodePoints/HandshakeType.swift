//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// The type of a handshake message (RFC 8446 section 4; IANA registry "TLS HandshakeType").
public struct HandshakeType: CodePoint {
    /// The number on the wire.
    public var rawValue: UInt8

    /// Makes the value for a number, known or not.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The server asks for renegotiation (TLS 1.2).
    public static let helloRequest = HandshakeType(rawValue: 0)
    /// A ``ClientHello``.
    public static let clientHello = HandshakeType(rawValue: 1)
    /// A ``ServerHello``, also as HelloRetryRequest.
    public static let serverHello = HandshakeType(rawValue: 2)
    /// The cookie exchange of DTLS.
    public static let helloVerifyRequest = HandshakeType(rawValue: 3)
    /// A ticket for resumption.
    public static let newSessionTicket = HandshakeType(rawValue: 4)
    /// The end of early data (TLS 1.3).
    public static let endOfEarlyData = HandshakeType(rawValue: 5)
    /// The server's further extensions (TLS 1.3).
    public static let encryptedExtensions = HandshakeType(rawValue: 8)
    /// A certificate chain; in TLS 1.2 a ``CertificateMessage``.
    public static let certificate = HandshakeType(rawValue: 11)
    /// The server's share of the key exchange (TLS 1.2).
    public static let serverKeyExchange = HandshakeType(rawValue: 12)
    /// The server asks for the client's certificate.
    public static let certificateRequest = HandshakeType(rawValue: 13)
    /// The end of the server's first flight (TLS 1.2).
    public static let serverHelloDone = HandshakeType(rawValue: 14)
    /// Proof that the peer has the certificate's key.
    public static let certificateVerify = HandshakeType(rawValue: 15)
    /// The client's share of the key exchange (TLS 1.2).
    public static let clientKeyExchange = HandshakeType(rawValue: 16)
    /// Proof that both saw the same handshake.
    public static let finished = HandshakeType(rawValue: 20)
    /// The stapled OCSP response (TLS 1.2).
    public static let certificateStatus = HandshakeType(rawValue: 22)
    /// New keys on an open connection (TLS 1.3).
    public static let keyUpdate = HandshakeType(rawValue: 24)
    /// A compressed certificate chain (RFC 8879).
    public static let compressedCertificate = HandshakeType(rawValue: 25)
    /// Stands for the first hello after a HelloRetryRequest.
    public static let messageHash = HandshakeType(rawValue: 254)

    /// The names of the numbers known here.
    public static let registeredNames: [HandshakeType: String] = [
        .helloRequest: "hello_request",
        .clientHello: "client_hello",
        .serverHello: "server_hello",
        .helloVerifyRequest: "hello_verify_request",
        .newSessionTicket: "new_session_ticket",
        .endOfEarlyData: "end_of_early_data",
        HandshakeType(rawValue: 6): "hello_retry_request_RESERVED",
        .encryptedExtensions: "encrypted_extensions",
        HandshakeType(rawValue: 9): "request_connection_id",
        HandshakeType(rawValue: 10): "new_connection_id",
        .certificate: "certificate",
        .serverKeyExchange: "server_key_exchange",
        .certificateRequest: "certificate_request",
        .serverHelloDone: "server_hello_done",
        .certificateVerify: "certificate_verify",
        .clientKeyExchange: "client_key_exchange",
        HandshakeType(rawValue: 17): "client_certificate_request",
        .finished: "finished",
        HandshakeType(rawValue: 21): "certificate_url",
        .certificateStatus: "certificate_status",
        HandshakeType(rawValue: 23): "supplemental_data",
        .keyUpdate: "key_update",
        .compressedCertificate: "compressed_certificate",
        HandshakeType(rawValue: 26): "ekt_key",
        HandshakeType(rawValue: 67): "next_protocol",
        .messageHash: "message_hash",
    ]
}
