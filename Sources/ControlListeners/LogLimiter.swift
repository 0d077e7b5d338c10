/// Lets through so many log lines a second, so that nobody can fill a disk with garbage. Pure: the clock is the
/// caller's.
struct LogLimiter {
    static let linesPerSecond = 10

    private var windowStart: UInt64 = 0
    private var written = 0
    private var suppressed = 0

    /// Whether a line may be written at the monotonic time `now`, in nanoseconds: `nil` when not, else how many lines
    /// were suppressed since the last one that was written.
    mutating func admit(now: UInt64) -> Int? {
        if now < windowStart || now - windowStart >= 1_000_000_000 {
            windowStart = now
            written = 0
        }
        guard written < LogLimiter.linesPerSecond else {
            suppressed += 1
            return nil
        }
        written += 1
        defer { suppressed = 0 }
        return suppressed
    }
}
