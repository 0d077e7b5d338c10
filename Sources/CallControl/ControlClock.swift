/// Where the registry gets the time from: given at its making, so that tests can turn the clock.
public struct ControlClock: Sendable {
    /// Nanoseconds of the monotonic clock that the media plane stamps packets with.
    public var monotonicNanoseconds: @Sendable () -> UInt64
    /// Microseconds since the Unix epoch.
    public var wallMicroseconds: @Sendable () -> Int64

    /// A clock read by these functions.
    public init(
        monotonicNanoseconds: @escaping @Sendable () -> UInt64, wallMicroseconds: @escaping @Sendable () -> Int64
    ) {
        self.monotonicNanoseconds = monotonicNanoseconds
        self.wallMicroseconds = wallMicroseconds
    }

    /// Seconds since the Unix epoch.
    var wallSeconds: Int64 { wallMicroseconds() / 1_000_000 }
}
