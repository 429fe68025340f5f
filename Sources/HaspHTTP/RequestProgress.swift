//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// Knows when a connection owes its server the rest of a request's head.
struct RequestProgress {
    private var isHeadBegun = false
    private var isBodyDue = false
    private var unanswered = 0
    /// Whether the bytes that are being read have ended a head or a request.
    private var hasEnded = false

    /// Whether the time for a head runs. While a response is due it does not: the server may have stopped reading.
    var isHeadDue: Bool { isHeadBegun && unanswered == 0 }

    /// The first head is due without a byte of it.
    mutating func connectionEstablished() { isHeadBegun = true }

    /// Before the decoder gets bytes.
    mutating func bytesArrived() { hasEnded = false }

    /// After the decoder has told all that it made of them. Of bytes that ended something, a rest may have begun the
    /// next head; then the next byte counts as its first.
    mutating func bytesDecoded() {
        if !hasEnded, !isBodyDue { isHeadBegun = true }
    }

    mutating func headEnded() {
        isHeadBegun = false
        isBodyDue = true
        hasEnded = true
        unanswered += 1
    }

    mutating func requestEnded() {
        isBodyDue = false
        hasEnded = true
    }

    /// What cannot be parsed is answered too, without ever having been a request.
    mutating func responseEnded() { unanswered = max(0, unanswered - 1) }
}
