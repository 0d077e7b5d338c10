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

    private struct State {
        var limits: LoadLimits
        var isDraining = false
        var measurements = Measurements()
    }

    private let state: Mutex<State>

    init(limits: LoadLimits) {
        state = Mutex(State(limits: limits))
    }

    /// What calls are measured by from now on.
    var limits: LoadLimits {
        get { state.withLock { $0.limits } }
        set { state.withLock { $0.limits = newValue } }
    }

    /// No call is taken any more.
    var isDraining: Bool {
        get { state.withLock { $0.isDraining } }
        set { state.withLock { $0.isDraining = newValue } }
    }

    /// Takes the call into account, or says what stands against it.
    func admit() -> NGReply.LoadLimit? {
        state.withLock { state in
            let (limits, now) = (state.limits, state.measurements)
            // Clients try another relay on this limit, which is what draining is for.
            if state.isDraining { return .sessions }
            if let limit = limits.callsPerSecond, now.callsThisSecond >= limit { return .load }
            if let limit = limits.cpuPercent, now.cpuPercent >= limit { return .cpu }
            if let limit = limits.load, now.load >= limit { return .load }
            if let limit = limits.bandwidth, now.bytesPerSecond >= limit { return .bandwidth }
            state.measurements.callsThisSecond += 1
            return nil
        }
    }

    /// New measurements, once a second.
    func update(load: Double, cpuPercent: Double, bytesPerSecond: UInt64) {
        state.withLock {
            $0.measurements = Measurements(
                load: load, cpuPercent: cpuPercent, bytesPerSecond: bytesPerSecond, callsThisSecond: 0)
        }
    }
}
