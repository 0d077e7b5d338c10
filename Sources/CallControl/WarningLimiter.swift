import Synchronization

/// Lets through so many warnings a second for the whole daemon, so that a client that repeats a mistake cannot fill a
/// disk with it.
final class WarningLimiter: Sendable {
    static let linesPerSecond = 50

    private struct Window {
        var start: UInt64 = 0
        var written = 0
        var suppressed = 0
    }

    private let window = Mutex(Window())

    /// Whether a line may be written at the monotonic time `now`, in nanoseconds: `nil` when not, else how many lines
    /// were suppressed since the last one that was written.
    func admit(now: UInt64) -> Int? {
        window.withLock { window in
            if now < window.start || now - window.start >= 1_000_000_000 {
                window.start = now
                window.written = 0
            }
            guard window.written < Self.linesPerSecond else {
                window.suppressed += 1
                return nil
            }
            window.written += 1
            defer { window.suppressed = 0 }
            return window.suppressed
        }
    }
}
