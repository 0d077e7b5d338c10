/// Decides which worker takes the next call. All ports of a call are the worker's from then on, and a worker cannot give
/// away what it has.
///
/// Waking up is the main cost of forwarding at normal load, and a worker wakes up as often for one packet as for fifty: few
/// workers with much to do cost less than many with little. So the first worker takes calls until it is busy for a share
/// of a processor's time, then the second one, and so on. The share leaves room for calls that turn out to be heavier than
/// they began. When all have as much, the one with the least to do is next.
///
/// How busy a worker is, is measured, and what it costs per port is learned. Ports that came after the measurement are
/// added to it at that cost. Calls that ring have no packets yet: a worker counts as at least as busy as its ports usually
/// make it.
///
/// Processor time is what a worker got, not what it needed: one that other threads keep from its processor looks
/// idle. Media threads go before all others where the kernel allows it, so that this is the exception.
struct WorkerPlacement {
    /// The shortest time over which is measured.
    static let windowNanoseconds: UInt64 = 500_000_000
    /// What a port is expected to need, in millionths of a processor: half of them carry 50 packets a second.
    static let usualShare = 200
    /// Fewer ports in all teach nothing: what a worker does anyway would count as theirs.
    static let teachingPorts = 64
    /// The most that a port is believed to cost, in millionths of a processor.
    static let highestShare = 10_000
    /// Of the ports that a worker can hold at all, so many percent count as all that it is to take.
    static let usablePortsPercent = 75

    /// Millionths of a processor up to which a worker is filled; 0 spreads calls over all workers by their ports.
    private let limit: Int
    /// What a port adds at least.
    private let share: Int
    /// What a port costs, a slow average over all workers, in millionths of a processor; 0 until that is known.
    private var learned = 0
    /// Measured, in millionths of a processor.
    private var busy: [Int]
    /// The ports that each worker had then.
    private var measuredPorts: [Int]
    private var times: [UInt64] = []
    private var measuredAt: UInt64 = 0
    private var next = 0

    /// - Parameters:
    ///   - workers: how many there are, at least one.
    ///   - fillPercent: of a processor, up to which a worker is filled; 0 spreads.
    ///   - slotsPerWorker: ports that a worker can hold.
    init(workers: Int, fillPercent: Int, slotsPerWorker: Int) {
        limit = fillPercent * 10_000
        let usable = max(1, slotsPerWorker * Self.usablePortsPercent / 100)
        share = max(Self.usualShare, (limit + usable - 1) / usable)
        busy = [Int](repeating: 0, count: workers)
        measuredPorts = busy
    }

    /// Whether it is time for ``observe(_:now:)``.
    func isDue(at now: UInt64) -> Bool {
        limit > 0 && (times.isEmpty || now &- measuredAt >= Self.windowNanoseconds)
    }

    /// Takes note of the processor time in nanoseconds that each worker has used since its start, and of its ports.
    mutating func observe(_ processorTimes: [UInt64], ports: [Int], now: UInt64) {
        defer {
            times = processorTimes
            measuredAt = now
        }
        guard times.count == busy.count, processorTimes.count == busy.count, ports.count == busy.count,
            now > measuredAt
        else { return }
        var sum = 0
        for worker in busy.indices where processorTimes[worker] >= times[worker] {
            let used = min(processorTimes[worker] - times[worker], now - measuredAt)
            // Less than a millionth of the window makes no difference, and the product cannot overflow this way.
            let latest = Int(used / max(1, (now - measuredAt) / 1_000_000))
            sum += latest
            // More counts at once; less only by and by, since the next moment may be like the last but one.
            busy[worker] = max(latest, (busy[worker] + latest) / 2)
        }
        // Those that came within the window have cost their worker little yet.
        let carried = ports.indices.reduce(0) { $0 + min(ports[$1], measuredPorts[$1]) }
        measuredPorts = ports
        guard carried >= Self.teachingPorts else { return }
        let latest = min(Self.highestShare, sum / carried)
        learned = learned == 0 ? latest : (learned * 7 + latest) / 8
    }

    /// The worker for the next call, of workers that hold so many ports.
    mutating func choose(ports: [Int]) -> Int {
        guard limit > 0 else { return chooseInTurn(ports) }
        let cost = max(share, learned)
        let loads = ports.indices.map { worker in
            max(busy[worker] + max(0, ports[worker] - measuredPorts[worker]) * cost, ports[worker] * cost)
        }
        if let first = loads.firstIndex(where: { $0 < limit }) { return first }
        return loads.indices.min { (loads[$0], ports[$0]) < (loads[$1], ports[$1]) } ?? 0
    }

    /// The worker with the fewest ports; of equals, each in turn.
    private mutating func chooseInTurn(_ ports: [Int]) -> Int {
        var best = next % ports.count
        for step in 1..<max(2, ports.count) {
            let candidate = (next + step) % ports.count
            if ports[candidate] < ports[best] { best = candidate }
        }
        next = (best + 1) % ports.count
        return best
    }
}
