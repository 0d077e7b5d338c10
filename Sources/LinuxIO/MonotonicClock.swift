import CLinuxIO

/// CLOCK_MONOTONIC.
public enum MonotonicClock {
    /// Nanoseconds since an arbitrary point in the past.
    public static func now() -> UInt64 {
        lio_monotonic_nanoseconds()
    }

    /// Keeps the calling thread for about `microseconds`.
    public static func sleep(microseconds: UInt32) {
        lio_sleep_microseconds(microseconds)
    }
}
