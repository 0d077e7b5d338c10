public import Forwarding
public import NetTypes
package import PacketPath

/// A media plane with everything that the real one has, but for sockets, threads and a clock: one packet path, and
/// datagrams that are handed in and out. Belongs to one thread.
///
/// Handshakes are for subclasses, which are told when there may be news of them.
///
/// `@unchecked Sendable`: the protocol asks for it; whoever makes a plane keeps it on one thread.
open class VirtualPlane: MediaPlane, @unchecked Sendable {
    /// A datagram that left the relay.
    public struct Sent {
        /// The local port.
        public var source: TransportAddress
        /// Where it goes.
        public var destination: TransportAddress
        /// The datagram.
        public var bytes: [UInt8]
        /// STUN or DTLS of the relay itself.
        public var isControl: Bool
    }

    /// Longest datagram that the plane takes, as the real one.
    private static let longestDatagram = 2048
    /// Room behind it, for protection in place.
    private static let room = 64

    /// Monotonic nanoseconds.
    public var now: UInt64 = 1_000_000_000_000
    /// What happens to datagrams.
    package var path: PacketPath
    /// What is on its way out.
    package var output = TransmissionList(capacity: 256)
    /// Does at once what other threads do for the real plane.
    private let converter = Converter(streams: 1024)
    private let converted = ConversionRing(bytes: 1 << 18)
    private let capacity: Int
    private let pools: [PortPoolConfiguration]
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 64)
    private var sent: [Sent] = []
    private var leases: [LocalPortID: PortLease] = [:]
    private var ports: [TransportAddress: LocalPortID] = [:]
    private var addresses: [UInt32: TransportAddress] = [:]
    private var generations: [UInt32: UInt16] = [:]
    private var nextPort: UInt16

    /// A plane with the pools of `table` and room for `capacity` ports.
    ///
    /// - Parameter generator: for the secrets of checks and cookies.
    public init(_ table: InterfaceTable, generator: any RandomNumberGenerator, capacity: Int = 64) {
        self.capacity = capacity
        pools = table.pools
        nextPort = table.pools.first?.minimum ?? 30_000
        path = PacketPath(capacity: capacity, generator: generator)
    }

    deinit { buffer.deallocate() }

    // MARK: - For subclasses

    /// The path may have news for the handshakes, or datagrams.
    open func serveHandshakes() {}

    /// The earliest time at which a handshake has something to do.
    open var handshakeDeadline: UInt64? { nil }

    /// Time has passed; what is due of the handshakes is to be done.
    open func reachHandshakeDeadline() {}

    /// The port is about to be closed.
    open func portCloses(_ port: LocalPortID) {}

    /// Where ports for `request` are bound, if not at the next free ones.
    open func chosenAddresses(for request: PortRequest) -> [TransportAddress]? { nil }

    /// What became of handshakes since the last call.
    open func securityEvents() -> [SecurityEvent] { [] }

    /// The plan as it is put in place.
    open func adapted(_ plan: ForwardingPlan) -> ForwardingPlan { plan }

    // MARK: - Looking

    /// Looks at the packet path.
    package func withPath<Result>(_ body: (borrowing PacketPath) -> Result) -> Result { body(path) }

    /// Ports that are leased.
    public var openPorts: [PortLease] { leases.values.sorted { $0.local.port < $1.local.port } }

    /// The port that is bound to `address`.
    public func port(at address: TransportAddress) -> LocalPortID? { ports[address] }

    /// What `port` is bound to.
    public func address(of port: LocalPortID) -> TransportAddress? { leases[port]?.local }

    /// What `port` has seen.
    public func counters(of port: LocalPortID) -> PortCounters { path.counters.snapshot(of: port) ?? PortCounters() }

    // MARK: - Datagrams

    /// Hands in a datagram and returns what leaves the relay because of it.
    public func arrive(_ bytes: [UInt8], at address: TransportAddress, from source: TransportAddress) -> [Sent] {
        guard let port = ports[address], bytes.count <= Self.longestDatagram else { return [] }
        bytes.withUnsafeBytes { buffer.copyMemory(from: $0) }
        path.receive(
            slot: port.slot, packet: UnsafeMutableRawBufferPointer(rebasing: buffer[..<bytes.count]),
            capacity: Self.longestDatagram + Self.room, isTruncated: false, source: source, now: now, into: &output)
        drain()
        return takeSent()
    }

    /// Hands in what ICMP says of a datagram that was sent from `address`; `error` is the errno that a socket would give.
    public func fail(_ error: Int32, at address: TransportAddress, to destination: TransportAddress) {
        guard let port = ports[address] else { return }
        path.receptionFailed(
            slot: port.slot, generation: port.generation, error: error, destination: destination, now: now)
    }

    /// The earliest time at which there is something to do.
    public var nextDeadline: UInt64? {
        [path.nextDeadline, handshakeDeadline, converter.nextDeadline].compactMap { $0 }.min()
    }

    /// Does what is due.
    public func reachDeadline() -> [Sent] {
        path.deadlineReached(now: now, into: &output)
        drain()
        let converted = converted
        converter.deadlineReached(now: now) { _ in converted }
        forwardConverted()
        reachHandshakeDeadline()
        serveHandshakes()
        return takeSent()
    }

    /// What has left the relay and was not fetched yet.
    public func takeSent() -> [Sent] {
        if sent.isEmpty { return [] }
        defer { sent.removeAll(keepingCapacity: true) }
        return sent
    }

    /// Empties the list of transmissions, and then sees to the handshakes.
    private func drain() {
        collect()
        convert()
        serveHandshakes()
    }

    /// Has what waits for it converted, and forwards what becomes of it.
    private func convert() {
        path.publishConversions { _ in }
        for ring in path.conversionRings {
            while converter.handleNext(from: ring, to: converted, now: now) {}
        }
        forwardConverted()
    }

    private func forwardConverted() {
        guard converted.publish() else { return }
        while path.takeConverted(from: converted, limit: 64, now: now, into: &output) { collect() }
        collect()
    }

    /// Takes what is on its way out, whose memory is free afterwards.
    package func collect() {
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

    // MARK: - MediaPlane

    /// The only one.
    public func assignWorker() -> UInt16 { 0 }

    /// Opens a port, or two.
    open func lease(_ request: PortRequest) throws(PortLeaseError) -> [PortLease] {
        guard pools.indices.contains(request.pool.index) else { throw .exhausted(request.pool) }
        let count = request.isPair ? 2 : 1
        guard leases.count + count <= capacity else { throw .tooManyPorts(limit: capacity) }
        guard let addresses = chosenAddresses(for: request) ?? nextAddresses(count, of: pools[request.pool.index])
        else {
            throw .exhausted(request.pool)
        }
        return addresses.map { address in
            let slot = (0..<UInt32(capacity)).first { self.addresses[$0] == nil } ?? 0
            let generation = (generations[slot] ?? 0) &+ 1
            let id = LocalPortID(worker: 0, slot: slot, generation: generation)
            let lease = PortLease(id: id, local: address)
            generations[slot] = generation
            leases[id] = lease
            ports[address] = id
            self.addresses[slot] = address
            path.open(id, now: now)
            return lease
        }
    }

    /// The next ones that are free; `nil` when there are none.
    private func nextAddresses(_ count: Int, of pool: PortPoolConfiguration) -> [TransportAddress]? {
        for _ in pool.minimum...pool.maximum {
            if nextPort > pool.maximum - 2 { nextPort = pool.minimum }
            nextPort += nextPort % 2
            defer { nextPort += UInt16(count) }
            let next = (0..<count).map { TransportAddress(pool.address, nextPort + UInt16($0)) }
            if next.allSatisfy({ ports[$0] == nil }) { return next }
        }
        return nil
    }

    /// Puts plans in place.
    public func install(_ plans: [ForwardingPlan]) {
        for plan in plans { _ = path.install(adapted(plan), now: now) }
        serveHandshakes()
    }

    /// Closes ports.
    public func release(_ ports: [LocalPortID]) {
        for port in ports {
            guard let lease = leases.removeValue(forKey: port) else { continue }
            portCloses(port)
            path.close(port)
            convert()
            serveHandshakes()
            self.ports[lease.local] = nil
            addresses[port.slot] = nil
        }
    }

    /// What the ports have seen.
    public func counters(of ports: [LocalPortID]) -> [PortCounters?] { ports.map { path.counters.snapshot(of: $0) } }

    /// When one of the ports last had a packet.
    public func lastActivity(of ports: [LocalPortID]) -> UInt64 {
        ports.map { path.counters.lastPacket(of: $0) }.max() ?? 0
    }

    /// Everything received.
    public func totals() -> PortCounters.Traffic { path.counters.totals() }

    /// How many ports are open.
    public func portUse(of pool: PortPoolID) -> PortUse {
        PortUse(
            address: pools[pool.index].address, minimum: pools[pool.index].minimum,
            maximum: pools[pool.index].maximum, used: leases.count)
    }
}
