//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// One fault: what is wrong, why, whose it is and what to change.
///
/// Entries come from ``FaultCatalogue``. Texts speak of "client" and "server", never of "you", so that each reads
/// rightly on both ends of the connection.
public struct Fault: Hashable, Sendable, Codable, Identifiable {
    /// Who has to act, seen from the end that usually reports the fault.
    public enum Blame: String, Hashable, Sendable, Codable, CaseIterable {
        /// The other end of the connection.
        case peer

        /// The program that uses the library, or the machine it runs on.
        case local

        /// Settings: either end works as it was told, and the two do not fit.
        case configuration

        /// What lies between the two ends.
        case network
    }

    /// Whose language a command is written in.
    ///
    /// `CodingKeyRepresentable` makes a dictionary with these keys a JSON object rather than a list of pairs.
    public enum Dialect: String, Hashable, Sendable, Codable, CodingKeyRepresentable, CaseIterable {
        /// The `hasp` command line.
        case hasp

        /// Directives of an nginx configuration, or the `nginx` command.
        case nginx

        /// Options of `node:tls` and `node:https`, or the `node` command.
        case node

        /// The `openssl` command line, or a setting of `openssl.cnf`.
        case openssl

        /// The `curl` command line.
        case curl
    }

    /// The stable name of the fault.
    public var id: FaultID

    /// Who usually has to act; an error that knows its side of the connection may know better.
    public var blame: Blame

    /// What is wrong, as one short clause without a full stop.
    public var title: LocalizedText

    /// How it comes about, and how to tell it from its neighbours.
    public var why: LocalizedText

    /// What to change, and where.
    public var fix: LocalizedText

    /// The remedy or the check as commands or settings, by dialect. They hold no prose, hence are the same in every
    /// language; they may hold placeholders and several lines.
    public var commands: [Dialect: String]

    /// Advice that is often given for this fault and does not help or does harm; `nil` when there is none.
    public var antiFix: LocalizedText?

    /// Puts an entry together; nothing is checked here.
    public init(
        id: FaultID,
        blame: Blame,
        title: LocalizedText,
        why: LocalizedText,
        fix: LocalizedText,
        commands: [Dialect: String] = [:],
        antiFix: LocalizedText? = nil
    ) {
        self.id = id
        self.blame = blame
        self.title = title
        self.why = why
        self.fix = fix
        self.commands = commands
        self.antiFix = antiFix
    }

    /// One text of this fault with its placeholders replaced, see ``LocalizedText/filled(_:values:)``.
    public func text(_ text: LocalizedText, language: Language, values: [String: String] = [:]) -> String {
        text.filled(language, values: values)
    }

    /// The command for a dialect with its placeholders replaced, or `nil` when the entry has none.
    ///
    /// A value is used only if it consists of characters that mean nothing to a shell and does not start with `-`:
    /// people paste these lines, and a value may come from a hostile peer. Otherwise, and where no value is given, a
    /// word in capitals (`HOST`) stands in its place. An IPv6 address is put in brackets.
    public func command(_ dialect: Dialect, values: [String: String] = [:]) -> String? {
        commands[dialect].map { Placeholders.fillCommand($0, values: values) }
    }
}
