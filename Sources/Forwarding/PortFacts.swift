public import NetTypes
public import Quality
public import SRTPKeying

/// A source whose packets were refused with ``DropReason/foreignSource``.
public struct ForeignSource: Sendable, Equatable {
    /// Where the packet came from.
    public var address: TransportAddress
    /// Monotonic nanoseconds of its arrival.
    public var nanoseconds: UInt64

    /// A refused source.
    public init(address: TransportAddress, nanoseconds: UInt64) {
        self.address = address
        self.nanoseconds = nanoseconds
    }
}

/// Packets that have no business on a port, by what they are.
public struct UnexpectedPackets: Sendable, Equatable {
    /// STUN where no checks are agreed.
    public var checks: UInt32 = 0
    /// DTLS where no handshake is agreed.
    public var handshakes: UInt32 = 0
    /// RTP on a port for RTCP alone.
    public var mediaOnReportPort: UInt32 = 0
    /// Too short for a header: mostly what keeps a translator's binding alive.
    public var keepalives: UInt32 = 0
    /// None of these.
    public var others: UInt32 = 0
    /// Packets that failed authentication and that do not look encrypted.
    public var unencrypted: UInt32 = 0
    /// Packets that failed authentication and were looked at for that.
    public var examined: UInt32 = 0

    /// None.
    public init() {}
}

/// How much of what was received says nothing at all.
public struct SilenceSamples: Sendable, Equatable {
    /// Packets whose payload was looked at.
    public var looked: UInt32 = 0
    /// Those whose octets are all the same, but for the sign of the sample.
    public var silent: UInt32 = 0
    /// How many of the last ones, up to 64, were silent, comfort noise or next to nothing, one after the other.
    public var lately = 0

    /// None.
    public init() {}
}

/// Packets that were dropped one after the other for the same reason, without four seconds between any two of them.
public struct DropRun: Sendable, Equatable {
    /// Why.
    public var reason: DropReason
    /// How many.
    public var packets: UInt64
    /// When the first one was: monotonic nanoseconds, rounded down to 1/15 s.
    public var sinceNanoseconds: UInt64

    /// A run from its parts.
    public init(reason: DropReason, packets: UInt64, sinceNanoseconds: UInt64) {
        self.reason = reason
        self.packets = packets
        self.sinceNanoseconds = sinceNanoseconds
    }
}

/// What the kernel said of a socket.
public struct SocketErrors: Sendable, Equatable {
    /// Errors reported in place of a received packet: ICMP messages in most cases.
    public var received: UInt64 = 0
    /// Those of them that answer packets to where the port sends now.
    public var unreachable: UInt64 = 0
    /// Monotonic nanoseconds of the last one of these.
    public var unreachableNanoseconds: UInt64 = 0
    /// `errno` of the last one; 0 for none. `ECONNREFUSED` is "port unreachable".
    public var lastReceived: Int32 = 0
    /// Monotonic nanoseconds of the last one.
    public var lastReceivedNanoseconds: UInt64 = 0
    /// Packets that the kernel refused to send.
    public var sent: UInt64 = 0
    /// `errno` of the last one; 0 for none.
    public var lastSent: Int32 = 0
    /// Monotonic nanoseconds of the last one.
    public var lastSentNanoseconds: UInt64 = 0

    /// No errors.
    public init() {}
}

/// What one end reports of one stream that it receives (RFC 3550 §6.4.1), with the quality that follows from it.
public struct ReceptionReport: Sendable, Equatable {
    /// The SSRC of who reports.
    public var reporter: UInt32
    /// The SSRC of the stream that is reported on.
    public var source: UInt32
    /// Report blocks so far.
    public var reports: UInt32 = 0
    /// Monotonic nanoseconds of the last one.
    public var nanoseconds: UInt64 = 0
    /// Losses since the report before, in 1/256.
    public var fractionLost: UInt8 = 0
    /// The same of the report before; 0 without one.
    public var fractionLostBefore: UInt8 = 0
    /// Losses since the beginning, negative when duplicates outnumber them.
    public var cumulativeLost: Int32 = 0
    /// Highest sequence number received, with its cycles.
    public var extendedHighestSequenceNumber: UInt32 = 0
    /// In timestamp units of the stream.
    public var jitter: UInt32 = 0
    /// Clock rate of the stream in Hz; 0 when unknown.
    public var clockRate: UInt32 = 0
    /// Quality, one sample a second at most, of the reports that came with a round trip.
    public var quality = QualityTally()
    /// The last VoIP metrics block (RFC 3611 §4.7).
    public var voiceMetrics: VoiceReport?

    /// An end that has reported nothing yet.
    public init(reporter: UInt32, source: UInt32) {
        self.reporter = reporter
        self.source = source
    }
}

