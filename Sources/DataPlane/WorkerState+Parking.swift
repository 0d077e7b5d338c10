import Forwarding
import LinuxIO
import PacketPath

/// Sockets that stay open between two leases (see ``ParkingPolicy``).
extension WorkerState {
    /// A unit that was parked, for its end.
    struct ParkedSince: BitwiseCopyable {
        let unit: ParkedUnit
        let since: UInt64
    }

    /// Closings that are due so soon after each other are done together.
    private static let slackNanoseconds: UInt64 = 100_000_000
    /// So many at a time, with a pause for packets: a hundred closings take longer than a packet may wait.
    static let expiriesPerTurn = 16
    static let expiryPauseNanoseconds: UInt64 = 1_000_000

    /// Lets no more packets in or out of the ports, and keeps their sockets; false, without effect, when they are to be
    /// closed instead.
    mutating func park(_ unit: ParkedUnit, now: UInt64) -> Bool {
        guard canPark(unit.first), unit.second.map({ canPark($0) }) ?? true else { return false }
        let wasHeard = wasHeard(unit.first) || unit.second.map { self.wasHeard($0) } ?? false
        park(unit.first, ledBy: unit.first.slot)
        if let second = unit.second { park(second, ledBy: unit.first.slot) }
        if parkedSince.isEmpty { nextExpiry = now &+ parking.idleNanoseconds }
        forgetAdopted()
        parkedSince.append(ParkedSince(unit: unit, since: now))
        // From here on the ledger may give it away.
        parkedPorts.park(unit.first.slot, wasHeard: wasHeard, now: now)
        return true
    }

    private func canPark(_ port: LocalPortID) -> Bool {
        sockets.open(port.slot, port.generation)?.pointee.isWatched ?? false
    }

    private func wasHeard(_ port: LocalPortID) -> Bool {
        sockets.open(port.slot, port.generation)?.pointee.wasHeard ?? false
    }

    private mutating func park(_ port: LocalPortID, ledBy leader: UInt32) {
        guard let entry = sockets.open(port.slot, port.generation) else { return }
        path.close(port)
        // What ICMP says of the last call concerns nobody any more, and can be forged without an end.
        if entry.pointee.reportsErrors { reportErrors(false, of: entry) }
        entry.pointee.state = .parked
        entry.pointee.leader = leader
        statistics.openPorts &-= 1
        statistics.parkedPorts &+= 1
    }

    /// Gives parked sockets to new leases, with nothing of what came before. `turn` is that in which packets are at hand
    /// that the kernel has delivered already.
    mutating func adopt(_ ports: [AdoptedPort], turn: UInt32 = 0, now: UInt64) {
        var hasSender = false
        if let first = parkedEntry(ports[0]) {
            let second = ports.count > 1 ? parkedEntry(ports[1])?.pointee.descriptor : nil
            hasSender = DatagramIO.discard(from: first.pointee.descriptor, and: second)
        }
        for port in ports {
            guard let entry = parkedEntry(port) else { continue }
            entry.pointee.state = .open
            entry.pointee.generation = port.port.generation
            entry.pointee.lastTurn = turn
            entry.pointee.takesRuns = true
            entry.pointee.wasHeard = hasSender
            entry.pointee.errors = 0
            statistics.parkedPorts &-= 1
            statistics.openPorts &+= 1
            if !entry.pointee.reportsErrors { reportErrors(true, of: entry) }
            setTOS(port.tos, of: entry)
            path.open(port.port, pool: port.pool, now: now)
        }
    }

    private func parkedEntry(_ port: AdoptedPort) -> UnsafeMutablePointer<SocketTable.Entry>? {
        guard let entry = sockets[port.port.slot], entry.pointee.state == .parked,
            entry.pointee.generation &+ 1 == port.port.generation
        else { return nil }
        return entry
    }

    /// Notes that something has come for a parked socket, whose rest begins anew.
    @inline(never)
    mutating func disturb(_ slot: UInt32, watchedAs generation: UInt16, now: UInt64) -> Int32? {
        guard let entry = sockets[slot], entry.pointee.state == .parked, entry.pointee.watchedAs == generation else {
            return nil
        }
        parkedPorts.disturb(entry.pointee.leader, now: now)
        return entry.pointee.descriptor
    }

    /// The next unit that was parked for too long, to be closed; `nil` when there is none at present, or this turn had
    /// its share.
    mutating func nextExpired(after done: Int = 0, now: UInt64) -> ParkedUnit? {
        guard done < WorkerState.expiriesPerTurn else {
            nextExpiry = now &+ WorkerState.expiryPauseNanoseconds
            return nil
        }
        while nextParked < parkedSince.count {
            let oldest = parkedSince[nextParked]
            if isParked(oldest) {
                let end = oldest.since &+ parking.idleNanoseconds
                guard end <= now &+ WorkerState.slackNanoseconds else {
                    nextExpiry = end
                    return nil
                }
                nextParked += 1
                // The ledger may just have given it away.
                if parkedPorts.withdraw(oldest.unit.first.slot) { return oldest.unit }
            } else {
                nextParked += 1
            }
        }
        parkedSince.removeAll(keepingCapacity: true)
        nextParked = 0
        nextExpiry = .max
        return nil
    }

    /// What was adopted meanwhile is struck off the list from time to time.
    private mutating func forgetAdopted() {
        guard parkedSince.count >= 2 * max(64, parking.socketsPerWorker) else { return }
        let rest = parkedSince[nextParked...].filter { isParked($0) }
        parkedSince.removeAll(keepingCapacity: true)
        parkedSince += rest
        nextParked = 0
    }

    private func isParked(_ parked: ParkedSince) -> Bool {
        guard let entry = sockets[parked.unit.first.slot] else { return false }
        return entry.pointee.state == .parked && entry.pointee.generation == parked.unit.first.generation
    }
}
