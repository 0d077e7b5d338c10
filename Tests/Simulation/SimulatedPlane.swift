package import DTLS
package import Forwarding
package import NetTypes
package import PacketPath
import SRTP
import TestSupport

/// A media plane with everything that the real one has, but for sockets, threads and a clock: one packet path, its
/// handshakes, and datagrams that are handed in and out. Belongs to one thread.
package final class SimulatedPlane: MediaPlane, @unchecked Sendable {
    /// A datagram that left the relay.
    package struct Sent {
        package var source: TransportAddress
        package var destination: TransportAddress
        package var bytes: [UInt8]
        /// STUN or DTLS of the relay itself.
        package var isControl: Bool
    }

    /// Monotonic nanoseconds.
    package var now: UInt64 = 1_000_000_000_000
    /// What became of handshakes.
    package private(set) var outcomes: [SecurityEvent.Outcome] = []
    package let context: DTLSContext
    var path: PacketPath
    var output = TransmissionList(capacity: 256)
    var associations: [LocalPortID: SimulatedAssociation] = [:]
    private let capacity: Int
    private let pools: [PortPoolConfiguration]
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 64)
    private var sent: [Sent] = []
    private var leases: [LocalPortID: PortLease] = [:]
    private var ports: [TransportAddress: LocalPortID] = [:]
    private var addresses: [UInt32: TransportAddress] = [:]
    private var generations: [UInt32: UInt16] = [:]
    private var nextPort: UInt16

    package init(_ table: InterfaceTable, context: DTLSContext, seed: UInt64, capacity: Int = 64) {
        self.context = context
        self.capacity = capacity
        pools = table.pools
        nextPort = table.pools.first?.minimum ?? 30_000
        path = PacketPath(capacity: capacity, generator: SeededGenerator(seed: seed))
    }

    deinit { buffer.deallocate() }

    /// Looks at the packet path.
    package func withPath<Result>(_ body: (borrowing PacketPath) -> Result) -> Result { body(path) }

    /// Ports that are leased.
    package var openPorts: [PortLease] { leases.values.sorted { $0.local.port < $1.local.port } }
    /// Associations that plans ask for.
    package var associationCount: Int { associations.count }

    package func port(at address: TransportAddress) -> LocalPortID? { ports[address] }

    package func counters(of port: LocalPortID) -> PortCounters { path.counters.snapshot(of: port) ?? PortCounters() }

    // MARK: - Datagrams

    /// Hands in a datagram and returns what leaves the relay because of it.
    package func arrive(_ bytes: [UInt8], at address: TransportAddress, from source: TransportAddress) -> [Sent] {
        guard let port = ports[address], bytes.count <= 2048 else { return [] }
        bytes.withUnsafeBytes { buffer.copyMemory(from: $0) }
        path.receive(
            slot: port.slot, packet: UnsafeMutableRawBufferPointer(rebasing: buffer[..<bytes.count]), capacity: 2112,
            isTruncated: false, source: source, now: now, into: &output)
        drain()
        return takeSent()
    }

    /// Hands in what ICMP says of a datagram that was sent from `address`.
    package func fail(_ error: Int32, at address: TransportAddress, to destination: TransportAddress) {
        guard let port = ports[address] else { return }
        path.receptionFailed(
            slot: port.slot, generation: port.generation, error: error, destination: destination, now: now)
    }

    /// The earliest time at which there is something to do.
    package var nextDeadline: UInt64? {
        var deadline = path.nextDeadline
        for association in associations.values {
            guard let own = association.deadline else { continue }
            deadline = min(deadline ?? own, own)
        }
        return deadline
    }

    /// Does what is due.
    package func reachDeadline() -> [Sent] {
        path.deadlineReached(now: now, into: &output)
        drain()
        for association in associations.values where (association.deadline ?? .max) <= now {
            association.deadline = nil
            if association.wantsStart {
                follow(association) { $0.engine.start() }
            } else {
                follow(association) { $0.engine.handleTimeout() }
            }
        }
        serveHandshakes()
        return takeSent()
    }

    /// What has left the relay and was not fetched yet.
    package func takeSent() -> [Sent] {
        if sent.isEmpty { return [] }
        defer { sent.removeAll(keepingCapacity: true) }
        return sent
    }

    /// Empties the list of transmissions, and then sees to the handshakes.
    private func drain() {
        collect()
        serveHandshakes()
    }

    func collect() {
        for index in 0..<output.count {
            let one = output[index]
            guard let source = addresses[one.slot] else { continue }
            sent.append(
                Sent(
                    source: source, destination: one.destination,
                    bytes: Array(UnsafeRawBufferPointer(start: one.bytes, count: Int(one.count))),
                    isControl: one.isControl))
        }
        output.removeAll()
        path.batchSent()
    }

    /// What the controller has not fetched yet.
    private var securityNews: [SecurityEvent] = []

    func note(_ outcome: SecurityEvent.Outcome, of association: SimulatedAssociation) {
        outcomes.append(outcome)
        securityNews.append(
            SecurityEvent(port: association.port, association: association.plan.association, outcome: outcome))
    }

    package func securityEvents() -> [SecurityEvent] {
        defer { securityNews = [] }
        return securityNews
    }

    // MARK: - MediaPlane

    package func assignWorker() -> UInt16 { 0 }

    package func lease(_ request: PortRequest) throws(PortLeaseError) -> [PortLease] {
        guard pools.indices.contains(request.pool.index) else { throw .exhausted(request.pool) }
        let pool = pools[request.pool.index]
        let count = request.isPair ? 2 : 1
        guard leases.count + count <= capacity else { throw .tooManyPorts(limit: capacity) }
        if nextPort > pool.maximum - 2 { nextPort = pool.minimum }
        nextPort += nextPort % 2
        return (0..<count).map { _ in
            let slot = (0..<UInt32(capacity)).first { addresses[$0] == nil } ?? 0
            let generation = (generations[slot] ?? 0) &+ 1
            let id = LocalPortID(worker: 0, slot: slot, generation: generation)
            let lease = PortLease(id: id, local: TransportAddress(pool.address, nextPort))
            nextPort += 1
            generations[slot] = generation
            leases[id] = lease
            ports[lease.local] = id
            addresses[slot] = lease.local
            path.open(id, now: now)
            return lease
        }
    }

    package func install(_ plans: [ForwardingPlan]) {
        for plan in plans { _ = path.install(plan, now: now) }
        serveHandshakes()
    }

    package func release(_ ports: [LocalPortID]) {
        for port in ports {
            guard let lease = leases.removeValue(forKey: port) else { continue }
            // The peer of an association is told before its port goes.
            if let association = associations[port], association.isEstablished { end(association) }
            path.close(port)
            serveHandshakes()
            self.ports[lease.local] = nil
            addresses[port.slot] = nil
        }
    }

    package func counters(of ports: [LocalPortID]) -> [PortCounters?] { ports.map { path.counters.snapshot(of: $0) } }

    package func lastActivity(of ports: [LocalPortID]) -> UInt64 {
        ports.map { path.counters.lastPacket(of: $0) }.max() ?? 0
    }

    package func totals() -> PortCounters.Traffic { path.counters.totals() }

    package func portUse(of pool: PortPoolID) -> PortUse {
        PortUse(
            address: pools[pool.index].address, minimum: pools[pool.index].minimum,
            maximum: pools[pool.index].maximum, used: leases.count)
    }
}
