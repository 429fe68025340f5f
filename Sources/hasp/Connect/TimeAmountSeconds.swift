//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import ArgumentParser
import NIOCore

/// A time limit as people write it: seconds, `2.5` or `2.5s`.
struct TimeAmountSeconds: ExpressibleByArgument, Equatable, Sendable {
    var amount: TimeAmount

    init(amount: TimeAmount) { self.amount = amount }

    init?(argument: String) {
        let text = argument.hasSuffix("s") ? String(argument.dropLast()) : argument
        // A day: nobody waits longer, and the number stays far from any overflow.
        guard let seconds = Double(text), seconds > 0, seconds <= 86_400 else { return nil }
        amount = .milliseconds(max(1, Int64(seconds * 1000)))
    }

    var defaultValueDescription: String { "\(text)" }

    /// The limit in seconds: `30`, `2.5`.
    var text: String {
        let milliseconds = amount.nanoseconds / 1_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)" : "\(Double(milliseconds) / 1000)"
    }
}
