//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Testing

@testable import HaspExplain

@Suite struct AlertMeaningTests {
    @Test(arguments: [
        // (alert, received, asClient, likeliest)
        (40, true, true, FaultID.cipherNoneShared),
        (45, true, true, .clientCertExpired),
        (48, true, true, .clientCertWrongCA),
        (70, true, true, .verServer13Only),
        (80, true, true, .serverInternalError),
        (112, true, true, .sniUnrecognized),
        (116, true, true, .clientCertRequired13),
        (120, true, true, .alpnNone),
        (20, true, true, .tamperMAC),
        (20, true, false, .tamperMAC),
        (42, true, false, .peerRejectedOurCertificate),
        (43, true, false, .peerRejectedOurCertificate),
        (44, true, false, .peerRejectedOurCertificate),
        (45, true, false, .peerRejectedOurCertificate),
        (46, true, false, .peerRejectedOurCertificate),
        (48, true, false, .peerRejectedOurCertificate),
        (45, false, true, .certExpired),
        (48, false, true, .certPrivateCA),
        (42, false, true, .certHostname),
        (45, false, false, .clientCertExpired),
        (116, false, false, .clientCertRequired13),
        (120, false, false, .alpnNone),
    ])
    func likeliestFault(_ alert: UInt8, _ received: Bool, _ asClient: Bool, _ expected: FaultID) {
        #expect(AlertMeaning.faultIDs(for: alert, received: received, asClient: asClient).first == expected)
    }

    @Test(arguments: [42, 43, 44, 45, 46, 48] as [UInt8])
    func certificateAlertsSayWhoRefused(_ alert: UInt8) {
        for asClient in [true, false] {
            let received = AlertMeaning.faultIDs(for: alert, received: true, asClient: asClient)
            let sent = AlertMeaning.faultIDs(for: alert, received: false, asClient: asClient)
            #expect(received.contains(.peerRejectedOurCertificate) && !received.contains(.certOther))
            #expect(!sent.contains(.peerRejectedOurCertificate) && sent.last == .certOther)
        }
    }

    @Test func anAlertMeansTheSameSeenFromEitherEnd() {
        for alert in UInt8.min...UInt8.max where !(42...49).contains(alert) {
            for asClient in [true, false] {
                #expect(
                    AlertMeaning.faultIDs(for: alert, received: true, asClient: asClient)
                        == AlertMeaning.faultIDs(for: alert, received: false, asClient: !asClient)
                )
            }
        }
    }

    @Test func everyFaultNamedHasAnEntryAndIsNamedOnce() {
        for alert in UInt8.min...UInt8.max {
            for (received, asClient) in [(true, true), (true, false), (false, true), (false, false)] {
                let ids = AlertMeaning.faultIDs(for: alert, received: received, asClient: asClient)
                #expect(Set(ids).count == ids.count, "\(alert)")
                for id in ids {
                    #expect(FaultCatalogue.fault(id) != nil, "\(alert): \(id)")
                }
            }
        }
    }

    @Test(arguments: [0, 90, 100, 255] as [UInt8])
    func orderlyEndsAndUnknownNumbersNameNothing(_ alert: UInt8) {
        #expect(AlertMeaning.faultIDs(for: alert, received: true, asClient: true).isEmpty)
        #expect(AlertMeaning.faultIDs(for: alert, received: true, asClient: false).isEmpty)
    }
}
