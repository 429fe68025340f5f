//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

package import HaspExplain
public import HaspWire

/// What went wrong, whose fault it is and what OpenSSL said: the one error that Hasp throws.
///
/// Switch on ``code`` in a program; print the error for a person. Two errors are equal when their codes are.
public struct TLSError: Error, Sendable {
    /// What kind of failure this is.
    public var code: Code { box.fields.code }

    /// Which side has to change something.
    public var blame: Blame { box.fields.blame ?? code.usualBlame }

    /// How far the connection had come.
    public var phase: Phase { box.fields.phase }

    /// The role of this side of the connection, where there was one.
    public var role: TLSRole? { box.fields.role }

    /// One clause about this occurrence, such as the file that could not be read. Safe to print: control characters
    /// that a peer may have sent are escaped.
    public var detail: String { box.fields.detail }

    /// The alert that ended the connection and who sent it.
    public var alert: AlertEvent? { box.fields.alert }

    /// OpenSSL's own words, the deepest first.
    public var openSSL: [OpenSSLErrorEntry] { box.fields.openSSL }

    /// Every objection to the peer's certificate chain, in the order in which it was found.
    public var verification: [VerificationError] { box.fields.verification }

    /// What the peer sent where TLS was expected.
    public var firstBytes: FirstBytes? { box.fields.firstBytes }

    /// The peer's address as text, where it is known.
    public var peerAddress: String? { box.fields.peerAddress?.description }

    /// The entry of the catalogue, where the place that throws knows more than the code says.
    var knownFault: FaultID? { box.fields.knownFault }

    /// What fills the placeholders of the explanation: `host`, `names`, `date` and so on.
    package var values: [String: String] { box.fields.values }

    /// One word wide, so that a throwing function's normal path carries no weight of the error.
    private var box: Box

    package init(
        _ code: Code,
        _ detail: String = "",
        phase: Phase = .handshake,
        blame: Blame? = nil,
        role: TLSRole? = nil,
        alert: AlertEvent? = nil,
        openSSL: [OpenSSLErrorEntry] = [],
        verification: [VerificationError] = [],
        firstBytes: FirstBytes? = nil,
        values: [String: String] = [:],
        faultID: FaultID? = nil
    ) {
        box = Box(
            Fields(
                code: code, detail: detail.escapingControls, phase: phase, blame: blame, role: role, alert: alert,
                openSSL: openSSL, verification: verification, firstBytes: firstBytes, values: values,
                knownFault: faultID
            )
        )
    }

    /// The same error with what only the caller knows: the peer's address and values for the explanation.
    ///
    /// - Parameter peerAddress: becomes text only when somebody asks, as most errors of a server are never read.
    package func with(
        peerAddress: (any CustomStringConvertible & Sendable)? = nil, phase: Phase? = nil,
        values: [String: String] = [:]
    ) -> TLSError {
        var fields = box.fields
        fields.peerAddress = fields.peerAddress ?? peerAddress
        fields.phase = phase ?? fields.phase
        fields.values.merge(values) { known, _ in known }
        var copy = self
        copy.box = Box(fields)
        return copy
    }
}

extension TLSError {
    /// The same error with words before its detail.
    package func prefixed(_ words: String) -> TLSError {
        var fields = box.fields
        fields.detail = fields.detail.isEmpty ? words : "\(words): \(fields.detail)"
        var copy = self
        copy.box = Box(fields)
        return copy
    }
}

extension TLSError: Hashable {
    /// Whether both have the same ``code``, whatever else they say.
    public static func == (one: TLSError, other: TLSError) -> Bool { one.code == other.code }

    public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}

extension TLSError {
    /// Which side has to change something.
    public enum Blame: String, Sendable, Hashable {
        /// The other end of the connection.
        case peer
        /// The program that called Hasp.
        case local
        /// Options, files or certificates on this side.
        case configuration
        /// Something between the two ends.
        case network
    }

    /// How far the connection had come.
    public enum Phase: String, Sendable, Hashable {
        /// Options and files were read; there was no connection yet.
        case configuration
        /// From the name look-up until the connection stood.
        case connecting
        /// Until both sides had finished the handshake.
        case handshake
        /// Application data could flow.
        case established
        /// This side had begun to end the connection.
        case closing
    }

    /// An alert and its direction (RFC 8446, section 6).
    public struct AlertEvent: Hashable, Sendable, CustomStringConvertible {
        /// Level and description as they stood on the wire.
        public var alert: Alert
        /// `true` when the peer sent it, `false` when this side did.
        public var isReceived: Bool

        /// `received alert 48 unknown_ca`.
        public var description: String {
            let number = alert.description.rawValue
            return "\(isReceived ? "received" : "sent") alert \(number) \(alert.description)"
        }
    }
}

/// Which end of a connection.
public enum TLSRole: String, Sendable, Hashable {
    /// The end that sends the ClientHello.
    case client
    /// The end that answers it.
    case server
}

extension TLSError {
    private struct Fields: Sendable {
        var code: Code
        var detail: String
        var phase: Phase
        var blame: Blame?
        var role: TLSRole?
        var alert: AlertEvent?
        var openSSL: [OpenSSLErrorEntry]
        var verification: [VerificationError]
        var firstBytes: FirstBytes?
        var peerAddress: (any CustomStringConvertible & Sendable)?
        var values: [String: String]
        var knownFault: FaultID?
    }

    private final class Box: Sendable {
        let fields: Fields

        init(_ fields: Fields) { self.fields = fields }
    }
}
