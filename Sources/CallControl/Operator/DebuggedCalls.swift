import Synchronization

/// The calls whose requests are logged whatever the log level is. While there are none, asking costs one load.
final class DebuggedCalls: Sendable {
    /// An operator looks at few calls; a script that switches all of them on would drown the log.
    private static let limit = 64

    private let count = Atomic<Int>(0)
    private let calls = Mutex<Set<String>>([])

    /// Whether there are any.
    var isInUse: Bool { count.load(ordering: .relaxed) > 0 }

    /// Whether `callID` is one of them.
    func contains(_ callID: String) -> Bool { isInUse && calls.withLock { $0.contains(callID) } }

    /// Adds or removes a call; `false` when there are too many.
    @discardableResult
    func set(_ callID: String, _ isOn: Bool) -> Bool {
        guard isOn || isInUse else { return true }
        return calls.withLock { calls in
            if isOn {
                guard calls.contains(callID) || calls.count < DebuggedCalls.limit else { return false }
                calls.insert(callID)
            } else {
                calls.remove(callID)
            }
            count.store(calls.count, ordering: .relaxed)
            return true
        }
    }
}
