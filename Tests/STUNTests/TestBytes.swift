import STUN

/// Bytes from hexadecimal digits; everything else is layout.
func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}

/// Runs `body` on a view of `bytes`; throws what reading throws.
func withMessage<Result>(_ bytes: [UInt8], _ body: (STUNMessage) throws -> Result) throws -> Result {
    try bytes.withUnsafeBytes { try body(try STUNMessage($0)) }
}

/// The bytes of a message that `body` builds; `nil` when it does not fit into `capacity` bytes.
func built(
    _ messageClass: STUNMessageClass = .request, id: STUNTransactionID = testID, capacity: Int = 1024,
    with body: (inout STUNMessageBuilder) -> Void = { _ in }
) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0xAA, count: capacity + 16)
    let count = bytes.withUnsafeMutableBytes { buffer -> Int? in
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<capacity])
        var builder = STUNMessageBuilder(STUNMessageType(.binding, messageClass), id, into: part)
        body(&builder)
        return builder.finish()
    }
    precondition(bytes[capacity...].allSatisfy { $0 == 0xAA }, "written beyond the buffer")
    return count.map { Array(bytes[..<$0]) }
}

let testID = STUNTransactionID(high: 0xB7E7_A701, low: 0xBC34_D686_FA87_DFAE)

extension HMACSHA1 {
    init(_ key: some Collection<UInt8>) {
        self = Array(key).withUnsafeBytes { HMACSHA1(key: $0) }
    }

    init(_ password: String) {
        self.init(password.utf8)
    }
}

extension SHA1Digest {
    var bytes: [UInt8] {
        var result = [UInt8](repeating: 0, count: SHA1Digest.byteCount)
        result.withUnsafeMutableBytes { write(to: $0) }
        return result
    }
}

/// SplitMix64: small, seeded, the same everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

extension UnsafeRawBufferPointer {
    var text: String { String(decoding: self, as: UTF8.self) }
}
