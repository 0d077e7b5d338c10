public import Forwarding
public import NetTypes

/// How the data plane is laid out.
public struct DataPlaneConfiguration: Sendable, Equatable {
    /// How packets get in and out.
    public enum Backend: String, Sendable, Equatable, CaseIterable {
        /// io_uring where the kernel offers what is needed, else epoll.
        case automatic
        case ioUring
        case epoll
    }

    /// The port pools, numbered by their place.
    public var pools: [PortPoolConfiguration]
    /// Number of worker threads; `nil` for one for each processor that the process may run on.
    public var workers: Int?
    /// Percent of a processor's time up to which one worker takes new calls before the next one does; 0 spreads calls
    /// over all workers by their ports.
    public var fillPercent: Int
    /// How packets get in and out.
    public var backend: Backend
    /// Most ports that one worker holds at the same time. Unused ones cost no memory. The limit of descriptors is
    /// the upper bound.
    public var portsPerWorker: Int
    /// Longest time in microseconds from one wake-up to the next, in which packets are gathered under load; 0 for lowest
    /// latency.
    public var maximumWaitMicroseconds: UInt32
    /// Receive buffers of one worker, rounded up to a power of two, at most 32 768. Under io_uring a burst may fill
    /// that many in one wait; memory is taken as the load asks for it.
    public var receiveBuffers: Int
    /// Largest datagram in bytes that is forwarded; longer ones are dropped as truncated.
    public var largestDatagram: Int
    /// Kernel memory in bytes for packets that wait on one socket; `nil` leaves `net.core.rmem_default`.
    public var socketReceiveBuffer: Int?
    /// Whether worker n is tied to the n-th processor.
    public var pinsWorkers: Bool
    /// How sockets are kept for the next calls.
    public var parking: ParkingPolicy
    /// How the kernel schedules the workers, where it lets us; `nil` leaves that to it.
    public var scheduling: WorkerScheduling?
    /// Memory in bytes of each worker's flight recorder, for all its calls together; 0 for none.
    public var flightRecorderBytes: Int
    /// The addresses at which packets reach the relay itself, besides those of the pools: where it is behind a NAT,
    /// the advertised ones.
    public var ownAddresses: [IPAddress]
    /// What the relay calls itself in STUN messages; empty for nothing.
    public var softwareName: String
    /// Handshakes for ports whose plan asks for one; `nil` does none, and such ports stay silent.
    public var handshakes: HandshakeConfiguration?
    /// Threads that transcode.
    public var converterThreads: Int
    /// Streams that are transcoded at the same time; one of Opus takes about 60 kB.
    public var transcodedStreams: Int

    /// One worker for each processor, the best backend there is, and up to 1.5 ms of gathering under load.
    public init(pools: [PortPoolConfiguration]) {
        self.pools = pools
        workers = nil
        fillPercent = 0
        backend = .automatic
        portsPerWorker = 65_536
        maximumWaitMicroseconds = 1500
        receiveBuffers = 4096
        largestDatagram = 2048
        socketReceiveBuffer = nil
        pinsWorkers = false
        parking = ParkingPolicy()
        scheduling = nil
        flightRecorderBytes = 2 << 20
        ownAddresses = []
        softwareName = ""
        handshakes = nil
        converterThreads = 1
        transcodedStreams = 4096
    }
}
