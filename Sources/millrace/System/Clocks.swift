import CallControl
import Glibc
import Recording

extension RecordingClock {
    /// The same clocks.
    static let system = RecordingClock(
        monotonicNanoseconds: ControlClock.system.monotonicNanoseconds,
        wallMicroseconds: ControlClock.system.wallMicroseconds)
}

extension ControlClock {
    /// The clocks of the kernel. The monotonic one is the clock that packets are stamped with.
    static let system = ControlClock(
        monotonicNanoseconds: {
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
        },
        wallMicroseconds: {
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            return Int64(now.tv_sec) &* 1_000_000 &+ Int64(now.tv_nsec) / 1000
        })
}
