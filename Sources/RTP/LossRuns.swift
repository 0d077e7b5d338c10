/// Tells the bursts of losses from single ones while lost packets become known, one after the other (RFC 3611 §4.7.2).
///
/// A burst begins and ends with a lost packet, and between two losses in it fewer than ``minimumGap`` packets in a row
/// were received. All else are gaps, single losses with that many received packets on both sides included.
struct LossRuns: Sendable, Equatable, BitwiseCopyable {
    /// Gmin, the value that RFC 3611 recommends.
    static let minimumGap: UInt32 = 16

    private var first: UInt32 = 0
    private var last: UInt32 = 0
    /// Losses of the run that may still go on.
    private var count: UInt32 = 0
    private(set) var bursts: UInt32 = 0
    /// Packets in bursts, lost and received.
    private(set) var burstPackets: UInt32 = 0
    private(set) var burstLosses: UInt32 = 0

    init() {}

    /// Takes note of `number` lost packets in a row, the first of which has the extended sequence number `position`.
    mutating func note(_ position: UInt32, count number: UInt32 = 1) {
        if count > 0, position &- last > Self.minimumGap { end() }
        if count == 0 { first = position }
        count &+= number
        last = position &+ number &- 1
    }

    /// Nothing that follows belongs to the run.
    mutating func end() {
        if count > 1 {
            bursts &+= 1
            burstPackets &+= last &- first &+ 1
            burstLosses &+= count
        }
        count = 0
    }
}

/// How the losses of a stream are spread (RFC 3611 §4.7.2).
public struct LossPattern: Sendable, Equatable {
    /// Number of bursts.
    public var bursts: UInt32
    /// Packets in bursts, lost and received.
    public var burstPackets: UInt32
    /// Losses in bursts.
    public var burstLosses: UInt32

    /// A pattern from its parts.
    public init(bursts: UInt32, burstPackets: UInt32, burstLosses: UInt32) {
        self.bursts = bursts
        self.burstPackets = burstPackets
        self.burstLosses = burstLosses
    }
}
