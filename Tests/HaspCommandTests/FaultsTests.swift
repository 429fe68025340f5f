//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspExplain
import Testing

/// The root command and `hasp faults`.
@Suite(.timeLimit(.minutes(1)))
struct FaultsTests {
    @Test func versionNamesOpenSSL() async throws {
        let result = try await RunningProgram.hasp("--version")
        #expect(result.status == 0)
        #expect(result.text.hasPrefix("hasp "))
        #expect(result.text.contains("OpenSSL 3."))
    }

    @Test func unknownCommandIsWrongUse() async throws {
        let result = try await RunningProgram.hasp("conect")
        #expect(result.status == 64)
        #expect(!result.errors.isEmpty)
    }

    @Test(arguments: [("en", Language.english), ("ja", .japanese)])
    func listHasEveryFault(name: String, language: Language) async throws {
        let result = try await RunningProgram.hasp("faults", "--lang", name)
        #expect(result.status == 0)
        #expect(result.text.split(separator: "\n").count == FaultCatalogue.all.count)
        for fault in FaultCatalogue.all {
            expect(result.text, has: [fault.id.rawValue, fault.title.filled(language)])
        }
        #expect(!hasControls(result.text))
    }

    @Test func oneFault() async throws {
        let result = try await RunningProgram.hasp("faults", "cert.expired", "--lang", "ja")
        #expect(result.status == 0)
        let fault = try #require(FaultCatalogue.fault(.certExpired))
        #expect(result.text == fault.rendered(language: .japanese) + "\n")
    }

    @Test func unknownFaultSuggestsOthers() async throws {
        let result = try await RunningProgram.hasp("faults", "expired")
        #expect(result.status == 64)
        expect(result.errors, has: ["cert.expired", "clientcert.expired"])
    }
}
