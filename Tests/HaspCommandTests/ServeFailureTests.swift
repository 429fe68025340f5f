//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import Foundation
import HaspTesting
import Testing

/// Each mistake gets one clear sentence with the file or address, and never a trap.
@Suite(.timeLimit(.minutes(3)))
struct ServeFailureTests {
    private func expectFailure(
        _ arguments: [String], status: Int32 = 64, says words: [String], environment: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let program = try RunningProgram.hasp(["serve"] + arguments, environment: environment)
        try await expectFailure(of: program, status: status, says: words, sourceLocation: sourceLocation)
    }

    private func expectFailure(
        of program: RunningProgram, status: Int32 = 64, says words: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let result = try await program.waitForEnd()
        #expect(result.status == status, "\(result.errors)", sourceLocation: sourceLocation)
        #expect(result.text.isEmpty, sourceLocation: sourceLocation)
        for word in words {
            #expect(result.errors.contains(word), "\(word) in: \(result.errors)", sourceLocation: sourceLocation)
        }
        for trap in ["Fatal error", "backtrace", "💣"] {
            #expect(!result.errors.contains(trap), sourceLocation: sourceLocation)
        }
    }

    @Test func missingFile() async throws {
        let folder = try CertificateFolder()
        try await expectFailure(
            ["--cert", "/nowhere/cert.pem", "--key", folder.keyFile], says: ["/nowhere/cert.pem", "No such file"])
        try await expectFailure(
            ["--cert", folder.certificateFile, "--key", "/nowhere/key.pem"], says: ["/nowhere/key.pem"])
        try await expectFailure(
            ["--cert", folder.certificateFile, "--key", folder.keyFile, "--client-ca", "/nowhere/ca.pem"],
            says: ["/nowhere/ca.pem"])
    }

    @Test func unreadableFile() async throws {
        let folder = try CertificateFolder()
        let rubbish = try folder.file("rubbish.pem", "this is no certificate\n")
        try await expectFailure(["--cert", rubbish, "--key", folder.keyFile], says: [rubbish, "fix"])
        try await expectFailure(["--cert", folder.certificateFile, "--key", rubbish], says: [rubbish])
        try await expectFailure(
            ["--cert", folder.certificateFile, "--key", folder.keyFile, "--client-ca", rubbish], says: [rubbish])
    }

    @Test func wrongKey() async throws {
        let folder = try CertificateFolder()
        let other = try folder.client("other")
        try await expectFailure(
            ["--cert", folder.certificateFile, "--key", other.keyFile], says: [other.keyFile, folder.certificateFile])
    }

    @Test func certificateOutOfItsTime() async throws {
        let expired = try CertificateFolder(validity: .expired)
        try await expectFailure(
            ["--cert", expired.certificateFile, "--key", expired.keyFile],
            says: [expired.certificateFile, "expired at", "renew it"])
        let early = try CertificateFolder(validity: .notYet)
        try await expectFailure(
            ["--cert", early.certificateFile, "--key", early.keyFile],
            says: [early.certificateFile, "is not valid before"])
    }

    @Test(arguments: [[], ["--echo"]])
    func portInUse(mode: [String]) async throws {
        let site = try await ServedSite.start()
        try await expectFailure(
            ["--host", "127.0.0.1", "--port", "\(site.port)", "--state-dir", site.state.path("state")] + mode,
            says: ["127.0.0.1:\(site.port)", "another program listens there", "--port"])
        #expect(try await site.stop().status == 0)
    }

    @Test(arguments: [[], ["--echo"]])
    func addressOfAnotherMachine(mode: [String]) async throws {
        let folder = try TemporaryFolder()
        try await expectFailure(
            ["--host", "192.0.2.1", "--port", "0", "--state-dir", folder.path("state")] + mode,
            says: ["cannot listen on 192.0.2.1:0: this machine has no such address: choose another with --host"])
        try await expectFailure(
            ["--host", "name.invalid", "--port", "0", "--state-dir", folder.path("state")] + mode,
            says: ["cannot listen on name.invalid:0: name.invalid has no address: give --host"])
    }

    @Test(.enabled(if: PrivilegedPort.isRefusedToOthers), arguments: [[], ["--echo"]])
    func privilegedPort(mode: [String]) async throws {
        let folder = try TemporaryFolder()
        let arguments = ["--host", "127.0.0.1", "--port", "1", "--state-dir", folder.path("state")] + mode
        try await expectFailure(
            of: try PrivilegedPort.hasp(["serve"] + arguments),
            says: ["cannot listen on 127.0.0.1:1: this user may not listen on it: choose a port above 1023", "--port"])
    }

    @Test func wrongUse() async throws {
        try await expectFailure(["--cert", "cert.pem"], says: ["--cert needs --key"])
        try await expectFailure(["--key", "key.pem"], says: ["--key needs --cert"])
        try await expectFailure(["--port", "65536"], says: ["65536"])
        try await expectFailure(["--port", "many"], says: ["many"])
        try await expectFailure(["--host", ""], says: ["--host"])
    }

    @Test func noHome() async throws {
        try await expectFailure([], says: ["--state-dir", "--cert"], environment: ["HOME": "", "XDG_STATE_HOME": ""])
    }

    @Test func folderThatCannotBe() async throws {
        let folder = try CertificateFolder()
        try await expectFailure(["--state-dir", folder.caFile], says: [folder.caFile, "no folder"])
        try await expectFailure(["--state-dir", folder.caFile + "/below"], says: [folder.caFile, "--state-dir"])
    }

    @Test func ownCertificateServes() async throws {
        let folder = try CertificateFolder()
        let site = try await ServedSite.start(["--cert", folder.certificateFile, "--key", folder.keyFile])
        let result = try await RunningProgram.program(
            "curl", ["-sS", "--cacert", folder.caFile, "https://localhost:\(site.port)/health"]
        ).end()
        #expect(result.status == 0, "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: site.state.path("state")))
        #expect(try await site.stop().status == 0)
    }
}

/// Ports that the system keeps for the administrator.
private enum PrivilegedPort {
    /// Whether this machine keeps port 1, and can start a program that may not have it.
    static var isRefusedToOthers: Bool {
        #if os(Linux)
        let first = try? String(contentsOfFile: "/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding: .utf8)
        guard let first = first.flatMap({ Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }), first > 1 else {
            return false
        }
        return geteuid() != 0 || FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")
        #else
        return geteuid() != 0
        #endif
    }

    /// Starts the command without the right to such ports, which the administrator's programs have.
    static func hasp(_ arguments: [String]) throws -> RunningProgram {
        guard geteuid() == 0 else { return try RunningProgram.hasp(arguments) }
        let right = "-net_bind_service"
        return try RunningProgram.program(
            "setpriv", ["--inh-caps", right, "--bounding-set", right, "--", try BuiltCommand.path] + arguments)
    }
}
