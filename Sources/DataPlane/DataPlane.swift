public import DTLS
public import Forwarding
import Glibc
import LinuxIO
import NetTypes
import PacketPath
import Synchronization

/// The media side of the relay: worker threads that own the sockets of local ports and move packets between them.
///
/// Sockets are bound on the thread that asks for them and handed to a worker, which alone touches them from then on.
/// All functions may be called from any thread.
public final class DataPlane: MediaPlane {
    /// How packets get in and out; never `automatic`.
    public let backendInUse: DataPlaneConfiguration.Backend
    /// Why it is this backend.
    public let backendReason: String
    /// What was found to be risky at the start.
    public let startupWarnings: [StartupWarning]

    let workers: [Worker]
    let observation = Observation()
    private let handshakes: HandshakePool?
    private let converters: ConverterPool
    let ledger: Mutex<PortLedger>
    let binder: PortBinder
    /// The addresses of the pools.
    let addresses: [IPAddress]
    private let placement: Mutex<WorkerPlacement>
    /// Binds tried for one lease before the pool counts as exhausted.
    static let bindAttempts = 4_096

    /// Starts the workers. The process's limit of descriptors is raised as far as it may.
    public init(_ configuration: DataPlaneConfiguration) throws(DataPlaneError) {
        try DataPlane.check(configuration)
        let limit: Int
        do throws(SystemError) {
            limit = try SystemLimits.raiseDescriptorLimit()
        } catch {
            throw .system(error)
        }
        let slots = min(configuration.portsPerWorker, limit)
        let started = try DataPlane.startWorkers(configuration, slots: slots)
        workers = started.workers
        handshakes = started.handshakes
        converters = started.converters
        backendInUse = started.backend
        backendReason = started.reason

        var generator = SystemRandomNumberGenerator()
        let pools = configuration.pools.map { PortPool($0, using: &generator) }
        let ports = pools.reduce(0) { $0 + $1.count }
        addresses = configuration.pools.map(\.address)
        ledger = Mutex(
            PortLedger(
                pools: pools, workers: started.workers.count, slotsPerWorker: slots, parking: configuration.parking,
                parkedPorts: started.workers.map(\.seat.parkedPorts), descriptors: limit))
        binder = PortBinder(receiveBuffer: configuration.socketReceiveBuffer)
        placement = Mutex(
            WorkerPlacement(
                workers: started.workers.count, fillPercent: configuration.fillPercent, slotsPerWorker: slots))
        var warnings = StartupWarning.about(
            configuration.pools, ports: ports, ephemeral: SystemLimits.ephemeralPorts(), descriptorLimit: limit)
        if configuration.backend == .automatic, started.backend == .epoll {
            warnings.append(.usesEpoll(reason: started.reason))
        }
        if let asked = configuration.scheduling, asked.isDemanded, !started.workers.allSatisfy(\.isScheduled) {
            warnings.append(.keepsScheduling(asked: asked.policy.rawValue))
        }
        startupWarnings = warnings
    }

    deinit {
        stop()
    }

    /// Ends the workers and closes all sockets. Nothing can be leased afterwards.
    public func stop() {
        observation.stop()
        for worker in workers { worker.stop() }
        handshakes?.stop()
        converters.stop()
    }

    /// What each worker has done.
    public func statistics() -> [WorkerStatistics] {
        workers.map { $0.seat.published.snapshot() }
    }

    /// What the handshake threads have done.
    public func handshakeStatistics() -> HandshakeStatistics {
        handshakes?.statistics() ?? HandshakeStatistics()
    }

    /// What the threads that transcode have done.
    public func conversionStatistics() -> ConversionStatistics { converters.statistics() }

    /// The same of each thread.
    func conversionStatisticsOfThreads() -> [ConversionStatistics] { converters.statisticsOfThreads() }

    /// What became of handshakes since the last call, oldest first. The newest thousand are kept meanwhile.
    public func securityEvents() -> [SecurityEvent] {
        handshakes?.takeEvents() ?? []
    }

    /// Lets plans name another certificate of the relay. Of more than 16 the one with the lowest number goes.
    public func addCertificate(_ context: DTLSContext, number: UInt64) {
        handshakes?.contexts.add(context, as: number)
    }

    /// Lets go of the certificates below `oldest`. Associations that exist keep theirs.
    public func retireCertificates(before oldest: UInt64) {
        handshakes?.contexts.remove(before: oldest)
    }

    /// The worker that is to have the next call.
    public func assignWorker() -> UInt16 {
        let ports = withLedger { $0.portCounts }
        return placement.withLock { placement in
            let now = MonotonicClock.now()
            if placement.isDue(at: now) {
                placement.observe(workers.map { $0.clock.nanoseconds() }, ports: ports, now: now)
            }
            return UInt16(placement.choose(ports: ports))
        }
    }

