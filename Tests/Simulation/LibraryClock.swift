import CVirtualTime

/// The clock that libssl reads on this thread.
enum LibraryClock {
    /// Lets libssl see the virtual time `now`, in nanoseconds, during `body`.
    static func show(_ now: UInt64, _ body: () -> Void) {
        CVirtualTime_set(Int64(now / 1000))
        defer { CVirtualTime_reset() }
        body()
    }
}

/// Nanoseconds of a time-out of libssl.
func nanoseconds(_ duration: Duration) -> UInt64 {
    let (seconds, attoseconds) = duration.components
    return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000)
}
