import Forwarding

/// Sockets that stay open after their call (see ``ParkingPolicy``). In the books of the pools their ports are in use; for
/// everybody else they are free.
extension PortLedger {
    /// The parked units of one worker, pool and kind, the longest parked first. They are linked through their owners.
    struct ParkedList {
        var first: Int32 = -1
        var last: Int32 = -1
        var units = 0
    }

    /// What becomes of the sockets of ports that were given up.
    struct Released {
        var parked: [ParkedUnit] = []
        var closing: [LocalPortID] = []
    }

    /// Parked units that are looked at for one lease.
    private static let looks = 8

    /// Ends leases; names that are none are passed over. The ports stay taken until the worker has closed the sockets,
    /// or are parked.
    mutating func release(_ ports: [LocalPortID]) -> Released {
        var released = Released()
        let leased = ports.filter { port in
            guard isLeased(port) else { return false }
            tables[Int(port.worker)].owners[Int(port.slot)].state = .releasing
            return true
        }
        for port in leased {
            let (worker, slot) = (Int(port.worker), Int(port.slot))
            let owner = tables[worker].owners[slot]
            guard owner.state == .releasing else { continue }
            guard owner.mate >= 0 else {
                settle([port], canPark: owner.mate == Owner.alone, &released)
                continue
            }
            let mate = tables[worker].owners[Int(owner.mate)]
            if mate.state == .releasing {
                let other = LocalPortID(
                    worker: port.worker, slot: UInt32(owner.mate), generation: mate.generation)
                settle(owner.port < mate.port ? [port, other] : [other, port], canPark: true, &released)
            } else {
                tables[worker].owners[Int(owner.mate)].mate = Owner.broken
                settle([port], canPark: false, &released)
            }
        }
        return released
    }

    private mutating func settle(_ ports: [LocalPortID], canPark: Bool, _ released: inout Released) {
        let worker = Int(ports[0].worker)
        let pool = Int(tables[worker].owners[Int(ports[0].slot)].pool)
        guard canPark, hasRoomToPark(ports.count, of: pool, on: worker) else {
            for port in ports { tables[worker].owners[Int(port.slot)].state = .closing }
            released.closing += ports
            return
        }
        for port in ports { tables[worker].owners[Int(port.slot)].state = .parked }
        append(Int32(ports[0].slot), to: list(pool, isPair: ports.count == 2), of: worker)
        count(ports.count, of: pool, on: worker)
        released.parked.append(ParkedUnit(first: ports[0], second: ports.count == 2 ? ports[1] : nil))
    }

    private func hasRoomToPark(_ count: Int, of pool: Int, on worker: Int) -> Bool {
        let parked = tables[worker].parked + count
        let leased = tables[worker].taken - count
        return parked <= parking.socketsPerWorker && 2 * parked <= slotsPerWorker - leased
            && parkedOfPool[pool] + count <= pools[pool].count - pools[pool].used
            && 2 * (parkedInAll + count) <= descriptors - (takenInAll - count)
    }

    /// Takes a parked port or pair for a new lease: the one parked longest ago, if it has rested. `nil` when there is
    /// none.
    ///
    /// - Parameter isShort: slots or descriptors have run out, and what has never been sent anything needs no rest.
    mutating func takeParked(
        of pool: Int, on worker: Int, isPair: Bool, isShort: Bool = false, now: UInt64
    ) -> [(id: LocalPortID, port: UInt16)]? {
        let list = list(pool, isPair: isPair)
        guard tables[worker].lists[list].units > 0 else { return nil }
        var rest = requiredRest(of: pool, on: worker, isPair: isPair, now: now)
        if isShort { rest.unheard = 0 }
        for _ in 0..<min(PortLedger.looks, tables[worker].lists[list].units) {
            let first = tables[worker].lists[list].first
            if parkedPorts[worker].claim(UInt32(first), rest: rest, now: now) {
                return lease(unpark(UInt32(first), on: worker), on: worker)
            }
            // The others were parked later. Behind one that was heard there may be some that need less rest.
            if case .silent(_, wasDisturbed: false, let wasHeard) = parkedPorts[worker].rest(
                of: UInt32(first), now: now),
                !wasHeard || rest.unheard == rest.heard
            {
                return nil
            }
            remove(first, from: list, of: worker)
            append(first, to: list, of: worker)
        }
        return nil
    }

    /// Sockets rest as long as ports do that are free, but no longer than the one that would be opened instead. Where
    /// there is hardly room for more of them, those to which nobody has sent anything rest for a shorter time.
    private func requiredRest(of pool: Int, on worker: Int, isPair: Bool, now: UInt64) -> ParkedPorts.RequiredRest {
        let isFull =
            tables[worker].parked * 4 >= parking.socketsPerWorker * 3
            || parkedOfPool[pool] * 4 >= (pools[pool].count - pools[pool].used) * 3
        let fresh = pools[pool].restOfNext(isPair: isPair, now: now) ?? 0
        var rest = ParkedPorts.RequiredRest(min(parking.restNanoseconds, fresh))
        if isFull { rest.unheard = min(rest.unheard, parking.shortestRestNanoseconds) }
        return rest
    }

    private mutating func lease(_ slots: [UInt32], on worker: Int) -> [(id: LocalPortID, port: UInt16)] {
        slots.map { slot in
            tables[worker].owners[Int(slot)].state = .leased
            tables[worker].owners[Int(slot)].generation &+= 1
            let owner = tables[worker].owners[Int(slot)]
            let id = LocalPortID(worker: UInt16(worker), slot: slot, generation: owner.generation)
            return (id, owner.port)
        }
    }

