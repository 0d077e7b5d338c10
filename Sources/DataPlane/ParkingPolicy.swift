/// How sockets of calls that have ended are kept for the next ones: opening and closing a socket costs the kernel more
/// than the relay's own work for it.
///
/// A parked socket stays bound, in its slot and listened to by its worker, which drops what arrives. Of what is free,
/// ports of a pool, slots of a worker and descriptors of the process, at most half is parked: parked sockets take
/// nothing from calls.
public struct ParkingPolicy: Sendable, Equatable {
    /// Most sockets that one worker keeps; 0 keeps none.
    public var socketsPerWorker: Int
    /// Nanoseconds after which a parked socket is closed.
    public var idleNanoseconds: UInt64
    /// A parked socket is used again when it has been silent for that many nanoseconds, or for as long as the port
    /// that would be opened instead …
    public var restNanoseconds: UInt64
    /// … or for that many when hardly more can be parked and nothing has come for it, neither since it was parked nor
    /// in the lease before.
    public var shortestRestNanoseconds: UInt64

    /// Up to 4,096 sockets for 30 s each, which rest for 5 s as fresh ports do; under a flood of calls those that never
    /// heard anything for 0.25 s.
    public init() {
        socketsPerWorker = 4096
        idleNanoseconds = 30_000_000_000
        restNanoseconds = PortPool.restNanoseconds
        shortestRestNanoseconds = 250_000_000
    }

    /// Every socket is closed with its call.
    public static var none: ParkingPolicy {
        var policy = ParkingPolicy()
        policy.socketsPerWorker = 0
        return policy
    }
}
