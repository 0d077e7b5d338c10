import Forwarding
import LinuxIO
import Synchronization

/// One parked port, or a parked pair, of which the first, even port leads.
struct ParkedUnit: Sendable, BitwiseCopyable {
    let first: LocalPortID
    let second: LocalPortID?
}

/// A parked socket that belongs to a new lease.
struct AdoptedPort: Sendable, BitwiseCopyable {
    /// The slot of old, and the generation that follows.
    let port: LocalPortID
    /// The TOS byte of what it is to send.
    let tos: UInt8
    /// Index of the pool that the port is from.
    let pool: Int
}

/// Which slots of a worker hold parked sockets, and since when they have been silent: a word for each slot, by which
/// worker and ledger agree without a lock on who has a parked socket. The worker parks it; then either the ledger
/// claims it for a lease, or the worker withdraws it to close it. Of a pair only the leading slot has a word.
final class ParkedPorts: Sendable {
    private let words: MappedWords
    private let capacity: Int

    /// Room for `capacity` slots.
    init(capacity: Int) throws(SystemError) {
        self.capacity = capacity
        words = MappedWords(try MappedMemory(size: capacity * MemoryLayout<Atomic<UInt64>>.stride))
    }

    /// The low bits of a time tell of silence that was broken, and of a lease in which something was received.
    private static let disturbed: UInt64 = 1
    private static let heard: UInt64 = 2
    private static let marks = disturbed | heard

    /// Nanoseconds of silence after which a port may be used again.
    struct RequiredRest {
        /// Nothing was received in its last lease, nor since.
        var unheard: UInt64
        var heard: UInt64

        /// The same for all.
        init(_ rest: UInt64) {
            unheard = rest
            heard = rest
        }
    }

    /// Offers a slot. For the worker only.
    ///
    /// - Parameter wasHeard: the port received something in the lease that has ended.
    func park(_ slot: UInt32, wasHeard: Bool = false, now: UInt64) {
        guard Int(slot) < capacity else { return }
        let since = max(4, now & ~ParkedPorts.marks)
        words.start[Int(slot)].store(since | (wasHeard ? ParkedPorts.heard : 0), ordering: .releasing)
    }

    /// Takes an offer back; false when the ledger has claimed it. For the worker only.
    func withdraw(_ slot: UInt32) -> Bool {
        guard Int(slot) < capacity else { return false }
        return words.start[Int(slot)].exchange(0, ordering: .acquiringAndReleasing) != 0
    }

    /// Notes that a datagram has come for a parked socket. For the worker only.
    func disturb(_ slot: UInt32, now: UInt64) {
        guard Int(slot) < capacity else { return }
        let since = words.start[Int(slot)].load(ordering: .relaxed)
        guard since != 0 else { return }
        // The ledger may claim it at this moment.
        _ = words.start[Int(slot)].compareExchange(
            expected: since, desired: now | ParkedPorts.marks, ordering: .relaxed)
    }

    /// What the ledger can learn of a slot.
    enum Rest: Equatable {
        /// Not parked yet, or about to be closed.
        case none
        /// Silent for so many nanoseconds, since it was parked or since the last datagram.
        /// `wasHeard` tells of its last lease, too.
        case silent(nanoseconds: UInt64, wasDisturbed: Bool, wasHeard: Bool = false)
    }

    func rest(of slot: UInt32, now: UInt64) -> Rest {
        guard Int(slot) < capacity else { return .none }
        let since = words.start[Int(slot)].load(ordering: .acquiring)
        guard since != 0 else { return .none }
        let start = since & ~ParkedPorts.marks
        return .silent(
            nanoseconds: now > start ? now &- start : 0, wasDisturbed: since & ParkedPorts.disturbed != 0,
            wasHeard: since & ParkedPorts.heard != 0)
    }

    /// Takes a parked slot that has been silent for long enough. For the ledger only.
    func claim(_ slot: UInt32, rest required: RequiredRest, now: UInt64) -> Bool {
        guard Int(slot) < capacity else { return false }
        while true {
            let since = words.start[Int(slot)].load(ordering: .relaxed)
            let rest = since & ParkedPorts.marks == 0 ? required.unheard : required.heard
            let start = since & ~ParkedPorts.marks
            guard since != 0, rest == 0 || (now > start && now &- start >= rest) else { return false }
            let (isClaimed, _) = words.start[Int(slot)].compareExchange(
                expected: since, desired: 0, ordering: .acquiringAndReleasing)
            // Else a datagram has come at this moment.
            if isClaimed { return true }
        }
    }
}

/// Mapped memory that is only reached through the atomics in it; all zero at first.
private struct MappedWords: ~Copyable, @unchecked Sendable {
    let memory: MappedMemory
    let start: UnsafeMutablePointer<Atomic<UInt64>>

    init(_ memory: consuming MappedMemory) {
        start = memory.start.bindMemory(
            to: Atomic<UInt64>.self, capacity: memory.size / MemoryLayout<Atomic<UInt64>>.stride)
        self.memory = memory
    }
}