    /// Takes parked sockets, or binds one port, or an even port and the next one. Ports that other programs hold are
    /// stepped over.
    public func lease(_ request: PortRequest) throws(PortLeaseError) -> [PortLease] {
        guard workers.indices.contains(Int(request.worker)), addresses.indices.contains(request.pool.index) else {
            throw PortLeaseError.system(errno: EINVAL, operation: "lease")
        }
        if let leases = takeParked(request) { return leases }
        do throws(PortLeaseError) {
            return try leaseFresh(request)
        } catch {
            return try leaseParked(request, insteadOf: error)
        }
    }

    /// Posts the plans to their workers.
    public func install(_ plans: [ForwardingPlan]) {
        var rest = plans[...]
        while let worker = rest.first?.port.worker {
            let same = rest.prefix { $0.port.worker == worker }
            rest = rest.dropFirst(same.count)
            if workers.indices.contains(Int(worker)) {
                // A worker that has ended takes no plans, and has no ports to use them.
                _ = workers[Int(worker)].seat.mailbox.post(.install(Array(same)), .soon)
            }
        }
    }

    /// Has the sockets closed or parked; the ports return to their pool when that is done.
    public func release(_ ports: [LocalPortID]) {
        let released = withLedger { $0.release(ports) }
        for (index, worker) in workers.enumerated() {
            let parked = released.parked.filter { Int($0.first.worker) == index }
            if !parked.isEmpty { _ = worker.seat.mailbox.post(.park(parked), .soon) }
        }
        close(released.closing)
    }

    /// What the ports have seen.
    public func counters(of ports: [LocalPortID]) -> [PortCounters?] {
        let leased = ledger.withLock { ledger in ports.map { ledger.isLeased($0) } }
        var row: [UInt64] = []
        return ports.indices.map { index in
            guard leased[index] else { return nil }
            // A port whose worker has not taken it over yet has seen nothing.
            return workers[Int(ports[index].worker)].counters.snapshot(of: ports[index], through: &row)
                ?? PortCounters()
        }
    }

    /// What has come to the ports.
    public func arrivals(at ports: [LocalPortID]) -> PortArrivals {
        var sum = PortArrivals()
        for port in ports where workers.indices.contains(Int(port.worker)) {
            workers[Int(port.worker)].counters.add(port, to: &sum)
        }
        return sum
    }

    /// When the latest packet was accepted on any of the ports.
    public func lastActivity(of ports: [LocalPortID]) -> UInt64 {
        var last: UInt64 = 0
        for port in ports where workers.indices.contains(Int(port.worker)) {
            last = max(last, workers[Int(port.worker)].counters.lastPacket(of: port))
        }
        return last
    }

    /// Everything received since the start.
    public func totals() -> PortCounters.Traffic {
        workers.reduce(into: PortCounters.Traffic()) { $0 += $1.counters.totals() }
    }

    /// Packets dropped since the start, by ``DropReason`` raw value.
    public func drops() -> [UInt64] {
        var sum = [UInt64](repeating: 0, count: DropReason.allCases.count)
        for worker in workers {
            for (reason, count) in worker.counters.drops().enumerated() { sum[reason] &+= count }
        }
        return sum
    }

    /// What the ports of a pool have seen since the start.
    public func statistics(of pool: PortPoolID) -> PoolStatistics {
        workers.reduce(into: PoolStatistics()) { $0 += $1.counters.statistics(ofPool: pool.index) }
    }

    /// What the workers have done.
    public func threads() -> [MediaThread] {
        statistics().enumerated().map { index, worker in
            MediaThread(index: index, wakeUps: worker.wakeUps, datagrams: worker.packetsReceived)
        }
    }

    /// Use of a port pool. Ports whose sockets are still being closed count as used, parked ones do not.
    public func portUse(of pool: PortPoolID) -> PortUse {
        withLedger { ledger in
            guard ledger.pools.indices.contains(pool.index) else {
                return PortUse(address: .unspecified(.ipv4), minimum: 0, maximum: 0, used: 0)
            }
            let configuration = ledger.pools[pool.index].configuration
            return PortUse(
                address: configuration.address, minimum: configuration.minimum, maximum: configuration.maximum,
                used: ledger.used(of: pool.index))
        }
    }
}

// MARK: - Starting

