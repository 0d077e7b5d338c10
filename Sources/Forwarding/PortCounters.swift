public import NetTypes

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
    public var drops = [UInt64](repeating: 0, count: DropReason.allCases.count)
    /// Monotonic nanoseconds at which the last packet was accepted; 0 for never.
    public var lastPacketNanoseconds: UInt64 = 0
    /// Where packets that leave through this port go now: learned, else from the plan.
    public var endpoint: TransportAddress?
    /// The endpoint was learned and confirmed.
    public var isConfirmed = false
    /// SSRC of the last RTP packet.
    public var lastSSRC: UInt32?
    /// The RTP streams received, most recent last.
    public var ingress: [StreamStatistics] = []
    /// The RTP streams sent through this port.
    public var egress: [StreamStatistics] = []

    /// A port that has seen nothing.
    public init() {}
}

/// Reception statistics of one SSRC (RFC 3550 §6.4.1, A.3, A.8).
public struct StreamStatistics: Sendable, Equatable {
    /// The synchronization source.
    public var ssrc: UInt32
    /// Of the last packet.
    public var payloadType: UInt8 = 0
    /// Number of packets.
    public var packets: UInt64 = 0
    /// UDP payload bytes, RTP header included.
    public var bytes: UInt64 = 0
    /// Expected less received, never below zero.
    public var lost: UInt64 = 0
    /// Packets received again.
    public var duplicates: UInt64 = 0
    /// Packets behind a later one.
    public var reordered: UInt64 = 0
    /// RTP timestamp of the last packet.
    public var lastTimestamp: UInt32 = 0
    /// With the cycles above the lower 16 bits (RFC 3550 §6.4.1).
    public var extendedHighestSequenceNumber: UInt32 = 0
    /// Interarrival jitter in RTP timestamp units.
    public var jitter: UInt32 = 0
    /// Clock rate in Hz; 0 when the payload type is unknown.
    public var clockRate: UInt32 = 0

    /// A stream of which nothing is known but its SSRC.
    public init(ssrc: UInt32) {
        self.ssrc = ssrc
    }
}
