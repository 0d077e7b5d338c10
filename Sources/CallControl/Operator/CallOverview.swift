import CallModel
import Forwarding
public import NetTypes

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
    /// Mean opinion score of the worst audio stream; `nil` while none can be judged.
    public private(set) var meanOpinionScore: Double?
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

    init(_ record: CallRecord, _ report: CallReport, isDebugged: Bool, nowSeconds: Int64) {
        let call = record.call
        tos = call.tos
        readSeconds = nowSeconds
        callID = call.id
        createdMicroseconds = call.createdMicroseconds
        client = call.client
        isDeletionPending = record.deletionNanoseconds != nil
        isAnswered = call.isAnswered
        self.isDebugged = isDebugged
        tags = call.parties.map { $0.tag ?? "" }
        ports = call.parties.reduce(0) { $0 + $1.ports.count }
        for counter in report.counters.values { add(counter) }
        for party in call.parties {
            guard let peer = party.peer.flatMap({ call[$0] }), party.id.number < peer.id.number else { continue }
            for (one, other) in zip(party.media, peer.media) { add(one, other) }
        }
    }

    private mutating func add(_ counter: PortCounters) {
        packets &+= counter.rtpIn.packets &+ counter.rtcpIn.packets
        bytes &+= counter.rtpIn.bytes &+ counter.rtcpIn.bytes
        errors &+= counter.rtpIn.errors &+ counter.rtcpIn.errors
        for stream in counter.ingress {
            lost &+= stream.lost
            measured &+= stream.packets
            if let score = stream.meanOpinionScore { meanOpinionScore = min(meanOpinionScore ?? score, score) }
            if let seconds = stream.jitterSeconds { jitterSeconds = max(jitterSeconds ?? 0, seconds) }
        }
    }

    private mutating func add(_ one: PartyMedia, _ other: PartyMedia) {
        guard let first = one.ports?.bindings.first?.rtp.local.address.family,
            let second = other.ports?.bindings.first?.rtp.local.address.family
        else { return }
        if first != second { media.mixed += 1 } else if first == .ipv4 { media.ipv4 += 1 } else { media.ipv6 += 1 }
    }
}
