/// How many DTLS datagrams a port may hand to the handshakes, so that a flood on one cannot crowd out the others.
struct HandshakeBudget: BitwiseCopyable {
    /// As many at once: two flights with a certificate in small records, and their repetitions.
    static let burst: UInt64 = 32
    /// One more after this time while the handshake goes on, in nanoseconds.
    static let interval: UInt64 = 10_000_000
    /// One more after this time when there are keys: 20 in a second.
    static let intervalWhenDone: UInt64 = 50_000_000

    private var tokens = burst
    private var filledAt: UInt64 = 0

    mutating func take(isDone: Bool, now: UInt64) -> Bool {
        let interval = isDone ? Self.intervalWhenDone : Self.interval
        let new = now > filledAt ? (now &- filledAt) / interval : 0
        if tokens &+ new >= Self.burst || new > Self.burst {
            tokens = Self.burst
            filledAt = now
        } else {
            tokens &+= new
            filledAt &+= new &* interval
        }
        guard tokens > 0 else { return false }
        tokens &-= 1
        return true
    }
}
