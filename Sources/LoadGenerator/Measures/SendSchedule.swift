/// When each of `legs` senders is due, spread evenly over the period so that the relay sees no bursts that the workload
/// did not ask for.
package struct SendSchedule: Equatable, Sendable {
    /// Nanoseconds between two turns of the same leg.
    package let period: UInt64
    /// Number of legs that take turns.
    package let legs: Int
    /// The moment of the first turn.
    package let start: UInt64

    /// The next turn to take.
    private var turn = 0
    private var periodStart: UInt64

    /// A schedule in which every leg sends `packetsPerSecond` packets in bursts of `packetsPerBurst`.
    package init(legs: Int, packetsPerSecond: Int, packetsPerBurst: Int, start: UInt64) {
        self.legs = max(1, legs)
        self.start = start
        period = UInt64(max(1, packetsPerBurst)) * 1_000_000_000 / UInt64(max(1, packetsPerSecond))
        periodStart = start
        due = start
    }

    /// When the next leg is due.
    package private(set) var due: UInt64

    /// The leg that is due next. The two legs of a call are half a period apart, so that a relay cannot save work by
    /// finding both of a call's packets at once.
    package var leg: Int {
        let half = legs / 2
        guard turn % 2 == 1, half > 1 else { return turn }
        let call = (turn / 2 + half / 2) % half
        return legs.isMultiple(of: 2) ? 2 * call + 1 : turn
    }

    /// Moves on to the next turn.
    @inline(__always)
    package mutating func advance() {
        turn &+= 1
        if turn == legs {
            turn = 0
            periodStart &+= period
        }
        due = periodStart &+ UInt64(truncatingIfNeeded: turn) &* period / UInt64(truncatingIfNeeded: legs)
    }
}
