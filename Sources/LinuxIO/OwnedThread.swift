import CLinuxIO

/// A thread that runs one function and is joined or left to itself. It takes no signals but those of its own faults.
public struct OwnedThread: ~Copyable, Sendable {
    private let thread: UInt64

    /// Starts `body` on a new thread with `name`, of which the first 15 bytes count.
    public init(name: String, stackSize: Int, body: @escaping @Sendable () -> Void) throws(SystemError) {
        let context = Unmanaged.passRetained(ThreadBody(body))
        var started: UInt64 = 0
        let result = lio_thread_start(&started, stackSize, name, runThreadBody, context.toOpaque())
        if result < 0 { context.release() }
        try SystemError.check(result, "pthread_create")
        thread = started
    }

    /// Names the clock of the thread's processor time.
    var processorClock: Int32 { lio_thread_clock(thread) }

    /// A thread that nobody waits for goes on by itself.
    deinit {
        _ = lio_thread_detach(thread)
    }

    /// Waits for the end of the thread.
    public consuming func join() {
        _ = lio_thread_join(thread)
        discard self
    }

    /// Ties the calling thread to the `index`-th processor that it may run on, modulo their number.
    public static func pinCurrent(toProcessor index: Int) throws(SystemError) {
        try SystemError.check(lio_thread_pin(Int32(clamping: index)), "pthread_setaffinity_np")
    }

    /// Lets timers of the calling thread fire at their time instead of up to 50 µs later.
    public static func useExactTimers() throws(SystemError) {
        try SystemError.check(lio_thread_use_exact_timers(), "prctl(PR_SET_TIMERSLACK)")
    }

    /// Adds `steps` to the nice value of the calling thread: where processors are short, others go first.
    public static func lowerCurrentPriority(by steps: Int) throws(SystemError) {
        try SystemError.check(lio_thread_lower_priority(Int32(clamping: steps)), "setpriority")
    }

    /// Puts the calling thread under a policy; needs CAP_SYS_NICE or RLIMIT_RTPRIO for the real-time ones.
    ///
    /// - Parameter priority: 1 to 99 for the real-time policies, 0 for the others.
    public static func scheduleCurrent(_ policy: SchedulingPolicy, priority: Int) throws(SystemError) {
        try SystemError.check(
            lio_thread_schedule(policy.rawValue, Int32(clamping: priority)), "sched_setscheduler")
    }

    /// Asks the scheduler for turns of `microseconds` for the calling thread (Linux 6.12, EEVDF). It gets no more time
    /// than before, but on waking up it takes over at once from threads whose turns are longer.
    public static func requestSlice(microseconds: UInt32) throws(SystemError) {
        try SystemError.check(lio_thread_request_slice(microseconds), "sched_setattr")
    }

    /// Number of processors that the calling thread may run on, at least 1.
    public static var processorCount: Int {
        Int(max(1, lio_processor_count()))
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}

private func runThreadBody(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
    return nil
}

/// The policies of sched(7), with the numbers that Linux gives them.
public enum SchedulingPolicy: Int32, Sendable {
    case other = 0
    case fifo = 1
    case roundRobin = 2
    case batch = 3
    case idle = 5
}
