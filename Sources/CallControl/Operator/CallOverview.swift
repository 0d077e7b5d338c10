import CallModel
import CallReports
public import Diagnosis
import Forwarding
public import NetTypes
import Quality

/// A call in one line of a list.
public struct CallOverview: Sendable {
    /// The `call-id`.
    public let callID: String
    /// Microseconds since the Unix epoch at creation.
    public let createdMicroseconds: Int64
    /// The proxy that created it.
    public let client: TransportAddress
    /// Its end was asked for and is waiting for the delete delay.
    public let isDeletionPending: Bool
    /// An answer has been seen.
    public let isAnswered: Bool
    /// Its requests are logged whatever the log level is.
    public let isDebugged: Bool
    /// TOS byte of what it sends.
    public let tos: UInt8
    /// When this was read, in seconds since the Unix epoch.
    public let readSeconds: Int64
    /// Tags of the parties; empty for one that has not answered.
    public let tags: [String]
    /// Media sections with ports, by the address families of their two sides.
    public private(set) var media = MediaFamilies()
    /// Open ports.
    public let ports: Int
    /// What has come to them.
    private let arrivals: PortArrivals
    /// Mean opinion score of the worst section on its way to the relay; `nil` while none can be judged.
    public let meanOpinionScore: Double?
    /// What `ctl why` says of it. Of a good call it may have been found out up to ten seconds ago, and so may the score.
    public let cause: Cause
    /// How bad that is.
    public let severity: Severity

    /// Sections by address family.
    public struct MediaFamilies: Sendable, Equatable {
        /// Both sides IPv4.
        public var ipv4 = 0
        /// Both sides IPv6.
        public var ipv6 = 0
        /// One of each.
        public var mixed = 0

        /// No sections.
        public init() {}
    }

    /// Packets received on all ports, RTP and RTCP.
    public var packets: UInt64 { arrivals.traffic.packets }
    /// Octets of UDP payload received.
    public var bytes: UInt64 { arrivals.traffic.bytes }
    /// Packets received and dropped.
    public var errors: UInt64 { arrivals.traffic.errors }
    /// RTP packets lost on the way to the relay.
    public var lost: UInt64 { arrivals.lost }
    /// The share of lost packets; `nil` while nothing was expected.
    public var lossRatio: Double? { arrivals.lossRatio }
    /// The largest interarrival jitter of a stream, in seconds; `nil` while no stream is measured.
    public var jitterSeconds: Double? { arrivals.jitterSeconds }

    /// - Parameters:
    ///   - ports: how many are open.
    ///   - arrivals: what has come to them.
    ///   - readSeconds: the present, since the Unix epoch.
    init(
        _ record: borrowing CallRecord, ports: Int, _ arrivals: PortArrivals, _ judged: JudgedCall,
        readSeconds: Int64, isDebugged: Bool
    ) {
        (cause, severity) = (judged.cause, judged.severity)
        meanOpinionScore = judged.meanOpinionScore
        self.ports = ports
        self.arrivals = arrivals
        self.readSeconds = readSeconds
        self.isDebugged = isDebugged
        tos = record.call.tos
        callID = record.call.id
        createdMicroseconds = record.call.createdMicroseconds
        client = record.call.client
        isDeletionPending = record.deletionNanoseconds != nil
        isAnswered = record.call.isAnswered
        tags = record.call.parties.indices.map { record.call.parties[$0].tag ?? "" }
        for place in record.call.parties.indices {
            guard let peer = record.call.parties[place].peer.flatMap(record.call.place), place < peer else { continue }
            let (own, other) = (record.call.parties[place].mediaInForce, record.call.parties[peer].mediaInForce)
            for section in 0..<min(own.count, other.count) {
                media.add(own[section].portSets.last?.family, other[section].portSets.last?.family)
            }
        }
    }
}

extension CallOverview.MediaFamilies {
    /// Counts a section by the families of its sides, if both have ports.
    fileprivate mutating func add(_ first: IPAddress.Family?, _ second: IPAddress.Family?) {
        guard let first, let second else { return }
        if first != second { mixed += 1 } else if first == .ipv4 { ipv4 += 1 } else { ipv6 += 1 }
    }
}

extension PortSet {
    /// That of the last of the local addresses.
    fileprivate var family: IPAddress.Family? { bindings.last?.rtp.local.address.family }
}

extension StreamStatistics {
    /// Interarrival jitter in seconds; `nil` where the clock rate is not known.
    var jitterSeconds: Double? { clockRate == 0 ? nil : Double(jitter) / Double(clockRate) }
}

extension QualitySample {
    /// 1 to 4.5.
    var meanOpinionScore: Double { Double(opinionScoreHundredths) / 100 }
}
