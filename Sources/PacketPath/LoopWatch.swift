/// Notices packets that go round in circles, on a port that sends to an address of this relay.
///
/// Whoever signals the relay's own ports as endpoints can close a circle, within one call or over several, in which a
/// single packet would run for ever. Calls chained through one relay look the same hop by hop, but there no packet
/// passes a port twice. So one RTP packet a second is remembered by its SSRC and sequence number; when it has passed
/// some more times than any network doubles packets, the port is closed until the second is over, which is longer than
/// what is on its way takes to run dry. Other packets have no number; more of them in a second than any call has close
/// the port, too.
struct LoopWatch: BitwiseCopyable {
    /// Nanoseconds for which a packet is remembered.
    static let span: UInt64 = 1_000_000_000
    /// How often it may pass besides the first time.
    static let repetitions: UInt32 = 8
    /// Packets without a number in a span.
    static let otherPackets: UInt32 = 2_000

    private var spanEnd: UInt64 = 0
    private var sample: UInt64 = 0
    private var passes: UInt32 = 0
    private var others: UInt32 = 0
    private var hasSample = false
    private var isClosed = false

    init() {}

    /// Whether a packet may leave; `name` is SSRC and sequence number, `nil` for one that has none.
    mutating func admits(_ name: UInt64?, now: UInt64) -> Bool {
        if now >= spanEnd {
            self = LoopWatch()
            spanEnd = now &+ LoopWatch.span
        }
        guard !isClosed else { return false }
        guard let name else {
            others += 1
            isClosed = others > LoopWatch.otherPackets
            return !isClosed
        }
        guard hasSample else {
            hasSample = true
            sample = name
            return true
        }
        guard name == sample else { return true }
        passes += 1
        isClosed = passes > LoopWatch.repetitions
        return !isClosed
    }
}
