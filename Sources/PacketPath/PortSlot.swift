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

    var filter = SourceFilter()
    /// Where packets that leave through the port go: what `filter` says, kept at hand for the ports that send here.
    var endpoint: TransportAddress?
    /// The port's cells of the worker's table of sinks, or memory of its own for more than four.
    var sinks: UnsafeMutablePointer<ResolvedSink>
    var sinkCount = 0
    var hasOwnSinks = false
    var generation: UInt16 = 0
    var state = State.closed
    var carries = Carriage.rtp
    var isBlocked = false
    var tos: UInt8 = 0

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
    var payloadTypes: PayloadTypeSet

    @inline(__always)
    func takes(isRTCP: Bool, payloadType: UInt8) -> Bool {
        switch traffic {
        case .both: isRTCP || payloadTypes.contains(payloadType)
        case .rtp: !isRTCP && payloadTypes.contains(payloadType)
        case .rtcp: isRTCP
        }
    }
}
