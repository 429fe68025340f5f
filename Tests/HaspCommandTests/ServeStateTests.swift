//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspTLS
import HaspTesting
import Testing

@testable import hasp

/// The development CA: made once, kept, and renewed when it must be.
@Suite(.timeLimit(.minutes(3)))
struct ServeStateTests {
    private static let names = MachineNames(hostName: "box.example")

    private func authority(_ folder: TemporaryFolder, names: MachineNames = names) throws -> DevelopmentCA {
        DevelopmentCA(folder: try StateFolder(path: folder.path("state"), environment: [:]), names: names)
    }

    @Test func firstUseMakesEverything() throws {
        let folder = try TemporaryFolder()
        let made = try authority(folder).credentials()
        #expect(made.news?.contains("localhost, 127.0.0.1, ::1, box.example") == true)
        #expect(try folder.mode("state") == 0o700)
        #expect(try folder.mode("state/ca-key.pem") == 0o600)
        #expect(try folder.mode("state/server-key.pem") == 0o600)
        let certificate = try Certificate(pem: try folder.read("state/server.pem"))
        #expect(Set(certificate.subjectAlternativeNames) == Set(Self.names.alternativeNames))
        #expect(try Certificate(pem: try folder.read("state/ca.pem")).isCA)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path("state")).sorted()
        #expect(left == [".lock", "ca-key.pem", "ca.pem", "server-key.pem", "server.pem"])
    }

    @Test func secondUseFindsIt() throws {
        let folder = try TemporaryFolder()
        _ = try authority(folder).credentials()
        let before = try (folder.read("state/ca.pem"), folder.read("state/server.pem"))
        let again = try authority(folder).credentials()
        #expect(again.news == nil)
        #expect(try (folder.read("state/ca.pem"), folder.read("state/server.pem")) == before)
    }

    @Test func certificateIsRenewedBeforeItsEnd() throws {
        let folder = try TemporaryFolder()
        _ = try authority(folder).credentials()
        let before = try (folder.read("state/ca.pem"), folder.read("state/server.pem"))
        let later = Date(timeIntervalSinceNow: 70 * 86_400)
        let renewed = try authority(folder).credentials(at: later)
        #expect(renewed.news?.contains("near its end") == true)
        #expect(try folder.read("state/ca.pem") == before.0)
        #expect(try folder.read("state/server.pem") != before.1)
    }

    @Test(arguments: ["server.pem", "server-key.pem", "ca.pem", "ca-key.pem"])
    func damageIsMended(file: String) throws {
        let folder = try TemporaryFolder()
        _ = try authority(folder).credentials()
        let ca = try folder.read("state/ca.pem")
        try "-----BEGIN NOTHING".write(toFile: folder.path("state/\(file)"), atomically: false, encoding: .utf8)
        let mended = try authority(folder).credentials()
        #expect(mended.news?.contains("damaged") == true)
        #expect(try (folder.read("state/ca.pem") == ca) == !file.hasPrefix("ca"))
        _ = try SecureContext(identity: .files(certificate: mended.certificateFile, key: mended.keyFile))
        #expect(try authority(folder).credentials().news == nil)
        try FileManager.default.removeItem(atPath: folder.path("state/\(file)"))
        #expect(try authority(folder).credentials().news != nil)
    }

    @Test func otherNamesNeedOtherCertificates() throws {
        let folder = try TemporaryFolder()
        _ = try authority(folder).credentials()
        let moved = try authority(folder, names: MachineNames(hostName: "other.example")).credentials()
        #expect(moved.news?.contains("another machine name") == true)
        let text = try Certificate(pem: folder.read("state/server.pem")).subjectAltNameText
        #expect(text?.contains("other.example") == true)
    }

    @Test func looseRightsAreTakenBack() throws {
        let folder = try TemporaryFolder()
        _ = try authority(folder).credentials()
        for key in ["ca-key.pem", "server-key.pem"] { chmod(folder.path("state/\(key)"), 0o644) }
        _ = try authority(folder).credentials()
        #expect(try folder.mode("state/ca-key.pem") == 0o600)
        #expect(try folder.mode("state/server-key.pem") == 0o600)
    }

    @Test func folderThatOthersCanChangeIsRefused() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path("state"), withIntermediateDirectories: false)
        chmod(folder.path("state"), 0o777)
        let error = #expect(throws: TLSError.self) { try authority(folder).credentials() }
        #expect(error?.detail.contains("could exchange the keys") == true)
    }

    @Test func authorityCannotVouchForOtherNames() async throws {
        let folder = try TemporaryFolder()
        let made = try authority(folder).credentials()
        let issuer = try CertificateIssuer(
            certificate: Certificate(pem: folder.read("state/ca.pem")),
            key: PrivateKey(pem: folder.read("state/ca-key.pem")))
        for (name, isGood) in [("localhost", true), ("box.example", true), ("bank.example", false)] {
            let key = try PrivateKey.generate(.p256)
            let certificate = try issuer.issue(CertificateTemplate(dnsNames: [name]), publicKeyOf: key)
            let file = folder.path("\(name).pem")
            try certificate.pem.write(toFile: file, atomically: false, encoding: .utf8)
            let result = try await RunningProgram.program("openssl", ["verify", "-CAfile", made.caFile, file]).end()
            #expect((result.status == 0) == isGood, "\(name): \(result.errors)")
        }
    }

    @Test(
        arguments: [
            ("", nil), ("UPPER.Example", "upper.example"), ("bad_name", nil), ("-bad", nil), ("a..b", nil),
            ("x,DNS:bank.example", nil), ("name\n", nil), ("localhost", nil), ("日本", nil),
        ] as [(String, String?)])
    func machineNameIsUsedWhereItCanBeOne(name: String, expected: String?) {
        #expect(MachineNames(hostName: name).dns == ["localhost"] + [expected].compactMap(\.self))
    }

    @Test func folderComesFromTheEnvironment() throws {
        func root(_ environment: [String: String]) throws -> String {
            try StateFolder(path: nil, environment: environment).root
        }
        #expect(try root(["XDG_STATE_HOME": "/x", "HOME": "/h"]) == "/x/hasp")
        #expect(try root(["XDG_STATE_HOME": "relative", "HOME": "/h"]) == "/h/.local/state/hasp")
        #expect(throws: TLSError.self) { try root([:]) }
    }

    @Test func startingTogetherGivesOneAuthority() async throws {
        let folder = try TemporaryFolder()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let site = try await ServedSite.start(state: folder)
                    #expect(try await site.get("/health").contains("ok"))
                    #expect(try await site.stop().status == 0)
                }
            }
            try await group.waitForAll()
        }
    }
}
