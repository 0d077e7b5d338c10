/// One measurement of media through one relay.
public struct LoadOptions: Equatable, Sendable {
    /// Calls set up at the same time, 1…20000.
    public var calls = 100
    /// What they send.
    public var workload = MediaWorkload()
    /// Seconds of media before the measurement.
    public var warmUp = 1.5
    /// Seconds measured.
    public var duration = 5.0
    /// Both parties offer to multiplex RTP and RTCP on one port.
    public var multiplexed = false
    /// How media is protected. The floor has no say in it and forwards plain RTP.
    public var security = CallSecurity()
    /// The ends' sockets are connected to the relay. This takes less of the generator's time and thus reaches more packets a
    /// second, but the kernel then drops what comes from elsewhere, so that it is not counted, and a relay on the same
    /// machine saves a look-up of the route.
    public var connected = false

    /// 100 calls of G.711 for five seconds.
    public init() {}

    /// Throws ``LoadError/invalidOption(_:)`` for values out of range.
    func validate() throws(LoadError) {
        try workload.validate()
        guard security.callee != .webRTC else { throw .invalidOption("only the caller can be a WebRTC end") }
        guard (1...20_000).contains(calls) else { throw .invalidOption("calls must be 1…20000, not \(calls)") }
        guard (0...600).contains(warmUp), (0.1...3600).contains(duration) else {
            throw .invalidOption("warm-up must be 0…600 s, duration 0.1…3600 s")
        }
    }

    /// Packets that arrive at the relay in a second.
    public var packetsPerSecond: Int { calls * 2 * workload.packetsPerSecond }
}

/// One measurement of signalling: calls are offered, answered and deleted as fast as the relay lets them be.
public struct SignallingOptions: Equatable, Sendable {
    /// Requests waiting for their reply at any time, 1…1024. 1 is a closed loop.
    public var outstanding = 1
    /// Seconds before the measurement.
    public var warmUp = 0.5
    /// Seconds measured.
    public var duration = 3.0

    /// A closed loop for three seconds.
    public init() {}

    /// Throws ``LoadError/invalidOption(_:)`` for values out of range.
    func validate() throws(LoadError) {
        guard (1...1024).contains(outstanding) else {
            throw .invalidOption("outstanding requests must be 1…1024, not \(outstanding)")
        }
        guard (0...600).contains(warmUp), (0.1...3600).contains(duration) else {
            throw .invalidOption("warm-up must be 0…600 s, duration 0.1…3600 s")
        }
    }
}
