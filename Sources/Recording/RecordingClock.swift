/// Where the times of files come from: the monotonic clock that packets are stamped with, and the wall clock.
public struct RecordingClock: Sendable {
    /// Nanoseconds of the monotonic clock.
    public var monotonicNanoseconds: @Sendable () -> UInt64
    /// Microseconds since the epoch.
    public var wallMicroseconds: @Sendable () -> Int64

    /// A clock read by these functions.
    public init(
        monotonicNanoseconds: @escaping @Sendable () -> UInt64, wallMicroseconds: @escaping @Sendable () -> Int64
    ) {
        self.monotonicNanoseconds = monotonicNanoseconds
        self.wallMicroseconds = wallMicroseconds
    }

    /// What monotonic times have to be added to give nanoseconds since the epoch, as both clocks stand now.
    func epochOffset() -> UInt64 {
        UInt64(clamping: wallMicroseconds()) &* 1_000 &- monotonicNanoseconds()
    }
}

/// Times as text.
enum TimeText {
    /// Seconds and milliseconds: `1795253322145.191` is what the metadata of recordings call milliseconds and is
    /// milliseconds with a fraction of three digits.
    static func milliseconds(_ microseconds: Int64) -> String {
        let fraction = String(microseconds % 1_000)
        return "\(microseconds / 1_000)." + String(repeating: "0", count: max(0, 3 - fraction.count)) + fraction
    }

    /// `2026-11-21T09:28:42` in UTC (RFC 3339 without the zone), by the calendar's arithmetic.
    static func date(_ microseconds: Int64) -> String {
        let seconds = microseconds / 1_000_000
        let (day, rest) = (seconds / 86_400, seconds % 86_400)
        // Days since 1 March of the year 0, in eras of 400 years.
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(year)-\(two(month < 10 ? month + 3 : month - 9))-\(two(dayOfYear - (153 * month + 2) / 5 + 1))T"
            + "\(two(rest / 3_600)):\(two(rest / 60 % 60)):\(two(rest % 60))"
    }
}
