public import Forwarding
import NetTypes
import Synchronization

/// A media plane without sockets. It leases ports by the rules, keeps the last plan of each port, and notes every
/// breach of the contract between signalling and media.
public final class FakeMediaPlane: MediaPlane {
    /// What the plane knows and has seen.
    public struct State: Sendable {
        /// Open ports by name.
        public var leased: [LocalPortID: PortLease] = [:]
        /// The last plan of each open port.
        public var plans: [LocalPortID: ForwardingPlan] = [:]
        /// Every lease ever made, in order.
        public var history: [PortLease] = []
        /// Requests for ports that were met or refused.
        public var requests: [PortRequest] = []
        /// Plans that were installed, one by one.
        public var installations = 0
        /// Ports given back.
        public var releases = 0
        /// Breaches of the contract.
        public var violations: [String] = []
        /// What ``FakeMediaPlane/counters(of:)`` says of a port.
        public var counters: [LocalPortID: PortCounters] = [:]
        /// What ``FakeMediaPlane/totals()`` says.
        public var totals = PortCounters.Traffic()
        /// What ``FakeMediaPlane/statistics(of:)`` says of a pool.
        public var poolStatistics: [PortPoolID: PoolStatistics] = [:]
        /// What ``FakeMediaPlane/securityEvents()`` hands out next.
        public var securityEvents: [SecurityEvent] = []
        /// What ``FakeMediaPlane/retireCertificates(before:)`` was called with.
        public var retirements: [UInt64] = []
        /// Numbers, from 1, of the port requests that fail with ``failure``; a request counts also when it fails.
        public var failingRequests: Set<Int> = []
        /// Pools without free ports.
        public var exhaustedPools: Set<PortPoolID> = []
        /// What failing requests throw.
        public var failure = PortLeaseError.exhausted(PortPoolID(0))

        fileprivate var taken: [PortPoolID: Set<UInt16>] = [:]
        fileprivate var pools: [LocalPortID: PortPoolID] = [:]
        fileprivate var generator: SeededGenerator
        fileprivate var nextSlot: UInt32 = 0
        fileprivate var nextWorker: UInt16 = 0
    }

    private let pools: [PortPoolConfiguration]
    private let workers: UInt16
    private let state: Mutex<State>

    /// A plane with these pools, whose choice of ports follows from `seed`.
    public init(_ table: InterfaceTable, workers: UInt16 = 1, seed: UInt64 = 1) {
        pools = table.pools
        self.workers = workers
        state = Mutex(State(generator: SeededGenerator(seed: seed)))
    }

    /// A copy of everything.
    public var snapshot: State { state.withLock { $0 } }

    /// Changes what the plane knows.
    public func update(_ change: (inout sending State) -> Void) { state.withLock { change(&$0) } }

    /// Open ports.
    public var openPorts: Int { state.withLock { $0.leased.count } }

    /// The last plan of the port bound to this number on any address; `nil` when no such port is open.
    public func plan(port: UInt16) -> ForwardingPlan? {
        state.withLock { state in
            state.leased.values.first { $0.local.port == port }.flatMap { state.plans[$0.id] }
        }
    }

    /// What was breached so far; cheaper than a ``snapshot``.
    public var violations: [String] { state.withLock { $0.violations } }

    /// Plans that were installed so far.
    public var installations: Int { state.withLock { $0.installations } }

    /// Pretends that RTP was accepted on the port of this number: `packets` of 172 bytes each, the last one at `now`.
    public func receive(_ packets: UInt64, on port: UInt16, now: UInt64) {
        state.withLock { state in
            for lease in state.leased.values where lease.local.port == port {
                state.counters[lease.id, default: PortCounters()].rtpIn.packets += packets
                state.counters[lease.id, default: PortCounters()].rtpIn.bytes += packets * 172
                state.counters[lease.id, default: PortCounters()].lastPacketNanoseconds = now
            }
        }
    }

    /// The local port number of a lease that is still open.
    public func number(of id: LocalPortID) -> UInt16? { state.withLock { $0.leased[id]?.local.port } }

    /// The workers in turn.
    public func assignWorker() -> UInt16 {
        state.withLock { state in
            defer { state.nextWorker = (state.nextWorker + 1) % workers }
            return state.nextWorker
        }
    }

    /// Leases ports, or fails where that was asked for.
    public func lease(_ request: PortRequest) throws(PortLeaseError) -> [PortLease] {
        let result = state.withLock { state -> Result<[PortLease], PortLeaseError> in
            state.requests.append(request)
            if state.failingRequests.contains(state.requests.count) { return .failure(state.failure) }
            guard pools.indices.contains(request.pool.index) else {
                state.violations.append("lease from pool \(request.pool.index), which does not exist")
                return .failure(.exhausted(request.pool))
            }
            guard !state.exhaustedPools.contains(request.pool),
                let first = state.freePort(of: pools[request.pool.index], request)
            else { return .failure(.exhausted(request.pool)) }
            let ports = request.isPair ? [first, first + 1] : [first]
            return .success(ports.map { state.open($0, pools[request.pool.index].address, request) })
        }
        return try result.get()
    }

