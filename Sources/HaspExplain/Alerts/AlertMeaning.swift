//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// Which faults a TLS alert points to.
///
/// An alert means different things at the two ends: alert 48 received by a server says that the *client* distrusts
/// the server's certificate; received by a client, that the server distrusts the client's.
public enum AlertMeaning {
    /// The faults an alert may stand for, the likeliest first.
    ///
    /// The alert alone seldom proves a fault: who knows more (the versions offered, the verification result) should
    /// choose from this list by it.
    ///
    /// - Parameters:
    ///   - alert: The number of the alert (RFC 8446, section 6; RFC 5246, section 7.2).
    ///   - received: `true` when the peer sent it, `false` when this side did.
    ///   - asClient: `true` when this side is the client.
    /// - Returns: Empty for an orderly end, for numbers without a known meaning, and where no entry fits.
    public static func faultIDs(for alert: UInt8, received: Bool, asClient: Bool) -> [FaultID] {
        let serverComplains = received == asClient
        var ids = serverComplains ? serverComplaint(alert) : clientComplaint(alert)
        if isAboutCertificate(alert) {
            // The side that receives such an alert knows only that it was refused, the side that sends it knows why.
            // A client's own certificate has entries of its own; a server's needs the general one first, because its
            // clients use the numbers differently.
            if received {
                ids.insert(.peerRejectedOurCertificate, at: asClient ? ids.endIndex : ids.startIndex)
            } else {
                ids.append(.certOther)
            }
        }
        return ids
    }

    /// 42 to 46, 48 and 49: bad, unsupported, revoked, expired, unknown certificate, unknown CA, access denied.
    private static func isAboutCertificate(_ alert: UInt8) -> Bool {
        (42...46).contains(alert) || alert == 48 || alert == 49
    }

    /// The server sent the alert: the client's hello or certificate does not please it.
    private static func serverComplaint(_ alert: UInt8) -> [FaultID] {
        switch alert {
        case 10: [.tamperMAC, .garbage]
        case 20, 21: [.tamperMAC]
        case 22: [.garbage]
        case 40:
            [
                .cipherNoneShared, .groupNoneShared13, .sigalgNoneShared, .clientCertRequired12, .cipherCertType,
                .noCert,
            ]
        case 41: [.clientCertRequired12]
        case 42: [.clientCertWrongCA, .clientCertExpired, .certNotYetValid]
        case 43: [.certEKU]
        case 44: [.certRevoked]
        case 45: [.clientCertExpired]
        case 46: [.clientCertWrongCA, .clientCertExpired]
        case 47: [.keyshareClientBroken]
        case 48, 49: [.clientCertWrongCA]
        case 50: [.tamperMAC, .garbage]
        case 51: [.certKeyMismatch, .tamperMAC]
        case 70: [.verServer13Only, .verServer12Only, .verClientLegacy, .verServerLegacy]
        case 71: [.cipherSecLevel, .certWeakKey]
        case 80: [.serverInternalError]
        case 109: [.keyshareClientBroken]
        case 112: [.sniUnrecognized, .sniMissing]
        case 116: [.clientCertRequired13]
        case 120: [.alpnNone]
        default: []
        }
    }

    /// The client sent the alert: the server's choice or certificate does not please it.
    private static func clientComplaint(_ alert: UInt8) -> [FaultID] {
        switch alert {
        case 10: [.tamperMAC, .garbage]
        case 20, 21: [.tamperMAC]
        case 22: [.garbage]
        case 40: [.cipherSecLevel, .cipherNoneShared, .groupNoneShared13]
        // OpenSSL means name or start date by 42; Go and GnuTLS mean anything at all.
        case 42: [.certHostname, .certIPSAN, .certNotYetValid, .certPrivateCA, .certExpired]
        case 43: [.certEKU]
        case 44: [.certRevoked]
        case 45: [.certExpired, .certIntermediateExpired]
        // Java and browsers mean anything by 46.
        case 46: [.certPrivateCA, .certMissingIntermediate, .certSelfSigned, .certHostname, .certExpired]
        case 48: [.certPrivateCA, .certMissingIntermediate, .certSelfSigned, .certIssuerNotCA]
        case 50: [.tamperMAC, .garbage]
        case 51: [.certKeyMismatch, .tamperMAC]
        case 70: [.verServer12Only, .verServerLegacy, .verServer13Only]
        case 71: [.cipherSecLevel, .certWeakKey, .certWeakSig]
        default: []
        }
    }
}
