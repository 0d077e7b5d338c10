import Forwarding
import Glibc
import LinuxIO
import NetTypes
import Synchronization

/// Where the sockets of a lease come from, and where they go.
extension DataPlane {
    /// A lease that failed is tried again in this interval while parked sockets are being closed for it. Only a relay
    /// whose last free ports are parked gets that far.
    private static let retryMicroseconds: UInt32 = 500
    /// For how long, besides the time in which a worker gathers packets, and at most.
    private static let patienceMicroseconds: UInt32 = 10_000
    private static let longestPatienceMicroseconds: UInt32 = 50_000

    /// How often a lease is tried again: a worker that gathers packets for `wait` microseconds reacts so much later.
    static func retries(maximumWaitMicroseconds wait: UInt32) -> Int {
        Int(min(longestPatienceMicroseconds, patienceMicroseconds + min(wait, longestPatienceMicroseconds)))
            / Int(retryMicroseconds)
    }

    /// Uses sockets of an earlier call.
    func takeParked(_ request: PortRequest, isShort: Bool = false) -> [PortLease]? {
        let now = MonotonicClock.now()
        let taken = withLedger { ledger in
            ledger.takeParked(
                of: request.pool.index, on: Int(request.worker), isPair: request.isPair,
                isShort: isShort, now: now)
        }
        guard let taken else { return nil }
        let adopted = taken.map { AdoptedPort(port: $0.id, tos: request.tos, pool: request.pool.index) }
        guard workers[Int(request.worker)].seat.mailbox.post(.adopt(adopted), .withTheNext) else {
            // The worker closes all that it had at its end.
            withLedger { $0.abandon(taken.map(\.id)) }
            return nil
        }
        return taken.map {
            PortLease(id: $0.id, local: TransportAddress(addresses[request.pool.index], $0.port))
        }
    }

    func leaseFresh(_ request: PortRequest) throws(PortLeaseError) -> [PortLease] {
        let (worker, pool) = (Int(request.worker), request.pool.index)
        let slots = try withLedger { (ledger) throws(PortLeaseError) in
            try ledger.reserveSlots(request.isPair ? 2 : 1, of: worker)
        }
        do throws(PortLeaseError) {
            let (ports, descriptors) = try bindPorts(request, on: addresses[pool])
            let leases = try handOver(ports, descriptors, as: slots, request, addresses[pool])
            close(withLedger { $0.surplus(of: pool, on: worker) })
            return leases
        } catch {
            withLedger { $0.cancelReservation(slots) }
            throw error
        }
    }

    /// After ports, slots or descriptors have run out: what is parked stands in nobody's way.
    func leaseParked(_ request: PortRequest, insteadOf error: PortLeaseError) throws(PortLeaseError) -> [PortLease] {
        var shortage = PortLedger.Shortage(pool: nil, worker: nil)
        switch error {
        case .exhausted(let pool): shortage.pool = pool.index
        case .tooManyPorts: shortage.worker = Int(request.worker)
        case .system(let number, _):
            guard [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(number) else { throw error }
        }
        let wait = workers[Int(request.worker)].seat.maximumWaitMicroseconds
        for _ in 0..<DataPlane.retries(maximumWaitMicroseconds: wait) {
            if let leases = takeParked(request, isShort: true) { return leases }
            let (ports, mayHelp) = withLedger { ledger in
                // A pair may be needed, and the parked ones be single ports.
                let ports = ledger.giveUp(shortage) + ledger.giveUp(shortage)
                return (ports, ledger.mayEnd(shortage))
            }
            close(ports, .now)
            guard mayHelp else { break }
            MonotonicClock.sleep(microseconds: DataPlane.retryMicroseconds)
            if let leases = try? leaseFresh(request) { return leases }
        }
        throw error
    }

    /// Has sockets closed.
    func close(_ ports: [LocalPortID], _ urgency: Mailbox.Urgency = .soon) {
        guard !ports.isEmpty else { return }
        for (index, worker) in workers.enumerated() {
            let own = ports.filter { Int($0.worker) == index }
            if !own.isEmpty { _ = worker.seat.mailbox.post(.close(own), urgency) }
        }
    }

    /// The ledger, after the ports of sockets closed meanwhile were given back to it.
    func withLedger<Value: Sendable, Failure: Error>(
        _ body: (inout PortLedger) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try ledger.withLock { (ledger) throws(Failure) in
            let now = MonotonicClock.now()
            for (index, worker) in workers.enumerated() {
                while let slot = worker.seat.closedSlots.popFirst() {
                    ledger.closed(slot: slot, of: index, now: now)
                }
            }
            return try body(&ledger)
        }
    }

    /// Takes ports out of the pool until some can be bound.
    private func bindPorts(_ request: PortRequest, on address: IPAddress) throws(PortLeaseError) -> (
        ports: [UInt16], descriptors: [Int32]
    ) {
        let pool = request.pool.index
        // Ports found in use are tried again a while later, so a range that another program holds could keep this going.
        for _ in 0..<DataPlane.bindAttempts {
            let ports = try withLedger { (ledger) throws(PortLeaseError) in
                try ledger.takePorts(of: pool, isPair: request.isPair, now: MonotonicClock.now())
            }
            switch binder.bind(ports, on: address, tos: request.tos) {
            case .bound(let descriptors):
                return (ports, descriptors)
            case .inUse(let index):
                withLedger { $0.putBack(ports, foreign: index, to: pool, now: MonotonicClock.now()) }
            case .failed(let error):
                withLedger { $0.putBack(ports, foreign: nil, to: pool, now: MonotonicClock.now()) }
                throw .system(errno: error.code, operation: error.operation)
            }
        }
        throw .exhausted(request.pool)
    }

    /// Gives bound sockets to their worker.
    private func handOver(
        _ ports: [UInt16], _ descriptors: [Int32], as slots: [LocalPortID], _ request: PortRequest,
        _ address: IPAddress
    ) throws(PortLeaseError) -> [PortLease] {
        withLedger { $0.lease(ports, of: request.pool.index, to: slots) }
        let leases = zip(slots, ports).map { PortLease(id: $0, local: TransportAddress(address, $1)) }
        let sockets = zip(slots, descriptors).map { slot, descriptor in
            OwnedSocket(
                port: slot, descriptor: descriptor, family: address.family, tos: request.tos,
                pool: request.pool.index)
        }
        // The plans that follow wake the worker; until then the kernel keeps what arrives.
        guard workers[Int(request.worker)].seat.mailbox.post(.open(sockets), .withTheNext) else {
            for descriptor in descriptors { _ = FileDescriptor(takingOwnershipOf: descriptor) }
            withLedger { $0.putBack(ports, foreign: nil, to: request.pool.index, now: MonotonicClock.now()) }
            throw .system(errno: EAGAIN, operation: "lease")
        }
        return leases
    }
}
