//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

import HaspWire

/// All records in some bytes.
func records(in bytes: [UInt8]) throws -> [Record] {
    var parser = RecordParser()
    parser.append(bytes)
    var records: [Record] = []
    while let record = try parser.next() { records.append(record) }
    return records
}

/// All handshake messages in the plaintext handshake records of some bytes.
func messages(in bytes: [UInt8]) throws -> [HandshakeMessage] {
    var parser = HandshakeParser()
    for record in try records(in: bytes) where record.type == .handshake { parser.append(record.payload) }
    var messages: [HandshakeMessage] = []
    while let message = try parser.next() { messages.append(message) }
    return messages
}

/// The body of the first handshake message of a type.
func body(of type: HandshakeType, in bytes: [UInt8]) throws -> [UInt8] {
    let message = try messages(in: bytes).first { $0.type == type }
    guard let message else { throw WireError(.truncated, in: "\(type)", at: 0) }
    return message.body
}

func clientHello(_ capture: [UInt8]) throws -> ClientHello {
    try ClientHello(parsing: body(of: .clientHello, in: capture))
}

func serverHello(_ capture: [UInt8]) throws -> ServerHello {
    try ServerHello(parsing: body(of: .serverHello, in: capture))
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
