internal import Forwarding
internal import NetTypes

/// What a worker knows of one of its ports, besides the numbers it publishes.
struct PortSlot: BitwiseCopyable {
    enum State: UInt8, BitwiseCopyable {
        /// Nobody has the slot.
        case closed
        /// Open, but nothing is known of the port's use yet.
        case waiting
        /// Follows a plan.
        case planned
    }

    /// Sinks that fit without memory of their own.
    static let inlineSinks = 4

    /// Octets of a slot, and of the part that a packet touches where it leaves and where it arrives: whole cache lines.
    static let length = 192
    static let departureLength = 64
    static let arrivalLength = 128

    // What a packet that leaves through the port touches, and one that arrives.

    /// Where packets that leave through the port go: what `filter` says, kept at hand for the ports that send here.
    var endpoint: TransportAddress?
    /// What the port has besides when its plan asks for checks or encryption.
    var leg: UnsafeMutablePointer<Leg>?
    /// The port's cells of the worker's table of sinks, or memory of its own for more than four.
    var sinks: UnsafeMutablePointer<ResolvedSink>
    var sinkCount = 0
    var generation: UInt16 = 0
    var state = State.closed
    var carries = Carriage.rtp
    /// Why packets that arrive are not all forwarded as they are: ``isBlocked`` or ``suppression``, and ``isConverted``.
    private var restraint: UInt8 = 0
    /// The endpoint is at an address of the relay itself.
    var leadsBack = false
    /// Some packets leave through several sinks, so that none may change the bytes in place.
    var sharesPackets = false
    /// Who looks at the packets: the points of taps, and ``PacketPath/flightBit``; 0 when nobody does.
    var observation: UInt8 = 0
    /// Which sink alone takes RTP, and which alone RTCP; -1 when there is not exactly one.
    var soleRTPSink: Int32 = -1
    var soleRTCPSink: Int32 = -1

    // What only one that arrives touches.

    var filter = SourceFilter()

    // What plans touch.

    /// For a port of RTCP the RTP port of its section; the numbers that reports bring stand there.
    var companion: Leg.Key?
    /// As long as `sinks`, for those that add an element; `nil` where none does.
    var elements: UnsafeMutablePointer<HeaderElement>?
    var hasOwnSinks = false
    /// The endpoint was found for good; as published.
    var isConfirmed = false
    var tos: UInt8 = 0
    var isBlocked = false { didSet { restrain() } }
    var suppression: MediaSuppression = [] { didSet { restrain() } }
    var silence = SilenceTable()

    private mutating func restrain() { restraint = restraint & 2 | (isBlocked || !suppression.isEmpty ? 1 : 0) }

    @inline(__always)
    var isRestrained: Bool { restraint != 0 }

    /// The plan asks for conversions, or once did: the path has a ``ConversionSeat`` for the port.
    @inline(__always)
    var isConverted: Bool {
        get { restraint & 2 != 0 }
        set { restraint = restraint & 1 | (newValue ? 2 : 0) }
    }

    /// Copies of the packets are taken.
    @inline(__always)
    var isTapped: Bool { observation & ~PacketPath.flightBit != 0 }

    /// A closed slot whose cells are at `sinks`.
    init(sinks: UnsafeMutablePointer<ResolvedSink>) {
        self.sinks = sinks
    }
}

/// A sink without its worker, which is always this one.
struct ResolvedSink: BitwiseCopyable {
    var slot: UInt32
    var generation: UInt16
    var traffic: Sink.Traffic
    /// An element is added to what takes this way.
    var hasElement = false
    var payloadTypes: PayloadTypeSet

    @inline(__always)
    func takes(isRTCP: Bool, payloadType: UInt8) -> Bool {
        switch traffic {
        case .both: isRTCP || payloadTypes.contains(payloadType)
        case .rtp: !isRTCP && payloadTypes.contains(payloadType)
        case .rtcp: isRTCP
        }
    }

    /// Whether both take the same packet.
    func overlaps(_ other: ResolvedSink) -> Bool {
        if takes(isRTCP: true, payloadType: 0), other.takes(isRTCP: true, payloadType: 0) { return true }
        guard traffic != .rtcp, other.traffic != .rtcp else { return false }
        return !payloadTypes.isDisjoint(with: other.payloadTypes)
    }
}
