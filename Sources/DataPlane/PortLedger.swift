import Forwarding

/// Which ports and which slots of the workers' tables are taken. A value without sockets, kept behind a lock.
struct PortLedger {
    /// Who has a slot.
    private struct Owner {
        enum State: UInt8 {
            case free
            /// Taken; the sockets are being bound.
            case reserved
            case leased
            /// Given up; the worker has yet to close the socket.
            case closing
        }

        var state = State.free
        /// Count of owners, modulo 2^16.
        var generation: UInt16 = 0
        var port: UInt16 = 0
        var pool: Int32 = 0
    }

    private struct Table {
        var owners: [Owner] = []
        /// Last in, first out: the memory of few slots stays warm, and the generation tells the owners apart.
        var free: [UInt32] = []
        var taken = 0
    }

    private(set) var pools: [PortPool]
    private var tables: [Table]
    private let slotsPerWorker: Int

    init(pools: [PortPool], workers: Int, slotsPerWorker: Int) {
        self.pools = pools
        tables = [Table](repeating: Table(), count: workers)
        self.slotsPerWorker = slotsPerWorker
    }

    /// How many ports each worker has.
    var portCounts: [Int] { tables.map(\.taken) }

    /// Reserves `count` slots of a worker.
    mutating func reserveSlots(_ count: Int, of worker: Int) throws(PortLeaseError) -> [LocalPortID] {
        guard tables[worker].taken + count <= slotsPerWorker else { throw .tooManyPorts(limit: slotsPerWorker) }
        tables[worker].taken += count
        return (0..<count).map { _ in
            let slot: UInt32
            if let reused = tables[worker].free.popLast() {
                slot = reused
            } else {
                slot = UInt32(tables[worker].owners.count)
                tables[worker].owners.append(Owner())
            }
            tables[worker].owners[Int(slot)].state = .reserved
            tables[worker].owners[Int(slot)].generation &+= 1
            let generation = tables[worker].owners[Int(slot)].generation
            return LocalPortID(worker: UInt16(worker), slot: slot, generation: generation)
        }
    }

    /// Gives up slots that were reserved and never leased.
    mutating func cancelReservation(_ slots: [LocalPortID]) {
        for slot in slots { freeSlot(slot.slot, of: Int(slot.worker)) }
    }

    /// Takes one port, or two neighbours, out of a pool.
    mutating func takePorts(of pool: Int, isPair: Bool, now: UInt64) throws(PortLeaseError) -> [UInt16] {
        guard let port = isPair ? pools[pool].takePair(now: now) : pools[pool].takeSingle(now: now) else {
            throw .exhausted(PortPoolID(pool))
        }
        return isPair ? [port, port + 1] : [port]
    }

    /// Gives back ports that were not bound; the one at `foreign` because another program holds it.
    mutating func putBack(_ ports: [UInt16], foreign: Int?, to pool: Int, now: UInt64) {
        if let foreign { pools[pool].setAside(ports[foreign], now: now) }
        for (index, port) in ports.enumerated() where index != foreign { pools[pool].putBack(port) }
    }

    /// Notes that `port` of `pool` is bound and belongs to `slot`.
    mutating func lease(_ port: UInt16, of pool: Int, to slot: LocalPortID) {
        tables[Int(slot.worker)].owners[Int(slot.slot)].state = .leased
        tables[Int(slot.worker)].owners[Int(slot.slot)].port = port
        tables[Int(slot.worker)].owners[Int(slot.slot)].pool = Int32(pool)
    }

    /// Whether `port` names a present lease.
    func isLeased(_ port: LocalPortID) -> Bool {
        guard tables.indices.contains(Int(port.worker)),
            tables[Int(port.worker)].owners.indices.contains(Int(port.slot))
        else { return false }
        let owner = tables[Int(port.worker)].owners[Int(port.slot)]
        return owner.state == .leased && owner.generation == port.generation
    }

    /// Ends a lease; false when there was none. The port stays taken until ``closed(slot:of:now:)``.
    mutating func release(_ port: LocalPortID) -> Bool {
        guard isLeased(port) else { return false }
        tables[Int(port.worker)].owners[Int(port.slot)].state = .closing
        return true
    }

    /// Gives back the port of a slot whose socket was closed.
    mutating func closed(slot: UInt32, of worker: Int, now: UInt64) {
        let owner = tables[worker].owners[Int(slot)]
        pools[Int(owner.pool)].giveBack(owner.port, now: now)
        freeSlot(slot, of: worker)
    }

    private mutating func freeSlot(_ slot: UInt32, of worker: Int) {
        tables[worker].owners[Int(slot)].state = .free
        tables[worker].free.append(slot)
        tables[worker].taken -= 1
    }
}
