import Forwarding
import PacketPath

/// The way of a worker's handshake datagrams to the handshake threads, and what each association may send along it: a
/// flood on one port takes nothing from the others. Lives on the worker's thread.
final class HandshakeGate {
    private struct Allowance {
        var association: UInt64
        /// Monotonic nanoseconds up to which the allowed rate is used up.
        var usedUntil: UInt64 = 0
        /// Bytes that may come now before it is established. They are given back in the course of ``refill``: a flood
        /// must not end an association for good.
        var bytesLeft: Int
        /// Monotonic nanoseconds up to which bytes were given back.
        var refilledAt: UInt64 = 0
        var isEstablished = false

        /// Time in which all bytes come back.
        static let refill: UInt64 = 60_000_000_000

        mutating func giveBack(of limit: Int, now: UInt64) {
            let elapsed = min(now &- min(refilledAt, now), Allowance.refill)
            let bytes = Int(Double(limit) * Double(elapsed) / Double(Allowance.refill))
            guard bytes > 0 else { return }
            refilledAt = now
            bytesLeft = min(limit, bytesLeft &+ bytes)
        }
    }

    private let worker: Int
    private let inboxes: [HandshakeInbox]
    private let interval: UInt64
    private let bytesUntilEstablished: Int
    private var allowances: [LocalPortID: Allowance] = [:]
    /// One bit for each thread that has got something.
    private var awaited: UInt64 = 0
    private static let second: UInt64 = 1_000_000_000

    init(worker: Int, of pool: HandshakePool) {
        self.worker = worker
        inboxes = pool.inboxes
        interval = HandshakeGate.second / UInt64(pool.configuration.datagramsPerSecond)
        bytesUntilEstablished = pool.configuration.bytesUntilEstablished
    }

    /// Passes on what a plan or an address means for a handshake.
    func pass(_ event: HandshakeEvent) {
        switch event {
        case .begin(let port, let plan, let isReady):
            allowances[port] = Allowance(association: plan.association, bytesLeft: bytesUntilEstablished)
            post(.begin(port, plan, isReady: isReady), about: port)
        case .ready(let port, let association):
            post(.ready(port, association: association), about: port)
        case .end(let port, let association):
            if allowances[port]?.association == association { allowances[port] = nil }
            post(.end(port, association: association), about: port)
        }
    }

    /// Passes on a datagram, as far as its association may have one.
    func pass(_ bytes: UnsafeRawBufferPointer, to port: LocalPortID, association: UInt64, now: UInt64) {
        let thread = thread(of: port)
        let inbox = inboxes[thread]
        guard isAllowed(bytes.count, to: port, association: association, now: now) else {
            inbox.counters.limitDrops.count()
            return
        }
        guard inbox.rings[worker].push(bytes, for: port, association: association) else {
            inbox.counters.queueDrops.count()
            return
        }
        awaited |= 1 << UInt64(thread)
    }

    private func isAllowed(_ count: Int, to port: LocalPortID, association: UInt64, now: UInt64) -> Bool {
        guard var allowance = allowances[port], allowance.association == association,
            count <= HandshakeRing.largestDatagram
        else { return false }
        allowance.giveBack(of: bytesUntilEstablished, now: now)
        defer { allowances[port] = allowance }
        let usedUntil = max(allowance.usedUntil, now)
        guard usedUntil &- now < HandshakeGate.second, allowance.isEstablished || count <= allowance.bytesLeft else {
            return false
        }
        allowance.usedUntil = usedUntil &+ interval
        allowance.bytesLeft = max(0, allowance.bytesLeft &- count)
        return true
    }

    /// Takes note that an association has keys.
    func established(_ port: LocalPortID, association: UInt64) {
        if allowances[port]?.association == association { allowances[port]?.isEstablished = true }
    }

    /// Before the port of an established association is closed, its peer is to be told, and the port is needed for it.
    /// True when the port is closed by a command to come.
    func takesLeave(of port: LocalPortID) -> Bool {
        guard allowances.removeValue(forKey: port)?.isEstablished == true else { return false }
        post(.leave(port), about: port)
        return true
    }

    /// Wakes the threads that have got something. To be called once a turn.
    func wakeThreads() {
        while awaited != 0 {
            inboxes[awaited.trailingZeroBitCount].wake()
            awaited &= awaited &- 1
        }
    }

    private func post(_ notice: HandshakeNotice, about port: LocalPortID) {
        let thread = thread(of: port)
        inboxes[thread].post(notice)
        awaited |= 1 << UInt64(thread)
    }

    private func thread(of port: LocalPortID) -> Int {
        (Int(port.slot) &+ worker) % inboxes.count
    }
}