/// What an end says of the voice it hears (RFC 3611 §4.7).
public struct VoiceReport: Sendable, Equatable {
    /// Lost packets, in 1/256.
    public var lossRate: UInt8 = 0
    /// Packets that came too late to be played, in 1/256.
    public var discardRate: UInt8 = 0
    /// Share of lost or discarded packets in bursts, in 1/256.
    public var burstDensity: UInt8 = 0
    /// Share of lost or discarded packets in gaps, in 1/256.
    public var gapDensity: UInt8 = 0
    /// Mean length of bursts.
    public var burstMilliseconds: UInt16 = 0
    /// Mean length of gaps.
    public var gapMilliseconds: UInt16 = 0
    /// Round trip as the end sees it.
    public var roundTripMilliseconds: UInt16 = 0
    /// Delay in the end itself.
    public var endSystemMilliseconds: UInt16 = 0
    /// R, 0…100; 127 when unavailable.
    public var rFactor: UInt8 = 127
    /// Ten times MOS-LQ; 127 when unavailable.
    public var listeningQuality: UInt8 = 127
    /// Ten times MOS-CQ; 127 when unavailable.
    public var conversationalQuality: UInt8 = 127
    /// Nominal delay of the jitter buffer.
    public var jitterBufferMilliseconds: UInt8 = 0

    /// Nothing said.
    public init() {}
}

/// What an end says of a stream that it sends (RFC 3550 §6.4.1).
public struct SenderReport: Sendable, Equatable {
    /// The SSRC of the stream.
    public var source: UInt32
    /// Packets sent so far.
    public var packets: UInt32
    /// Payload octets sent so far.
    public var octets: UInt32
    /// Monotonic nanoseconds of its arrival.
    public var nanoseconds: UInt64

    /// A report from its parts.
    public init(source: UInt32, packets: UInt32, octets: UInt32, nanoseconds: UInt64) {
        self.source = source
        self.packets = packets
        self.octets = octets
        self.nanoseconds = nanoseconds
    }
}

/// How far the connectivity checks of a port are (RFC 8445). Numbers are those of the agent, which all ports of a
/// section share. The pair in use is the port's endpoint, nominated when that is confirmed.
public struct CheckStatistics: Sendable, Equatable {
    /// RFC 8445 §6.1.3, with what a relay does besides.
    public enum State: UInt8, Sendable, BitwiseCopyable {
        /// Some component has no pair yet.
        case checking
        /// Every component has a valid pair.
        case connected
        /// Every component has a nominated pair.
        case completed
        /// Some component has no pair, and there was time enough to find one.
        case failed
    }

    /// How far they are.
    public var state = State.checking
    /// The relay nominates the pairs.
    public var isControlling = false
    /// The relay only answers.
    public var isLite = false
    /// The peer's credentials are known.
    public var hasRemote = false
    /// Checks were started anew with other credentials (RFC 8445 §9).
    public var hasRestarted = false
    /// RTP has had a pair since the last start. Until then the endpoint is that of the pair from before.
    public var hasFoundPair = false
    /// Signalled candidates of the peer that can be used.
    public var remoteCandidates: UInt32 = 0
    /// Pairs of candidates.
    public var pairs: UInt32 = 0
    /// Pairs whose check failed.
    public var failedPairs: UInt32 = 0
    /// Pairs that a check has shown to work.
    public var validPairs: UInt32 = 0
    /// Pairs whose check waits for its turn or for its answer.
    public var openPairs: UInt32 = 0
    /// Error code of the last error response to a check (RFC 8489 §14.8); 0 for none.
    public var lastErrorCode: UInt32 = 0
    /// Checks sent, repetitions and consent included.
    public var checksSent: UInt32 = 0
    /// Authentic answers to them.
    public var answersReceived: UInt32 = 0
    /// Checks of the peer that were answered.
    public var checksAnswered: UInt32 = 0
    /// STUN messages that were refused.
    public var refused: UInt32 = 0
    /// Of those, with credentials that are not ours: a wrong username or a wrong integrity.
    public var wrongCredentials: UInt32 = 0

    /// No checks yet.
    public init() {}
}

/// How far the encryption of a port is. Failures of single packets are drops.
public struct ProtectionState: Sendable, Equatable {
    /// Where the keys come from.
    public enum Keying: UInt8, Sendable, BitwiseCopyable {
        /// Nothing passes, because nothing is agreed yet.
        case pending
        /// From the SDP.
        case sdes
        /// From a DTLS handshake.
        case dtls
    }

    /// Where the keys come from.
    public var keying: Keying
    /// There are keys, and packets pass.
    public var isKeyed = false
    /// What the keys are for.
    public var suite: CryptoSuite?
    /// Monotonic nanoseconds at which the present keys came; 0 for never.
    public var keyedNanoseconds: UInt64 = 0
    /// DTLS: somewhere to send the handshake is known.
    public var isPeerKnown = false
    /// DTLS: datagrams from the peer that were handed to the handshake.
    public var handshakeDatagrams: UInt32 = 0

    /// Encryption whose keys come from `keying`.
    public init(keying: Keying) {
        self.keying = keying
    }
}
