//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspTLS

/// Chooses the words of the reader's language. English and Japanese stand side by side where they are used, so that no
/// change forgets one of them.
struct Words: Sendable {
    var language: Language

    init(_ language: Language) { self.language = language }

    func callAsFunction(_ english: String, _ japanese: String) -> String {
        switch language {
        case .english: english
        case .japanese: japanese
        }
    }

    /// A span of time in the unit in which it is easy to read.
    func duration(_ duration: Duration) -> String {
        let microseconds = duration.wholeMicroseconds
        if microseconds < 1_000 { return "\(microseconds) µs" }
        let (value, unit) = microseconds < 1_000_000 ? (microseconds / 10, "ms") : (microseconds / 10_000, "s")
        let decimals = value % 100
        return "\(value / 100).\(decimals < 10 ? "0" : "")\(decimals) \(unit)"
    }

    func daysLeft(_ days: Int) -> String {
        switch days {
        case ..<0: self("expired", "期限切れ")
        case 0: self("ends today", "今日まで")
        case 1: self("1 day left", "残り1日")
        default: self("\(days) days left", "残り\(days)日")
        }
    }
}
