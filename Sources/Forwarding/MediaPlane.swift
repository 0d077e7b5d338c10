public import NetTypes

/// The media side as the control side sees it: ports to lease, plans to install, counters to read.
///
/// All calls may come from any thread. None waits for a media thread, but for a `lease` of the last ports, and that for a few
/// milliseconds: `lease` takes over sockets of earlier calls or binds new ones on the caller's thread, `install` and
/// `release` post to the worker's mailbox, `counters` reads what the worker has published.
public protocol MediaPlane: Sendable {
    /// Picks the worker for a new call; all ports of a call live on one worker.
    func assignWorker() -> UInt16

    /// Binds one port, or an even port and the next one, on `address`.
    ///
    /// The sockets belong to the worker from then on. Until a plan is installed, or the ports are released, what arrives is
    /// dropped, or kept by the kernel while the worker sleeps.
    func lease(_ request: PortRequest) throws(PortLeaseError) -> [PortLease]

    /// Swaps in new plans, in order, between two packets. Plans for ports that were released are ignored.
    func install(_ plans: [ForwardingPlan])

    /// Closes sockets, or keeps them for the next leases, and gives the ports back to the pool they came from.
    func release(_ ports: [LocalPortID])

    /// What the ports have seen, in the order asked for; `nil` for a port that was released.
    func counters(of ports: [LocalPortID]) -> [PortCounters?]

    /// What has come to the ports, as far as lists show it: less work than ``counters(of:)``.
    func arrivals(at ports: [LocalPortID]) -> PortArrivals

    /// Monotonic nanoseconds of the latest packet accepted on any of the ports; 0 for none.
    func lastActivity(of ports: [LocalPortID]) -> UInt64

    /// Everything received since the start, on ports that are closed by now too.
    func totals() -> PortCounters.Traffic

    /// What the ports of a local address have seen since the start, closed ones included.
    func statistics(of pool: PortPoolID) -> PoolStatistics

    /// What the media threads have done since the start.
    func threads() -> [MediaThread]

    /// What became of handshakes since the last call, oldest first. For the log.
    func securityEvents() -> [SecurityEvent]

    /// No call names a certificate with a lower number than `oldest` any more: their keys can go.
    func retireCertificates(before oldest: UInt64)

    /// Present use of the port pool of a local address.
    func portUse(of pool: PortPoolID) -> PortUse
}

extension MediaPlane {
    /// A plane without handshakes has nothing to say.
    public func securityEvents() -> [SecurityEvent] { [] }

    /// A plane without handshakes has no certificates.
    public func retireCertificates(before oldest: UInt64) {}

    /// A plane without packets has seen nothing.
    public func statistics(of pool: PortPoolID) -> PoolStatistics { PoolStatistics() }

    /// A plane without threads has none.
    public func threads() -> [MediaThread] { [] }
}

/// One media thread.
public struct MediaThread: Sendable, Equatable {
    /// Place among the threads.
    public var index: Int
    /// How often it came back from waiting.
    public var wakeUps: UInt64
    /// Datagrams it has received.
    public var datagrams: UInt64

    /// A thread with its numbers.
    public init(index: Int, wakeUps: UInt64, datagrams: UInt64) {
        self.index = index
        self.wakeUps = wakeUps
        self.datagrams = datagrams
    }
}

/// Index of a port pool: one for each configured local address and port range, in the order of configuration.
public struct PortPoolID: Hashable, Sendable, BitwiseCopyable {
    /// Place in the configuration.
    public let index: Int

    /// The pool with this index.
    public init(_ index: Int) {
        self.index = index
    }
}

/// A wish for one port or a pair.
public struct PortRequest: Sendable {
    /// The worker that will own the sockets.
    public var worker: UInt16
    /// Where the ports come from.
    public var pool: PortPoolID
    /// An even port for RTP and the next one for RTCP; else a single port of any parity.
    public var isPair: Bool
    /// TOS byte of what the sockets send.
    public var tos: UInt8

    /// A request for ports of `pool` on `worker`.
    public init(worker: UInt16, pool: PortPoolID, isPair: Bool, tos: UInt8) {
        self.worker = worker
        self.pool = pool
        self.isPair = isPair
        self.tos = tos
    }
}

/// A bound local port.
public struct PortLease: Sendable, Hashable {
    /// Name of the port.
    public let id: LocalPortID
    /// The address the socket is bound to, not the advertised one.
    public let local: TransportAddress

    /// A lease of `local` under the name `id`.
    public init(id: LocalPortID, local: TransportAddress) {
        self.id = id
        self.local = local
    }
}

/// Why no port could be leased.
public enum PortLeaseError: Error, Sendable, Equatable {
    /// Every port of the pool is in use, by us or by another program.
    case exhausted(PortPoolID)
    /// The worker's table of ports is full.
    case tooManyPorts(limit: Int)
    /// The process has no descriptors left, or the kernel refused for another reason.
    case system(errno: Int32, operation: String)
}

/// Numbers about one port pool.
public struct PortUse: Sendable, Equatable {
    /// The local address.
    public var address: IPAddress
    /// First port of the range.
    public var minimum: UInt16
    /// Last port of the range.
    public var maximum: UInt16
    /// Ports leased, or still being closed.
    public var used: Int

    /// Use of the pool of `address`.
    public init(address: IPAddress, minimum: UInt16, maximum: UInt16, used: Int) {
        self.address = address
        self.minimum = minimum
        self.maximum = maximum
        self.used = used
    }
}
