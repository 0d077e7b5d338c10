public import NetTypes
public import Quality

/// What one local port has seen, as a snapshot. Every number counts from the start of the port's lease.
public struct PortCounters: Sendable, Equatable {
    /// Packets and UDP payload bytes of one kind in one direction; errors are packets that were received but dropped.
    public struct Traffic: Sendable, Equatable {
        /// Number of packets.
        public var packets: UInt64 = 0
        /// Octets of UDP payload.
        public var bytes: UInt64 = 0
        /// Packets that were received and dropped.
        public var errors: UInt64 = 0

        /// All zero.
        public init() {}

        /// Adds `other` to this.
        public static func += (sum: inout Traffic, other: Traffic) {
            sum.packets &+= other.packets
            sum.bytes &+= other.bytes
            sum.errors &+= other.errors
        }
    }

    /// RTP, or everything on an opaque port, received.
    public var rtpIn = Traffic()
    /// RTP sent through this port.
    public var rtpOut = Traffic()
    /// RTCP received.
    public var rtcpIn = Traffic()
    /// RTCP sent through this port.
    public var rtcpOut = Traffic()
    /// Dropped packets by ``DropReason`` raw value.
    public var drops = PortCounters.noDrops
    /// When a packet was dropped last for each ``DropReason``, by its raw value: monotonic nanoseconds, rounded down to
    /// 1/15 s; 0 for never.
    public var dropNanoseconds = PortCounters.noDrops
    /// The last run of drops; `nil` without drops.
    public var dropRun: DropRun?
    /// SSRC of the last RTP packet whose authentication failed.
    public var failedSource: UInt32?
    /// What came that has no business on the port. They are among the drops.
    public var unexpected = UnexpectedPackets()
    /// Packets of sound of which the payload was looked at, one of every 32, and those of them that carried digital silence.
    public var silence = SilenceSamples()
    /// Monotonic nanoseconds at which the first packet was accepted; 0 for never.
    public var firstPacketNanoseconds: UInt64 = 0
    /// Monotonic nanoseconds at which the last packet was accepted; 0 for never.
    public var lastPacketNanoseconds: UInt64 = 0
    /// Where packets that leave through this port go now: learned, else from the plan.
    public var endpoint: TransportAddress?
    /// The learning epoch of the plan under which packets or checks have shown the endpoint; `nil` while it is the one
    /// of the plan. A worker publishes under the plan that it has, which may be older than the signalling.
    public var learnedEpoch: UInt32?
    /// The endpoint was learned and confirmed.
    public var isConfirmed = false
    /// Monotonic nanoseconds at which the endpoint became what it is; 0 for never.
    public var endpointSinceNanoseconds: UInt64 = 0
    /// The source that was refused last.
    public var foreignSource: ForeignSource?
    /// Received RTP packets of payload types that were not negotiated; they were forwarded.
    public var unnegotiatedPackets: UInt64 = 0
    /// How many of the last payloads that were looked at, up to 64, those of video left out, one after the other had such a type.
    public var unnegotiatedLately = 0
    /// Octets of the last four payloads that were looked at, when all have the same number.
    public var steadyPayload: UInt16?
    /// The payload types of those packets.
    public var unnegotiatedPayloadTypes = PayloadTypeSet([])
    /// What the kernel said of the port's socket.
    public var socketErrors = SocketErrors()
    /// SSRC of the last RTP packet.
    public var lastSSRC: UInt32?
    /// The RTP streams received, most recent last.
    public var ingress: [StreamStatistics] = []
    /// The RTP streams sent through this port.
    public var egress: [StreamStatistics] = []
    /// How well what was received came here, as measured on its packets about every five seconds of speech.
    public var measuredQuality = QualityTally()
    /// What the end behind this port reports of the streams that it receives. Kept on the RTP port.
    public var receptionReports: [ReceptionReport] = []
    /// What the end behind this port says of the streams that it sends. Kept on the RTP port.
    public var senderReports: [SenderReport] = []
    /// The reports before these, as far as they are remembered: the last four of the port are.
    public var earlierSenderReports: [SenderReport] = []
    /// The last round trip between the relay and the end behind this port; 0 for none. Kept on the RTP port.
    public var roundTripMicroseconds: UInt32 = 0
    /// Connectivity checks; `nil` where the plan asks for none.
    public var checks: CheckStatistics?
    /// Encryption; `nil` for a port in the clear.
    public var protection: ProtectionState?
    /// What has happened on the port last, oldest first.
    public var events: [PortEvent] = []

    /// One for all: most ports drop nothing.
    private static let noDrops = [UInt64](repeating: 0, count: DropReason.allCases.count)

    /// A port that has seen nothing.
    public init() {}

    /// The mean jitter of the samples of ``measuredQuality``; `nil` without samples.
    public var meanJitterMicroseconds: UInt32? { measuredQuality.average?.jitterMicroseconds }
}
