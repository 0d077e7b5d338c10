import LinuxIO

/// How the kernel schedules the threads of workers.
public struct WorkerScheduling: Sendable, Equatable {
    /// The policies of sched(7).
    public enum Policy: String, Sendable, CaseIterable {
        case other
        case batch
        case idle
        case fifo
        case roundRobin = "rr"
    }

    /// The policy.
    public var policy: Policy
    /// Priority under `fifo` and `roundRobin`, 1 to 99; without meaning under the others.
    public var priority: Int
    /// Somebody asked for it: it is worth a warning when the kernel refuses.
    public var isDemanded: Bool

    /// A policy with its priority.
    public init(_ policy: Policy, priority: Int = 1, isDemanded: Bool = true) {
        self.policy = policy
        self.priority = priority
        self.isDemanded = isDemanded
    }

    /// Media first: a packet waits for no request and no handshake, however many there are. Kept to the lowest of the
    /// real-time priorities, and to what the kernel leaves other threads under load (`sched_rt_runtime_us`).
    public static let mediaFirst = WorkerScheduling(.roundRobin, isDemanded: false)

    /// Puts the calling thread under the policy.
    func apply() throws(SystemError) {
        let policy: SchedulingPolicy =
            switch self.policy {
            case .other: .other
            case .batch: .batch
            case .idle: .idle
            case .fifo: .fifo
            case .roundRobin: .roundRobin
            }
        let isRealTime = self.policy == .fifo || self.policy == .roundRobin
        try OwnedThread.scheduleCurrent(policy, priority: isRealTime ? priority : 0)
    }
}
