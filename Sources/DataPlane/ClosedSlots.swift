import LinuxIO
import Synchronization

/// The slots whose sockets a worker has closed, on their way back to the ledger. The worker puts in without a lock;
/// whoever holds the ledger's lock takes out.
final class ClosedSlots: Sendable {
    private let memory: MappedSlots
    private let head = Atomic<UInt32>(0)
    private let tail = Atomic<UInt32>(0)
    private let mask: UInt32

    /// Room for `capacity` slots: as many as the worker has, so that it never fills up.
    init(capacity: Int) throws(SystemError) {
        var size = 1
        while size < capacity { size *= 2 }
        memory = MappedSlots(try MappedMemory(size: size * MemoryLayout<UInt32>.stride))
        mask = UInt32(size - 1)
    }

    /// For the worker only.
    func append(_ slot: UInt32) {
        let position = tail.load(ordering: .relaxed)
        precondition(position &- head.load(ordering: .acquiring) <= mask, "a slot is closed once")
        memory.start[Int(position & mask)] = slot
        tail.store(position &+ 1, ordering: .releasing)
    }

    /// For one thread at a time.
    func popFirst() -> UInt32? {
        let position = head.load(ordering: .relaxed)
        guard position != tail.load(ordering: .acquiring) else { return nil }
        let slot = memory.start[Int(position & mask)]
        head.store(position &+ 1, ordering: .releasing)
        return slot
    }
}

/// Memory that one thread writes and another reads, in turn as head and tail of ``ClosedSlots`` say.
private struct MappedSlots: ~Copyable, @unchecked Sendable {
    let memory: MappedMemory
    let start: UnsafeMutablePointer<UInt32>

    init(_ memory: consuming MappedMemory) {
        start = memory.start.bindMemory(to: UInt32.self, capacity: memory.size / MemoryLayout<UInt32>.stride)
        self.memory = memory
    }
}
