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
    public private(set) var ports = 0
    /// Packets received on all ports, RTP and RTCP.
    public private(set) var packets: UInt64 = 0
    /// Octets of UDP payload received.
    public private(set) var bytes: UInt64 = 0
    /// Packets received and dropped.
    public private(set) var errors: UInt64 = 0
    /// RTP packets lost on the way to the relay.
    public private(set) var lost: UInt64 = 0
    /// The largest interarrival jitter of a stream, in seconds; `nil` while no stream is measured.
    public private(set) var jitterSeconds: Double?
    /// Mean opinion score of the worst section on its way to the relay; `nil` while none can be judged.
    public private(set) var meanOpinionScore: Double?
    /// What `ctl why` says of it.
    public let cause: Cause
    /// How bad that is.
    public let severity: Severity
    /// RTP packets received of measured streams.
    private var measured: UInt64 = 0

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

    /// The share of lost packets; `nil` while nothing was expected.
    public var lossRatio: Double? {
        let expected = measured &+ lost
        return expected == 0 ? nil : Double(lost) / Double(expected)
    }

    init(_ record: CallRecord, _ report: CallReport, isDebugged: Bool) {
        let call = record.call
        let diagnosis = CallDiagnosis(report)
        (cause, severity) = (diagnosis.cause, diagnosis.severity)
        tos = call.tos
        readSeconds = report.takenMicroseconds / 1_000_000
        callID = call.id
        createdMicroseconds = call.createdMicroseconds
        client = call.client
        isDeletionPending = report.isBeingDeleted
        isAnswered = report.isAnswered
        self.isDebugged = isDebugged
        tags = report.parties.map { $0.tag ?? "" }
        for party in report.parties {
            for section in party.sections { add(section) }
            guard let peer = party.peer.flatMap(report.party), party.number < peer.number else { continue }
            for (one, other) in zip(party.sections, peer.sections) { addFamilies(of: one, other) }
        }
    }

    private mutating func add(_ section: SectionReport) {
        ports += section.ports.count
        for counters in section.ports.compactMap(\.counters) {
            packets &+= counters.rtpIn.packets &+ counters.rtcpIn.packets
            bytes &+= counters.rtpIn.bytes &+ counters.rtcpIn.bytes
            errors &+= counters.rtpIn.errors &+ counters.rtcpIn.errors
            for stream in counters.ingress {
                lost &+= stream.lost
                measured &+= stream.packets &- min(stream.packets, stream.duplicates)
                if let seconds = stream.jitterSeconds { jitterSeconds = max(jitterSeconds ?? 0, seconds) }
            }
        }
        if let score = section.measuredQuality?.meanOpinionScore {
            meanOpinionScore = min(meanOpinionScore ?? score, score)
        }
    }

    private mutating func addFamilies(of one: SectionReport, _ other: SectionReport) {
        guard let first = one.ports.last(where: \.isCurrent)?.local.address.family,
            let second = other.ports.last(where: \.isCurrent)?.local.address.family
        else { return }
        if first != second { media.mixed += 1 } else if first == .ipv4 { media.ipv4 += 1 } else { media.ipv6 += 1 }
    }
}

extension StreamStatistics {
    /// Interarrival jitter in seconds; `nil` where the clock rate is not known.
    var jitterSeconds: Double? { clockRate == 0 ? nil : Double(jitter) / Double(clockRate) }
}

extension QualitySample {
    /// 1 to 4.5.
    var meanOpinionScore: Double { Double(opinionScoreHundredths) / 100 }
}