    /// Parked sockets that stand in the way of others after ports of `pool` were taken for `worker`; they are to be closed.
    mutating func surplus(of pool: Int, on worker: Int) -> [LocalPortID] {
        var ports: [LocalPortID] = []
        while parkedInAll > 0 {
            let next: [LocalPortID]
            if parkedOfPool[pool] > pools[pool].count - pools[pool].used {
                next = giveUp(Shortage(pool: pool))
            } else if 2 * tables[worker].parked > slotsPerWorker - tables[worker].taken {
                next = giveUp(Shortage(worker: worker))
            } else if 2 * parkedInAll > descriptors - takenInAll {
                next = giveUp(Shortage())
            } else {
                break
            }
            guard !next.isEmpty else { break }
            ports += next
        }
        return ports
    }

    /// What has run out: the ports of a pool, the slots of a worker, or with neither the descriptors.
    struct Shortage {
        var pool: Int?
        var worker: Int?
    }

    /// Whether parked ports, or such as are being closed, can end a shortage.
    func mayEnd(_ shortage: Shortage) -> Bool {
        if evicted > 0 { return true }
        if let pool = shortage.pool { return parkedOfPool[pool] > 0 }
        if let worker = shortage.worker { return tables[worker].parked > 0 }
        return parkedInAll > 0
    }

    /// Takes a parked unit out of the longest list that has one, to be closed; empty when there is none that could be had.
    mutating func giveUp(_ shortage: Shortage) -> [LocalPortID] {
        var lists: [(worker: Int, list: Int, units: Int)] = []
        for index in tables.indices where shortage.worker == nil || shortage.worker == index {
            for list in tables[index].lists.indices where shortage.pool == nil || list / 2 == shortage.pool {
                let units = tables[index].lists[list].units
                if units > 0 { lists.append((index, list, units)) }
            }
        }
        lists.sort { $0.units > $1.units }
        for (worker, list, units) in lists {
            var next = tables[worker].lists[list].first
            // The worker may not have parked them yet, or have begun to close them.
            for _ in 0..<min(PortLedger.looks, units) {
                let slot = UInt32(next)
                if parkedPorts[worker].claim(slot, rest: ParkedPorts.RequiredRest(0), now: 0) {
                    return evict(unpark(slot, on: worker), on: worker)
                }
                next = tables[worker].owners[Int(slot)].next
            }
        }
        return []
    }

    private mutating func evict(_ slots: [UInt32], on worker: Int) -> [LocalPortID] {
        slots.map { slot in
            tables[worker].owners[Int(slot)].state = .evicted
            evicted += 1
            let generation = tables[worker].owners[Int(slot)].generation
            return LocalPortID(worker: UInt16(worker), slot: slot, generation: generation)
        }
    }

    /// Takes a unit out of the parked ones, by any of its slots; its owners are closing then. Returns its slots, the
    /// leading one first.
    @discardableResult
    mutating func unpark(_ slot: UInt32, on worker: Int) -> [UInt32] {
        let owner = tables[worker].owners[Int(slot)]
        var slots = [slot]
        if owner.mate >= 0 {
            let mate = UInt32(owner.mate)
            slots = owner.port < tables[worker].owners[Int(mate)].port ? [slot, mate] : [mate, slot]
        }
        for slot in slots { tables[worker].owners[Int(slot)].state = .closing }
        remove(Int32(slots[0]), from: list(Int(owner.pool), isPair: slots.count == 2), of: worker)
        count(-slots.count, of: Int(owner.pool), on: worker)
        return slots
    }

    /// Ports of a pool that are not parked and not free.
    func used(of pool: Int) -> Int {
        pools[pool].used - parkedOfPool[pool]
    }

    // MARK: - Books

    private var parkedInAll: Int { tables.reduce(0) { $0 + $1.parked } }
    private var takenInAll: Int { tables.reduce(0) { $0 + $1.taken } }

    private mutating func count(_ ports: Int, of pool: Int, on worker: Int) {
        tables[worker].taken -= ports
        tables[worker].parked += ports
        parkedOfPool[pool] += ports
    }

    private func list(_ pool: Int, isPair: Bool) -> Int {
        pool * 2 + (isPair ? 1 : 0)
    }

    private mutating func append(_ slot: Int32, to list: Int, of worker: Int) {
        let last = tables[worker].lists[list].last
        tables[worker].owners[Int(slot)].previous = last
        tables[worker].owners[Int(slot)].next = -1
        if last < 0 {
            tables[worker].lists[list].first = slot
        } else {
            tables[worker].owners[Int(last)].next = slot
        }
        tables[worker].lists[list].last = slot
        tables[worker].lists[list].units += 1
    }

    private mutating func remove(_ slot: Int32, from list: Int, of worker: Int) {
        let (before, after) = (
            tables[worker].owners[Int(slot)].previous, tables[worker].owners[Int(slot)].next
        )
        if before < 0 {
            tables[worker].lists[list].first = after
        } else {
            tables[worker].owners[Int(before)].next = after
        }
        if after < 0 {
            tables[worker].lists[list].last = before
        } else {
            tables[worker].owners[Int(after)].previous = before
        }
        tables[worker].lists[list].units -= 1
    }
}
