import Forwarding
import Glibc
import LinuxIO
import Synchronization

/// What a handshake thread is told besides datagrams.
enum HandshakeNotice: Sendable {
    /// A plan asks for an association. It takes the place of the port's earlier one.
    case begin(LocalPortID, DTLSPlan, isReady: Bool)
    /// The peer's address is known.
    case ready(LocalPortID, association: UInt64)
    /// No plan wants the association any more.
    case end(LocalPortID, association: UInt64)
    /// The port is to be closed, by the worker, when the peer has been told.
    case leave(LocalPortID)
    case stop
}

/// Where the workers leave work for one handshake thread.
final class HandshakeInbox: Sendable {
    /// The datagrams of each worker.
    let rings: [HandshakeRing]
    let counters = HandshakeCounters()
    // Notices come with plans, and their number is bounded by that of the ports.
    private let notices = Mutex<[HandshakeNotice]>([])
    private let hasNotices = Atomic<Bool>(false)
    private let isWaiting = Atomic<Bool>(false)
    private let event: EventFD

    init(workers: Int) throws(SystemError) {
        event = try EventFD()
        var rings: [HandshakeRing] = []
        for _ in 0..<workers { rings.append(try HandshakeRing()) }
        self.rings = rings
    }

    /// Leaves a notice, to be seen after ``wake()`` at the latest.
    func post(_ notice: HandshakeNotice) {
        notices.withLock { $0.append(notice) }
        hasNotices.store(true, ordering: .sequentiallyConsistent)
    }

    /// Sees to it that the thread looks at what was left for it.
    func wake() {
        if isWaiting.exchange(false, ordering: .sequentiallyConsistent) { event.signal() }
    }

    /// Takes all notices. For the thread only.
    func takeNotices() -> [HandshakeNotice] {
        guard hasNotices.exchange(false, ordering: .sequentiallyConsistent) else { return [] }
        return notices.withLock { notices in
            let taken = notices
            notices = []
            return taken
        }
    }

    /// Waits for work or for `nanoseconds`; `nil` is for ever. For the thread only.
    func wait(nanoseconds: UInt64?) {
        isWaiting.store(true, ordering: .sequentiallyConsistent)
        defer { isWaiting.store(false, ordering: .relaxed) }
        guard !hasNotices.load(ordering: .sequentiallyConsistent), rings.allSatisfy({ $0.count == 0 }) else { return }
        let milliseconds = nanoseconds.map { Int32(clamping: $0 / 1_000_000 + 1) } ?? -1
        var readable = pollfd(fd: event.number, events: Int16(POLLIN), revents: 0)
        if poll(&readable, 1, milliseconds) > 0 { event.clear() }
    }
}
