/// Where well ends and ill begins. Times are nanoseconds.
///
/// They lean towards silence: a call is accused only of what no healthy call shows at any moment.
enum Thresholds {
    private static let second: UInt64 = 1_000_000_000

    /// For so long after an offer or answer an end may go by what was agreed before.
    static let settling = 2 * second
    /// For so long after an offer or answer nothing needs to have come yet.
    static let patience = 5 * second
    /// An event of this age is still going on. Longer than the pauses between packets of comfort noise.
    static let recent = 4 * second
    /// When a packet was dropped is known to this.
    static let dropTime: UInt64 = 100_000_000
    /// Reports come every five seconds on average, and two may be lost.
    static let reports = 20 * second
    /// A stream without packets for so long has stopped, unless it is known to pause.
    static let stop = 15 * second
    /// The same for a stream that has paused before.
    static let longPause = 60 * second
    /// Ringing for longer than Timer C of a proxy (RFC 3261 §16.6) does not happen.
    static let ringing = 240 * second
    /// For so long media may go on after the end of the call was asked for.
    static let afterDeletion = 5 * second
    /// Media for so long that the answer must have been there.
    static let unansweredMedia = 3 * second
    /// A nomination takes no longer.
    static let nomination = 10 * second
    /// An ICMP message of this age still speaks of the present: routers limit their rate.
    static let unreachable = 10 * second

    /// Fewer dropped packets than this may be stragglers.
    static let stragglers: UInt64 = 5
    /// Fewer packets than this say nothing of a stream.
    static let stream: UInt64 = 25
    /// Loss in percent that is heard, and that makes speech unintelligible.
    static let audibleLoss = 3.0
    static let heavyLoss = 20.0
    /// Jitter in microseconds that common buffers cope with no more, and that none does.
    static let audibleJitter: UInt32 = 60_000
    static let heavyJitter: UInt32 = 200_000
    /// Packets of a second source per hundred of the first from which on they disturb.
    static let secondSourceShare: UInt64 = 30
    /// Drops of a run from which on it has a rate.
    static let run: UInt64 = 25
    /// Payloads that were looked at, one of every 32: about two and a half seconds of the usual packets, and ten.
    static let fewPayloads = 4
    static let manyPayloads = 16
    /// Share of packets without speech from which on there is none.
    static let silence = 0.95
}
