import Forwarding

/// Which ports and which slots of the workers' tables are taken. A value without sockets, kept behind a lock.
struct PortLedger {
    /// Who has a slot.
    struct Owner {
        enum State: UInt8 {
            case free
            /// Taken; the sockets are being bound.
            case reserved
            case leased
            /// Just given up.
            case releasing
            /// Given up; the worker has yet to close the socket.
            case closing
            /// Given up; the socket stays open for the next lease.
            case parked
            /// Was parked, and is being closed because others need what it takes.
            case evicted
        }

        /// A ``mate`` of a port that was leased by itself, and of one whose neighbour was given up before it.
        static let alone: Int32 = -1
        static let broken: Int32 = -2

        var state = State.free
        /// Count of owners, modulo 2^16.
        var generation: UInt16 = 0
        var port: UInt16 = 0
        var pool: Int32 = 0
        /// The slot of the other port of a pair.
        var mate = Owner.alone
        /// Neighbours in the list of parked ports.
        var next: Int32 = -1
        var previous: Int32 = -1
    }

    struct Table {
        var owners: [Owner] = []
        /// Last in, first out: the memory of few slots stays warm, and the generation tells the owners apart.
        var free: [UInt32] = []
        /// Slots that are not free, the parked ones left out.
        var taken = 0
        var parked = 0
        /// For each pool the parked single ports, then the parked pairs.
        var lists: [ParkedList]
    }

    private(set) var pools: [PortPool]
    var tables: [Table]
    let slotsPerWorker: Int
    let parking: ParkingPolicy
    /// What the workers say of their parked ports.
    let parkedPorts: [ParkedPorts]
    /// Number of descriptors that the process may have.
    let descriptors: Int
    var parkedOfPool: [Int]
    /// Ports that are being closed because others need what they take.
    var evicted = 0

    /// - Parameter parkedPorts: one for each worker; nothing is parked without.
    init(
        pools: [PortPool], workers: Int, slotsPerWorker: Int, parking: ParkingPolicy = .none,
        parkedPorts: [ParkedPorts] = [], descriptors: Int = .max
    ) {
        self.pools = pools
        let lists = [ParkedList](repeating: ParkedList(), count: pools.count * 2)
        tables = [Table](repeating: Table(lists: lists), count: workers)
        self.slotsPerWorker = slotsPerWorker
        self.parking = parkedPorts.count == workers ? parking : .none
        self.parkedPorts = parkedPorts
        self.descriptors = descriptors
        parkedOfPool = [Int](repeating: 0, count: pools.count)
    }

    /// How many ports each worker has.
    var portCounts: [Int] { tables.map(\.taken) }

    /// Reserves `count` slots of a worker.
    mutating func reserveSlots(_ count: Int, of worker: Int) throws(PortLeaseError) -> [LocalPortID] {
        guard tables[worker].taken + tables[worker].parked + count <= slotsPerWorker else {
            throw .tooManyPorts(limit: slotsPerWorker)
        }
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

    /// Notes that `ports` of `pool` are bound and belong to `slots`: one, or two that are a pair.
    mutating func lease(_ ports: [UInt16], of pool: Int, to slots: [LocalPortID]) {
        for (index, slot) in slots.enumerated() {
            var owner = tables[Int(slot.worker)].owners[Int(slot.slot)]
            owner.state = .leased
            owner.port = ports[index]
            owner.pool = Int32(pool)
            owner.mate = slots.count == 2 ? Int32(slots[1 - index].slot) : Owner.alone
            tables[Int(slot.worker)].owners[Int(slot.slot)] = owner
        }
    }

    /// Whether `port` names a present lease.
    func isLeased(_ port: LocalPortID) -> Bool {
        guard tables.indices.contains(Int(port.worker)),
            tables[Int(port.worker)].owners.indices.contains(Int(port.slot))
        else { return false }
        let owner = tables[Int(port.worker)].owners[Int(port.slot)]
        return owner.state == .leased && owner.generation == port.generation
    }

    /// Has leases end with their worker, which will never hear of them.
    mutating func abandon(_ slots: [LocalPortID]) {
        for slot in slots where isLeased(slot) { tables[Int(slot.worker)].owners[Int(slot.slot)].state = .closing }
    }

    /// Gives back the port of a slot whose socket was closed.
    mutating func closed(slot: UInt32, of worker: Int, now: UInt64) {
        if tables[worker].owners[Int(slot)].state == .parked { unpark(slot, on: worker) }
        let owner = tables[worker].owners[Int(slot)]
        if owner.state == .evicted { evicted -= 1 }
        pools[Int(owner.pool)].giveBack(owner.port, now: now)
        freeSlot(slot, of: worker)
    }

    private mutating func freeSlot(_ slot: UInt32, of worker: Int) {
        tables[worker].owners[Int(slot)].state = .free
        tables[worker].free.append(slot)
        tables[worker].taken -= 1
    }
}
