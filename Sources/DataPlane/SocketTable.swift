import Forwarding
import LinuxIO
import NetTypes

/// What a worker knows about the socket in each of its slots. Plain memory that is touched when a slot is first used.
struct SocketTable: ~Copyable {
    enum State: UInt8 {
        /// No socket. All zero, so that fresh memory says so.
        case closed
        case open
        /// Given up; a receive is still being cancelled.
        case closing
        /// Kept for the next lease.
        case parked
    }

    struct Entry: BitwiseCopyable {
        var descriptor: Int32
        var generation: UInt16
        /// The generation by which the kernel names the socket: of the lease for which it was last watched.
        var watchedAs: UInt16
        var state: State
        var family: IPAddress.Family
        /// The TOS byte of what the socket sends.
        var tos: UInt8
        /// A multishot receive is under way (io_uring).
        var isArmed: Bool
        /// Datagrams of one size to one destination may leave in runs; the kernel has refused none since the last plan.
        var takesRuns: Bool
        /// The kernel tells of what arrives.
        var isWatched = false
        /// What ICMP says is listened to.
        var reportsErrors = true
        /// A datagram has come in the present lease, whatever became of it.
        var wasHeard = false
        /// The turn in which the socket was last readable (epoll), or got its present lease while parked (io_uring).
        var lastTurn: UInt32
        /// The slot that leads the parked unit.
        var leader: UInt32 = 0
        /// Messages of ICMP in ``errorSecond``, a second of the monotonic clock.
        var errors: UInt32 = 0
        var errorSecond: UInt32 = 0
    }

    private let memory: MappedMemory
    private let entries: UnsafeMutablePointer<Entry>
    let capacity: Int
    /// Slots from here on were never used.
    private(set) var end = 0

    init(capacity: Int) throws(SystemError) {
        memory = try MappedMemory(size: capacity * MemoryLayout<Entry>.stride)
        entries = memory.start.bindMemory(to: Entry.self, capacity: capacity)
        self.capacity = capacity
    }

    /// The entry of a slot; `nil` for a number that is none.
    @inline(__always)
    subscript(slot: UInt32) -> UnsafeMutablePointer<Entry>? {
        Int(slot) < capacity ? entries + Int(slot) : nil
    }

    /// The entry of a port that is open under just this name.
    @inline(__always)
    func open(_ slot: UInt32, _ generation: UInt16) -> UnsafeMutablePointer<Entry>? {
        guard let entry = self[slot], entry.pointee.generation == generation, entry.pointee.state == .open else {
            return nil
        }
        return entry
    }

    /// The entry of a port that is open and watched under just this name.
    @inline(__always)
    func watched(_ slot: UInt32, as generation: UInt16) -> UnsafeMutablePointer<Entry>? {
        guard let entry = self[slot], entry.pointee.watchedAs == generation, entry.pointee.state == .open else {
            return nil
        }
        return entry
    }

    /// Fills a closed slot; `nil` when there is no such slot.
    mutating func fill(_ socket: OwnedSocket) -> UnsafeMutablePointer<Entry>? {
        guard let entry = self[socket.port.slot], entry.pointee.state == .closed else { return nil }
        entry.pointee = Entry(
            descriptor: socket.descriptor, generation: socket.port.generation,
            watchedAs: socket.port.generation, state: .open, family: socket.family, tos: socket.tos, isArmed: false,
            takesRuns: true, lastTurn: 0)
        end = max(end, Int(socket.port.slot) + 1)
        return entry
    }
}
