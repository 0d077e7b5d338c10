internal import STUN

/// Unpredictable numbers from a secret drawn once: a keyed digest of a counter. Gives the agent transaction
/// identifiers and jitter without a source of randomness in its calls.
struct KeyedGenerator: RandomNumberGenerator, Sendable {
    private let key: HMACSHA1
    private var counter: UInt64 = 0

    init(using generator: inout some RandomNumberGenerator) {
        key = HMACSHA1(drawnFrom: &generator)
    }

    mutating func next() -> UInt64 {
        counter &+= 1
        return withUnsafeBytes(of: counter) { key.code(of: $0).first64 }
    }

    mutating func transactionID() -> STUNTransactionID {
        STUNTransactionID(using: &self)
    }

    /// `duration` times 0.8…1.2.
    mutating func jittered(_ duration: UInt64) -> UInt64 {
        let fifth = duration / 5
        return duration - fifth + next() % (2 * fifth + 1)
    }
}
