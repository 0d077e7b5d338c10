import CVirtualTime

/// The clock that libssl reads on this thread.
package enum LibraryClock {
    /// Lets libssl see the virtual time `now`, in nanoseconds.
    static func set(_ now: UInt64) { CVirtualTime_set(Int64(now / 1000)) }

    /// Gives the thread the true time again.
    package static func reset() { CVirtualTime_reset() }
}

/// Nanoseconds of a time-out of libssl.
func nanoseconds(_ duration: Duration) -> UInt64 {
    let (seconds, attoseconds) = duration.components
    return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000)
}
