//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Standard error, or standard output, as a place where people read.
struct Terminal: Sendable {
    /// How a piece of text stands out.
    enum Style: String, Sendable {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case boldRed = "1;31"
    }

    var descriptor: CInt
    /// Colour is for terminals whose owner has not declined it (https://no-color.org).
    var isColoured: Bool
    /// The columns of a line; nil where lines are not to be wrapped, as in a file.
    var columns: Int?

    static let standardError = Terminal(descriptor: STDERR_FILENO)
    static let standardOutput = Terminal(descriptor: STDOUT_FILENO)

    init(descriptor: CInt, isColoured: Bool, columns: Int?) {
        self.descriptor = descriptor
        self.isColoured = isColoured
        self.columns = columns
    }

    private init(descriptor: CInt) {
        let environment = ProcessInfo.processInfo.environment
        let isTerminal = isatty(descriptor) == 1
        let isDeclined = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        self.init(
            descriptor: descriptor,
            isColoured: isTerminal && !isDeclined && environment["TERM"] != "dumb",
            columns: isTerminal ? Self.width(descriptor) : nil)
    }

    func styled(_ text: String, _ style: Style) -> String {
        isColoured ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Writes a line. Nothing can be done about a standard error that is gone, so failures are passed over.
    func print(_ line: String) { _ = OutputFile(descriptor: descriptor).write(Array((line + "\n").utf8)) }

    private static func width(_ descriptor: CInt) -> Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 else { return nil }
        // Longer lines than this are hard to read.
        return min(Int(size.ws_col), 100)
    }
}
