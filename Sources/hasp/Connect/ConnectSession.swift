//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS
import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One run of `hasp connect`: connect, change over if asked to, show the facts, carry bytes, take leave.
struct ConnectSession: Sendable {
    enum Format: Sendable {
        /// Facts on standard error; standard input and output carry the talk.
        case text
        /// Facts as JSON on standard output, and nothing else.
        case json
    }

    var target: ConnectTarget
    var options: ClientOptions
    /// The file with the passphrase of the client's key.
    var passphraseFile: String?
    var startTLS: StartTLS?
    var format: Format
    var language: Language
    var isInsecure: Bool

    private var terminal: Terminal { .standardError }

    func run() async -> ExitStatus {
        do {
            // A bad option or file is told before anybody is called.
            let options = try await completeOptions()
            if isInsecure { warn() }
            let socket = try await connect(options)
            return await serve(socket)
        } catch {
            return report(error)
        }
    }

    private func serve(_ socket: TLSSocket) async -> ExitStatus {
        if format == .text {
            facts(of: socket).print()
            // Where both streams go to one terminal, the server's first line begins apart from the facts.
            if isatty(STDOUT_FILENO) == 1 { terminal.print("") }
        }
        let early: EarlyBytes
        do { early = try await awaitVerdict(socket) } catch {
            return report(error, status: isRefusal(error, socket) ? .handshake : nil)
        }
        switch format {
        case .json:
            let status = printDocument(of: socket)
            await leave(socket)
            return status
        case .text: return await pipe(socket, early)
        }
    }

    private func pipe(_ socket: TLSSocket, _ early: EarlyBytes) async -> ExitStatus {
        if case .end = early { return await finish(socket, .serverEnded, received: false) }
        var first: ByteBuffer?
        if case .bytes(let bytes) = early { first = bytes }
        let (end, received, inputFailure) = await Piping(socket: socket).run(
            early: first, isInputInteractive: isatty(STDIN_FILENO) == 1)
        let status = await finish(socket, end, received: received)
        guard let inputFailure else { return status }
        terminal.print("\(mark) standard input cannot be read: \(inputFailure)")
        return status == .fine ? .failure : status
    }

    private func finish(_ socket: TLSSocket, _ end: Piping.End, received: Bool) async -> ExitStatus {
        switch end {
        case .serverEnded, .outputAbandoned:
            await leave(socket)
            return .fine
        case .outputFailed(let reason):
            terminal.print("\(mark) standard output cannot be written: \(reason)")
            await leave(socket)
            return .failure
        case .connectionFailed(let error) where error.code == .cancelled:
            await leave(socket)
            return .interrupted
        case .connectionFailed(let error):
            let status: ExitStatus? = !received && isRefusal(error, socket) ? .handshake : nil
            return report(error, status: status)
        }
    }

    private var mark: String { terminal.styled("hasp:", .boldRed) }
}

// MARK: - Connecting

extension ConnectSession {
    /// The options with the passphrase in them, after it has been seen that a context can be made of them.
    private func completeOptions() async throws -> ClientOptions {
        var options = options
        if let passphraseFile {
            let passphrase = try Self.passphrase(in: passphraseFile)
            for index in options.tls.identities.indices { options.tls.identities[index].passphrase = passphrase }
        }
        let tls = options.tls
        _ = try await StreamThreads.pool.runIfActive { try SecureContext(tls) }
        return options
    }

    private static func passphrase(in file: String) throws -> String {
        let bytes = try FileBytes.read(file, purpose: "the passphrase file")
        // Editors end a file with a line break, which is no part of the passphrase.
        return String(decoding: bytes.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
    }

    private func connect(_ options: ClientOptions) async throws -> TLSSocket {
        guard let startTLS else {
            return try await TLS.connect(host: target.host, port: target.port, options: options)
        }
        let deadline = NIODeadline.now() + options.timeout
        let socket = try await TLS.connectPlain(host: target.host, port: target.port, timeout: options.timeout)
        do {
            try await startTLS.negotiate(on: socket, deadline: deadline)
            var rest = options
            rest.timeout = max(.milliseconds(1), deadline - .now())
            try await socket.upgrade(toServerNamed: target.host, options: rest)
            return socket
        } catch {
            socket.channel.close(mode: .all, promise: nil)
            throw Self.beforeTLS(error)
        }
    }

    /// A connection that breaks before TLS stands has not got through its handshake.
    private static func beforeTLS(_ error: any Error) -> any Error {
        guard let error = error as? TLSError, [.established, .closing].contains(error.phase) else { return error }
        return error.with(phase: .handshake)
    }

    /// Says goodbye. A server that does not even take that is not waited for.
    private func leave(_ socket: TLSSocket) async {
        let eventLoop = socket.channel.eventLoop
        let done = eventLoop.makePromise(of: Void.self)
        let timer = eventLoop.scheduleTask(in: Self.leaveTime) { done.succeed() }
        Task {
            try? await socket.close()
            done.succeed()
        }
        try? await done.futureResult.get()
        timer.cancel()
    }

    private static let leaveTime = TimeAmount.seconds(2)
}

// MARK: - The server's verdict on the client's certificate

extension ConnectSession {
    /// What came while the server's verdict was waited for.
    private enum EarlyBytes: Sendable {
        case none
        case bytes(ByteBuffer)
        case end
    }

