/// A figure that relays are compared by. The raw value is its name in JSON.
public enum Metric: String, CaseIterable, Sendable {
    case processorTimePerPacket = "cpu_ns_per_packet"
    case delayMedian = "delay_p50_us"
    case delayP99 = "delay_p99_us"
    case delayP999 = "delay_p999_us"
    case delayMaximum = "delay_max_us"
    case lossPercent = "loss_percent"
    case residentPerCall = "rss_kib_per_call"
    case descriptorsPerCall = "descriptors_per_call"
    case callsPerSecond = "calls_per_second"
    case replyMedian = "reply_p50_us"
    case replyP99 = "reply_p99_us"
    case processorTimePerCall = "cpu_us_per_call"
    case packetsPerSecond = "packets_per_second"

    /// A short head for a column.
    public var title: String {
        switch self {
        case .processorTimePerPacket: "CPU ns/pkt"
        case .delayMedian: "p50 us"
        case .delayP99: "p99 us"
        case .delayP999: "p99.9 us"
        case .delayMaximum: "max us"
        case .lossPercent: "loss %"
        case .residentPerCall: "KiB/call"
        case .descriptorsPerCall: "fd/call"
        case .callsPerSecond: "calls/s"
        case .replyMedian: "reply p50 us"
        case .replyP99: "reply p99 us"
        case .processorTimePerCall: "CPU us/call"
        case .packetsPerSecond: "pkt/s"
        }
    }

    /// Digits after the point in tables.
    var decimals: Int {
        switch self {
        case .processorTimePerPacket, .callsPerSecond, .replyMedian, .replyP99, .processorTimePerCall,
            .packetsPerSecond:
            0
        case .lossPercent: 3
        default: 1
        }
    }
}

/// What one run of one relay gave.
public struct Measurement: Equatable, Sendable {
    /// The figures it has, each at most once, in the order of tables.
    public var figures: [(metric: Metric, value: Double)] = []
    /// What became of the packets; `nil` for signalling.
    public var tally: MediaTally?
    /// What may have disturbed the run; empty when nothing did.
    public var disturbances: [Disturbance] = []
    /// What is wrong with the relay's behaviour rather than its speed: corrupted or foreign packets, failed requests.
    public var defects: [String] = []
    /// What else a reader has to know of the figures.
    public var remarks: [String] = []
    /// All delays behind the figures; `nil` where there are none.
    public var delays: DelayHistogram?

    /// Nothing measured yet.
    package init() {}

    /// The value of one figure, if it was measured.
    public subscript(metric: Metric) -> Double? { figures.first { $0.metric == metric }?.value }

    /// Whether everything is equal.
    public static func == (left: Measurement, right: Measurement) -> Bool {
        left.figures.elementsEqual(right.figures, by: ==) && left.tally == right.tally
            && left.disturbances == right.disturbances && left.defects == right.defects
            && left.remarks == right.remarks && left.delays == right.delays
    }
}

/// Why a run says little about the relay.
public enum Disturbance: Equatable, Sendable {
    /// The generator was late by this many nanoseconds.
    case lateGenerator(nanoseconds: UInt64)
    /// The generator could not send this many packets.
    case unsentPackets(UInt64)
    /// Other processes used this share of one processor.
    case otherProcesses(share: Double)
}

extension Disturbance: CustomStringConvertible {
    /// A few words for a progress line.
    public var description: String {
        switch self {
        case .lateGenerator(let delay): "generator late by \((Double(delay) / 1e6).text(decimals: 1)) ms"
        case .unsentPackets(let count): "\(count) packets not sent"
        case .otherProcesses(let share): "other processes used \((share * 100).text(decimals: 0)) % of a processor"
        }
    }
}

/// What makes a run a disturbed one.
public struct DisturbanceLimits: Equatable, Sendable {
    /// Milliseconds the generator may be late at most.
    public var lateness = 10.0
    /// Share of one processor that others may use on average.
    public var otherProcesses = 0.10

    /// The usual limits.
    public init() {}
}
