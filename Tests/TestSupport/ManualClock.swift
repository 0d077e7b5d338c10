public import CallControl
import Synchronization

/// A clock that only moves when it is told to.
public final class ManualClock: Sendable {
    private let nanoseconds = Atomic<UInt64>(1_000_000_000)
    /// Microseconds since the epoch at the monotonic time 0.
    private static let epochMicroseconds: Int64 = 1_790_000_000_000_000

    /// A clock that shows one second since its start.
    public init() {}

    /// Monotonic nanoseconds.
    public var now: UInt64 { nanoseconds.load(ordering: .relaxed) }

    /// Lets `seconds` pass.
    public func advance(seconds: Int) {
        nanoseconds.wrappingAdd(UInt64(seconds) * 1_000_000_000, ordering: .relaxed)
    }

    /// The clock as the call registry reads it.
    public var controlClock: ControlClock {
        ControlClock(
            monotonicNanoseconds: { self.now },
            wallMicroseconds: { ManualClock.epochMicroseconds + Int64(self.now / 1_000) })
    }
}
