public import NetTypes
public import Quality

/// What one local port receives, from whom, and where it goes: the whole conversation between signalling and media.
///
/// Negotiation emits a plan for every port of a call. The worker that owns the port swaps plans between two packets
/// and never sees the call behind them.
public struct ForwardingPlan: Sendable, Equatable {
    /// The port this plan is for.
    public var port: LocalPortID
    /// What is expected to arrive on the port.
    public var carries: Carriage
    /// The endpoint from the SDP: where packets that leave through this port go until another source is learned,
    /// and what the learning modes compare with. `nil` while the peer has not been heard of, or holds with a zero
    /// address or port: nothing is sent then.
    public var remote: TransportAddress?
    /// How the source of arriving packets becomes the endpoint.
    public var learning: EndpointLearning
    /// What happens to other sources after learning.
    public var foreignSources: ForeignSourcePolicy
    /// A new value makes learning start over; an equal value keeps what was learned. What was learned while `remote`
    /// was `nil` could not be compared with anything: it is kept only if it is the endpoint that is signalled next.
    public var learningEpoch: UInt32
    /// Every port that a packet arriving here leaves through; more than one for forks and subscriptions.
    public var sinks: [Sink]
    /// RTP clock rates in Hz by payload type, for interarrival jitter (RFC 3550 §6.4.1). Unknown types: no jitter.
    public var clockRates: PayloadTypeTable<UInt32>
    /// Payload types that carry telephone-event (RFC 4733); they are not counted as audio for jitter.
    public var eventPayloadTypes: PayloadTypeSet
    /// Payload types that carry comfort noise (RFC 3389).
    public var comfortNoisePayloadTypes: PayloadTypeSet
    /// Every payload type that was negotiated. Others are forwarded all the same, and counted.
    public var negotiatedPayloadTypes: PayloadTypeSet
    /// How the speech codecs among the payload types are rated. Others are not rated.
    public var codecImpairments: PayloadTypeTable<CodecImpairment>
    /// For a port of RTCP the RTP port of the same section, whose numbers the reports are about.
    public var companion: LocalPortID?
    /// TOS byte (DSCP and ECN bits) of packets that leave through this port.
    public var tos: UInt8
    /// Packets are counted and then dropped with ``DropReason/blocked``.
    public var isBlocked: Bool
    /// What else is kept back of what arrives.
    public var suppression: MediaSuppression
    /// The octet that silence is made of, by payload type; only for ``MediaSuppression/sound``.
    public var silence: PayloadTypeTable<UInt8>
    /// How arriving RTP changes its format on the way, by payload type of what arrives; empty where both sides
    /// understand each other.
    public var conversions: [Conversion]
    /// Connectivity checks on the port; where there is a plan for them, they decide the endpoint and the sources let in.
    public var ice: ICEPlan?
    /// Encryption towards the port's peer.
    public var security: SecurityPlan?

    /// A plan that receives and forwards nothing yet.
    public init(port: LocalPortID, carries: Carriage) {
        self.port = port
        self.carries = carries
        remote = nil
        learning = .heuristic
        foreignSources = .drop
        learningEpoch = 0
        sinks = []
        clockRates = PayloadTypeTable()
        eventPayloadTypes = PayloadTypeSet()
        comfortNoisePayloadTypes = PayloadTypeSet()
        negotiatedPayloadTypes = .all
        codecImpairments = PayloadTypeTable()
        companion = nil
        tos = 0
        isBlocked = false
        suppression = []
        silence = PayloadTypeTable()
        conversions = []
        ice = nil
        security = nil
    }
}

/// What a local port receives.
public enum Carriage: UInt8, Sendable, BitwiseCopyable {
    /// RTP only; RTCP that arrives here is still recognised (RFC 5761 §4) and forwarded as RTCP.
    case rtp
    /// RTCP only.
    case rtcp
    /// RTP and RTCP multiplexed (RFC 5761).
    case multiplexed
    /// Datagrams of another protocol (UDPTL, BFCP …), forwarded without looking inside.
    case opaque
}

/// One way out for packets that arrive on a port: they are sent from `port` to that port's endpoint.
public struct Sink: Sendable, Hashable, BitwiseCopyable {
    /// The local port the packet leaves through; always one of the same worker.
    public var port: LocalPortID
    /// Which packets take this way. For an opaque port everything counts as RTP.
    public var traffic: Traffic
    /// RTP of these payload types only: what tells the sections of a bundle apart (RFC 9143 §9.2).
    public var payloadTypes: PayloadTypeSet
    /// Added to the header extension of the RTP packets that take this way.
    public var element: HeaderElement?

    /// A way out through `port` for `traffic`.
    public init(
        port: LocalPortID, traffic: Traffic, payloadTypes: PayloadTypeSet = .all, element: HeaderElement? = nil
    ) {
        self.port = port
        self.traffic = traffic
        self.payloadTypes = payloadTypes
        self.element = element
    }

    /// The kinds of packets that a sink takes.
    public enum Traffic: UInt8, Sendable, BitwiseCopyable {
        case rtp
        case rtcp
        case both
    }
}

/// How the relay finds out where a peer really sends from. Times run from the plan that starts a learning epoch.
public enum EndpointLearning: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// The endpoint is the SDP's and is never learned.
    case off
    /// The source of the first packet is taken at once.
    case immediate
    /// Packets are forwarded, and the source of the first packet after 3 s is taken.
    case delayed
    /// For 3 s the best source so far is followed: SDP address and port (taken for good at once), then SDP address,
    /// then SDP port, then any. After that the best one seen is taken for good.
    case heuristic

    /// Length of the window of ``delayed`` and ``heuristic``, in nanoseconds.
    public static let windowNanoseconds: UInt64 = 3_000_000_000
}

/// What happens to packets from a source other than the confirmed one.
public enum ForeignSourcePolicy: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// Dropped and counted. The default here, and what `strict-source` demands.
    case drop
    /// Forwarded, without changing where media is sent: rtpengine's default.
    case accept
    /// Followed: the new source becomes the endpoint (`media-handover`).
    case follow
}
