/// How many errors strangers are told (a leaky bucket): a burst, then a steady trickle.
struct ResponseBudget: Sendable {
    /// When the bucket is empty again.
    private var emptyAt: UInt64 = 0

    /// Whether one more may go out at `now`; if so it is counted.
    mutating func take(now: UInt64) -> Bool {
        let limit = now.after((ICETiming.errorBurst - 1) * ICETiming.errorInterval)
        guard emptyAt <= limit else { return false }
        emptyAt = max(emptyAt, now).after(ICETiming.errorInterval)
        return true
    }
}