    /// In TLS 1.3 a client is done before the server has looked at its certificate (RFC 8446, section 4.4): a refusal
    /// comes as an alert when the handshake is over on this side. Closing or sending at once could lose that alert, so
    /// where a certificate was asked for, the server gets a moment to object.
    private func awaitVerdict(_ socket: TLSSocket) async throws -> EarlyBytes {
        let report = socket.handshake
        guard report.version == .tls13, report.isClientCertificateRequested else { return .none }
        let roundTrip = report.timeline.handshakeDuration ?? .zero
        let patience = min(max(roundTrip * 3, Self.shortestVerdict), Self.longestVerdict)
        return try await withThrowingTaskGroup(of: EarlyBytes.self) { group in
            group.addTask {
                do { return try await socket.read().map(EarlyBytes.bytes) ?? .end } catch let error as TLSError
                    where error.code == .cancelled
                {
                    return .none
                }
            }
            group.addTask {
                try? await Task.sleep(for: patience)
                return .none
            }
            var result = EarlyBytes.none
            while let next = try await group.next() {
                group.cancelAll()
                if case .none = next { continue }
                result = next
            }
            return result
        }
    }

    private static let shortestVerdict = Duration.milliseconds(300)
    private static let longestVerdict = Duration.seconds(3)

    /// Whether the server's alert belongs to the handshake, although it came after it.
    private func isRefusal(_ error: any Error, _ socket: TLSSocket) -> Bool {
        guard let error = error as? TLSError, error.alert?.isReceived == true else { return false }
        return socket.handshake.version == .tls13
    }
}

// MARK: - Words

extension ConnectSession {
    private var peerName: String { options.peerName ?? options.serverName ?? target.host }

    private func facts(of socket: TLSSocket) -> HandshakeFacts {
        let answered = socket.remoteAddress.map(AddressText.of) ?? ""
        let address = answered == target.address ? answered : "\(target.address) (\(answered))"
        return HandshakeFacts(
            report: socket.handshake, address: address, peerName: peerName, terminal: terminal, language: language)
    }

    private func warn() {
        let text =
            language == .japanese
            ? "--insecure: サーバーが何者であるかを確かめません。経路上の誰でも、すべてを読み書きできます。"
            : "INSECURE: the server need not prove who it is. Anybody on the way can read and change everything."
        terminal.print(terminal.styled("⚠ \(text)", .boldRed))
    }

    private func printDocument(of socket: TLSSocket) -> ExitStatus {
        let document = ConnectionDocument(
            socket.handshake, isEncrypted: socket.isEncrypted,
            peerAddress: socket.remoteAddress.map(AddressText.of),
            localAddress: socket.localAddress.map(AddressText.of))
        return printJSON(.fine) { try document.json() }
    }

    private func report(_ error: any Error, status: ExitStatus? = nil) -> ExitStatus {
        if (error as? TLSError)?.code == .cancelled || error is CancellationError { return .interrupted }
        let values = [
            "host": target.host, "port": String(target.port), "address": target.address, "name": peerName,
        ]
        let report = FailureReport(error, status: status, values: values, language: language)
        switch format {
        case .text:
            report.print(to: terminal)
            return report.status
        case .json: return printJSON(report.status) { try report.json() }
        }
    }

    private func printJSON(_ status: ExitStatus, _ make: () throws -> String) -> ExitStatus {
        do {
            if case .failed(let reason) = OutputFile.standardOutput.write(Array((try make() + "\n").utf8)) {
                terminal.print("\(mark) standard output cannot be written: \(reason)")
                return .failure
            }
            return status
        } catch {
            terminal.print("\(mark) \(error)")
            return .failure
        }
    }
}