    /// Keeps the plans, and looks whether they name open ports only.
    public func install(_ plans: [ForwardingPlan]) {
        state.withLock { state in
            for plan in plans {
                guard state.leased[plan.port] != nil else {
                    state.violations.append("plan for \(plan.port), which is not open")
                    continue
                }
                for sink in plan.sinks where state.leased[sink.port] == nil {
                    state.violations.append("plan of \(plan.port) names \(sink.port), which is not open")
                }
                for sink in plan.sinks where sink.port.worker != plan.port.worker {
                    state.violations.append("plan of \(plan.port) names \(sink.port) of another worker")
                }
                if let breach = plan.conversionBreach { state.violations.append("plan of \(plan.port) \(breach)") }
                state.plans[plan.port] = plan
                state.installations += 1
            }
        }
    }

    /// Closes ports; one that is not open is a breach.
    public func release(_ ports: [LocalPortID]) {
        state.withLock { state in
            for port in ports {
                guard let lease = state.leased.removeValue(forKey: port) else {
                    state.violations.append("release of \(port), which is not open")
                    continue
                }
                state.plans[port] = nil
                if let pool = state.pools.removeValue(forKey: port) {
                    state.taken[pool]?.remove(lease.local.port)
                }
                state.releases += 1
            }
        }
    }

    /// What was set for the ports, else zeros.
    public func counters(of ports: [LocalPortID]) -> [PortCounters?] {
        state.withLock { state in
            ports.map { state.leased[$0] == nil ? nil : state.counters[$0] ?? PortCounters() }
        }
    }

    /// From the counters set.
    public func lastActivity(of ports: [LocalPortID]) -> UInt64 {
        state.withLock { state in ports.compactMap { state.counters[$0]?.lastPacketNanoseconds }.max() ?? 0 }
    }

    /// What was set.
    public func totals() -> PortCounters.Traffic { state.withLock { $0.totals } }

    /// Notes the number.
    public func retireCertificates(before oldest: UInt64) { state.withLock { $0.retirements.append(oldest) } }

    /// What was set, else zeros.
    public func statistics(of pool: PortPoolID) -> PoolStatistics {
        state.withLock { $0.poolStatistics[pool] ?? PoolStatistics() }
    }

    /// One thread that has done nothing.
    public func threads() -> [MediaThread] { [MediaThread(index: 0, wakeUps: 0, datagrams: 0)] }

    /// What was set, once.
    public func securityEvents() -> [SecurityEvent] {
        state.withLock { state in
            defer { state.securityEvents = [] }
            return state.securityEvents
        }
    }

    /// The ports that are open.
    public func portUse(of pool: PortPoolID) -> PortUse {
        state.withLock { state in
            let configuration = pools[pool.index]
            return PortUse(
                address: configuration.address, minimum: configuration.minimum, maximum: configuration.maximum,
                used: state.taken[pool]?.count ?? 0)
        }
    }
}

extension ForwardingPlan {
    /// What is wrong with the conversions: they are of RTP, one for each payload type, within what a coder can be asked
    /// for.
    fileprivate var conversionBreach: String? {
        guard !conversions.isEmpty else { return nil }
        if carries != .rtp, carries != .multiplexed { return "converts what is no RTP" }
        if Set(conversions.map(\.source.payloadType)).count < conversions.count { return "converts a type twice" }
        for conversion in conversions {
            let formats = [conversion.source, conversion.target]
            if formats.contains(where: { $0.payloadType > 127 }) { return "converts an impossible type" }
            if formats.contains(where: { $0.clockRate == 0 || !(1...2).contains($0.channels) }) {
                return "converts an impossible format"
            }
            if !(5...120).contains(conversion.packetMilliseconds) { return "asks for impossible packets" }
            let events = formats.map { $0.encoding == .telephoneEvent }
            if events[0] != events[1] { return "converts events to speech, or speech to events" }
            if conversion.source == conversion.target, events[0] { return "converts events to themselves" }
            if clockRates[conversion.source.payloadType] == nil { return "knows no clock rate of what it converts" }
        }
        return nil
    }
}

extension FakeMediaPlane.State {
    /// Looks from a random place on for a free port, or an even one with a free port above.
    fileprivate mutating func freePort(of pool: PortPoolConfiguration, _ request: PortRequest) -> UInt16? {
        let taken = self.taken[request.pool] ?? []
        let count = Int(pool.maximum) - Int(pool.minimum) + 1
        let start = Int.random(in: 0..<count, using: &generator)
        for step in 0..<count {
            let port = pool.minimum + UInt16((start + step) % count)
            if taken.contains(port) || pool.excluded.contains(port) { continue }
            guard request.isPair else { return port }
            if port % 2 == 0, port < pool.maximum, !taken.contains(port + 1), !pool.excluded.contains(port + 1) {
                return port
            }
        }
        return nil
    }

    fileprivate mutating func open(_ port: UInt16, _ address: IPAddress, _ request: PortRequest) -> PortLease {
        let id = LocalPortID(worker: request.worker, slot: nextSlot, generation: 0)
        nextSlot += 1
        let lease = PortLease(id: id, local: TransportAddress(address, port))
        leased[id] = lease
        pools[id] = request.pool
        taken[request.pool, default: []].insert(port)
        history.append(lease)
        return lease
    }
}
