/// Decides for how long a worker gathers packets before it wakes up.
///
/// Waking up is the main cost of forwarding at normal load, so under load it pays to let packets wait for one another.
/// The wait grows in proportion to the packet rate: where packets are rare it would add latency and gather nothing.
struct CoalescingPolicy {
    /// Up to this many packets a second there is no wait.
    static let lowRate: UInt64 = 500
    /// From this many packets a second on the wait is the longest.
    static let highRate: UInt64 = 5_000
    /// The rate is taken over at least this time, so that a single burst does not count as load.
    static let windowNanoseconds: UInt64 = 20_000_000

    /// The longest wait in microseconds; 0 switches waiting off.
    let maximum: UInt32
    /// The wait in microseconds to be used now.
    private(set) var wait: UInt32 = 0
    private var windowStart: UInt64
    private var packets: UInt64 = 0

    init(maximum: UInt32, now: UInt64) {
        self.maximum = maximum
        windowStart = now
    }

    /// Takes note of `count` packets that were handled up to `now`.
    mutating func observe(_ count: UInt64, now: UInt64) {
        packets &+= count
        let elapsed = now > windowStart ? now &- windowStart : 0
        guard elapsed >= CoalescingPolicy.windowNanoseconds else { return }
        let rate = packets.multipliedReportingOverflow(by: 1_000_000_000)
        wait = rate.overflow ? maximum : waitTime(at: rate.partialValue / elapsed)
        windowStart = now
        packets = 0
    }

    private func waitTime(at rate: UInt64) -> UInt32 {
        let clamped = min(max(rate, CoalescingPolicy.lowRate), CoalescingPolicy.highRate)
        let span = CoalescingPolicy.highRate - CoalescingPolicy.lowRate
        return UInt32(truncatingIfNeeded: UInt64(maximum) &* (clamped - CoalescingPolicy.lowRate) / span)
    }
}
