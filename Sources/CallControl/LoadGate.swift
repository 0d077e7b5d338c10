import NGProtocol
import Synchronization

/// Decides whether a new call is taken, from measurements that others feed it.
final class LoadGate: Sendable {
    /// What limits are compared with.
    struct Measurements: Sendable {
        var load = 0.0
        var cpuPercent = 0.0
        var bytesPerSecond: UInt64 = 0
        /// Calls begun in the present second.
        var callsThisSecond = 0
    }

    private let limits: LoadLimits
    private let state = Mutex(Measurements())

    init(limits: LoadLimits) {
        self.limits = limits
    }

    /// Takes the call into account, or says what stands against it.
    func admit() -> NGReply.LoadLimit? {
        state.withLock { state in
            if let limit = limits.callsPerSecond, state.callsThisSecond >= limit { return .load }
            if let limit = limits.cpuPercent, state.cpuPercent >= limit { return .cpu }
            if let limit = limits.load, state.load >= limit { return .load }
            if let limit = limits.bandwidth, state.bytesPerSecond >= limit { return .bandwidth }
            state.callsThisSecond += 1
            return nil
        }
    }

    /// New measurements, once a second.
    func update(load: Double, cpuPercent: Double, bytesPerSecond: UInt64) {
        state.withLock {
            $0 = Measurements(load: load, cpuPercent: cpuPercent, bytesPerSecond: bytesPerSecond, callsThisSecond: 0)
        }
    }
}