extension DataPlane {
    private static func check(_ configuration: DataPlaneConfiguration) throws(DataPlaneError) {
        func require(_ condition: Bool, _ text: String) throws(DataPlaneError) {
            if !condition { throw .invalid(text) }
        }
        try require((1...1024).contains(configuration.workers ?? 1), "1 to 1024 workers are possible")
        try require(
            (2..<RequestToken.slotLimit).contains(configuration.portsPerWorker),
            "2 to \(RequestToken.slotLimit - 1) ports per worker are possible")
        try require((0...100).contains(configuration.fillPercent), "a processor has 0 to 100 percent")
        try require((1...32_768).contains(configuration.receiveBuffers), "1 to 32768 receive buffers are possible")
        try require(
            (0...(1 << 32)).contains(configuration.flightRecorderBytes), "a flight recorder has at most 4 GiB")
        try require((128...65_535).contains(configuration.largestDatagram), "datagrams have 128 to 65535 bytes")
        if let handshakes = configuration.handshakes {
            try require((1...HandshakePool.maximumThreads).contains(handshakes.threads), "1 to 64 handshake threads")
            try require((0...19).contains(handshakes.niceness), "nice values go from 0 to 19")
            try require((1...100_000).contains(handshakes.datagramsPerSecond), "1 to 100000 datagrams a second")
            try require((4096...(1 << 30)).contains(handshakes.bytesUntilEstablished), "4096 bytes to 1 GiB")
            try require((1...3600).contains(handshakes.lifetimeSeconds), "handshakes last for 1 to 3600 seconds")
            try require((1...1_000_000).contains(handshakes.concurrentHandshakes), "1 to 1000000 handshakes")
            try require((1...1000).contains(handshakes.attempts), "1 to 1000 attempts")
        }
        try require(
            (1...ConverterPool.maximumThreads).contains(configuration.converterThreads), "1 to 64 transcoding threads")
        try require((1...1_000_000).contains(configuration.transcodedStreams), "1 to 1000000 transcoded streams")
        for pool in configuration.pools {
            try require(
                pool.minimum > 0 && pool.minimum <= pool.maximum,
                "the ports \(pool.minimum) to \(pool.maximum) are no range")
        }
    }

    private typealias Threads = (workers: [Worker], handshakes: HandshakePool?, converters: ConverterPool)
    private typealias Started = (
        workers: [Worker], handshakes: HandshakePool?, converters: ConverterPool,
        backend: DataPlaneConfiguration.Backend, reason: String
    )

    private static func startWorkers(
        _ configuration: DataPlaneConfiguration, slots: Int
    ) throws(DataPlaneError) -> Started {
        var reason = "configured"
        if configuration.backend != .epoll {
            let availability = IORing.probe()
            if case .available(let usesFileTable, _) = availability {
                do throws(SystemError) {
                    let threads = try startThreads(configuration, slots: slots, ring: usesFileTable)
                    return (
                        threads.workers, threads.handshakes, threads.converters, .ioUring, availability.description
                    )
                } catch {
                    guard configuration.backend == .automatic else { throw .system(error) }
                    reason = error.description
                }
            } else {
                guard configuration.backend == .automatic else { throw .ioUringUnavailable(availability) }
                reason = availability.description
            }
        }
        do throws(SystemError) {
            let threads = try startThreads(configuration, slots: slots, ring: nil)
            return (threads.workers, threads.handshakes, threads.converters, .epoll, reason)
        } catch {
            throw .system(error)
        }
    }

    /// Starts all workers or none; with epoll when `ring`, which tells of the use of a file table, is `nil`.
    private static func startThreads(
        _ configuration: DataPlaneConfiguration, slots: Int, ring usesFileTable: Bool?
    ) throws(SystemError) -> Threads {
        var mailboxes: [Mailbox] = []
        for _ in 0..<(configuration.workers ?? min(1024, OwnedThread.processorCount)) {
            mailboxes.append(try Mailbox())
        }
        var handshakes: HandshakePool?
        if let wanted = configuration.handshakes { handshakes = try HandshakePool(wanted, mailboxes: mailboxes) }
        let converters: ConverterPool
        do throws(SystemError) {
            converters = try ConverterPool(
                threads: configuration.converterThreads, streams: configuration.transcodedStreams,
                mailboxes: mailboxes)
        } catch {
            handshakes?.stop()
            throw error
        }
        var workers: [Worker] = []
        do throws(SystemError) {
            for (index, mailbox) in mailboxes.enumerated() {
                let seat = WorkerSeat(
                    index: index, slots: slots, pools: configuration.pools.count,
                    maximumWaitMicroseconds: configuration.maximumWaitMicroseconds,
                    receiveBuffers: configuration.receiveBuffers, largestDatagram: configuration.largestDatagram,
                    usesFileTable: usesFileTable ?? false, pinsToProcessor: configuration.pinsWorkers,
                    scheduling: configuration.scheduling,
                    flightRecorderBytes: configuration.flightRecorderBytes,
                    ownAddresses: configuration.ownAddresses + configuration.pools.map(\.address),
                    softwareName: configuration.softwareName,
                    mailbox: mailbox, closedSlots: try ClosedSlots(capacity: slots),
                    parkedPorts: try ParkedPorts(capacity: slots), parking: configuration.parking,
                    published: PublishedStatistics(), handshakes: handshakes, converters: converters)
                workers.append(try Worker(seat, usesRing: usesFileTable != nil))
            }
        } catch {
            for worker in workers { worker.stop() }
            handshakes?.stop()
            converters.stop()
            throw error
        }
        return (workers, handshakes, converters)
    }
}
