/// Decides for how long a worker gathers packets before it wakes up.
///
/// Waking up is the main cost of forwarding at normal load, so under load it pays to let packets wait for one another.
/// The wait grows in proportion to the packet rate: where packets are rare it would add latency and gather nothing. It
/// falls again where packets are many: a batch that is large already gains little from becoming larger.
/// It is counted from the last wake-up, so that the time a batch takes comes out of it: what a packet waits is then
/// bounded by one span at any load, and a worker that needs all of its time does not wait at all.
struct CoalescingPolicy {
    /// Up to this many packets a second there is no wait.
    static let lowRate: UInt64 = 500
    /// From this many packets a second on the wait is the longest.
    static let highRate: UInt64 = 5_000
    /// A wait that gathers so many packets is long enough.
    static let fullBatch: UInt64 = 50
    /// Percent of the longest wait below which it does not fall, however many packets there are.
    static let leastPercent: UInt64 = 66
    /// The rate is taken over at least this time, so that a single burst does not count as load.
    static let windowNanoseconds: UInt64 = 20_000_000

    /// The longest time in microseconds from one wake-up to the next; 0 switches waiting off.
    let maximum: UInt32
    /// The time in microseconds to be used now.
    private(set) var span: UInt32 = 0
    /// When the worker woke up last.
    private var wokenAt: UInt64
    private var windowStart: UInt64
    private var packets: UInt64 = 0

    init(maximum: UInt32, now: UInt64) {
        self.maximum = maximum
        windowStart = now
        wokenAt = now
    }

    /// How many microseconds of the span are left at `now`: 0 where there is nothing to be gained by waiting.
    func wait(at now: UInt64) -> UInt32 {
        guard span > 0 else { return 0 }
        let spent = now > wokenAt ? (now &- wokenAt) / 1000 : 0
        return spent < UInt64(span) ? span &- UInt32(truncatingIfNeeded: spent) : 0
    }

    /// Takes note of `count` packets that were found on waking up at `now`.
    mutating func observe(_ count: UInt64, now: UInt64) {
        wokenAt = now
        packets &+= count
        let elapsed = now > windowStart ? now &- windowStart : 0
        guard elapsed >= CoalescingPolicy.windowNanoseconds else { return }
        let rate = packets.multipliedReportingOverflow(by: 1_000_000_000)
        span = span(at: rate.overflow ? .max : rate.partialValue / elapsed)
        windowStart = now
        packets = 0
    }

    private func span(at rate: UInt64) -> UInt32 {
        if rate > CoalescingPolicy.highRate {
            let full = CoalescingPolicy.fullBatch &* 1_000_000 / rate
            let least = UInt64(maximum) &* CoalescingPolicy.leastPercent / 100
            return UInt32(truncatingIfNeeded: min(UInt64(maximum), max(full, least)))
        }
        let clamped = min(max(rate, CoalescingPolicy.lowRate), CoalescingPolicy.highRate)
        let span = CoalescingPolicy.highRate - CoalescingPolicy.lowRate
        return UInt32(truncatingIfNeeded: UInt64(maximum) &* (clamped - CoalescingPolicy.lowRate) / span)
    }
}
