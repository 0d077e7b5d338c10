import Synchronization

/// The calls by `call-id`, in shards that are locked one by one: work for one call is in sequence, for calls of
/// different shards in parallel.
final class CallRegistry: Sendable {
    private let shards: [Shard]
    private let total = Atomic<Int>(0)

    /// One lock and the calls under it.
    private final class Shard: Sendable {
        let calls = Mutex<[String: CallRecord]>([:])
    }

    init(shardCount: Int = 64) {
        shards = (0..<max(shardCount, 1)).map { _ in Shard() }
    }

    /// Calls at present.
    var count: Int { total.load(ordering: .relaxed) }

    /// Counts a call that is to be made, unless there are `limit` of them. Its record says so with
    /// ``CallRecord/isCounted``, or it comes to nothing and is taken back.
    func reserve(limit: Int?) -> Bool {
        var count = total.load(ordering: .relaxed)
        while count < limit ?? .max {
            let (exchanged, original) = total.weakCompareExchange(
                expected: count, desired: count + 1, ordering: .relaxed)
            if exchanged { return true }
            count = original
        }
        return false
    }

    /// The call that was counted was not made.
    func cancelReservation() {
        total.wrappingSubtract(1, ordering: .relaxed)
    }

    /// Whether there is a call of this name.
    func contains(_ id: String) -> Bool {
        shards[shard(of: id)].calls.withLock { $0.index(forKey: id) != nil }
    }

    /// Does something with the slot of one call. Setting it to `nil` removes the call, filling it adds one.
    // Inlined, so that what a body captures, requests among them, is not copied.
    @inline(__always)
    func withCall<Result: Sendable>(_ id: String, _ body: (inout CallRecord?) -> Result) -> Result {
        shards[shard(of: id)].calls.withLock { calls in
            withSlot(&calls[id], body)
        }
    }

    @inline(__always)
    private func withSlot<Result: Sendable>(_ slot: inout CallRecord?, _ body: (inout CallRecord?) -> Result) -> Result
    {
        let existed = slot != nil
        defer { noteChange(existed: existed, &slot) }
        return body(&slot)
    }

    /// Looks at every call where it is, a shard at a time; records are too large to be copied for that.
    func lookAtAll(_ body: (inout CallRecord) -> Void) {
        for shard in shards {
            shard.calls.withLock { calls in
                var place = calls.startIndex
                while place != calls.endIndex {
                    body(&calls.values[place])
                    calls.formIndex(after: &place)
                }
            }
        }
    }

    /// Looks at every call where it is, a shard at a time, and then does something with those of which `look` found
    /// anything; a record set to `nil` is removed.
    func visitAll<Finding>(
        _ look: (inout CallRecord) -> Finding?, _ body: (inout CallRecord?, Finding) -> Void
    ) {
        for shard in shards {
            shard.calls.withLock { calls in
                var found: [(id: String, finding: Finding)] = []
                var place = calls.startIndex
                while place != calls.endIndex {
                    if let finding = look(&calls.values[place]) { found.append((calls.keys[place], finding)) }
                    calls.formIndex(after: &place)
                }
                for (id, finding) in found { withSlot(&calls[id]) { body(&$0, finding) } }
            }
        }
    }

    /// Up to `limit` call-ids, in no order.
    func identifiers(limit: Int) -> [String] {
        var result: [String] = []
        for shard in shards where result.count < limit {
            shard.calls.withLock { result += $0.keys.prefix(limit - result.count) }
        }
        return result
    }

    private func shard(of id: String) -> Int {
        Int(UInt(bitPattern: id.hashValue) % UInt(shards.count))
    }

    private func noteChange(existed: Bool, _ record: inout CallRecord?) {
        switch (existed, record?.isCounted) {
        case (false, false):
            record?.isCounted = true
            total.wrappingAdd(1, ordering: .relaxed)
        case (true, nil): total.wrappingSubtract(1, ordering: .relaxed)
        default: break
        }
    }
}
