internal import Forwarding
internal import RTP

/// What a port has besides its slot once its plan has asked for conversions. It is kept until the port is closed: the
/// numbers of streams that were converted have to go on whatever the next plan says.
struct ConversionSeat {
    /// A stream that is converted.
    struct Stream: BitwiseCopyable {
        var ssrc: UInt32 = 0
        /// When its last packet came, in nanoseconds; 0 for a free place.
        var lastUse: UInt64 = 0
        /// A time of the source and the same one of the outgoing stream, and their clocks; rates of 0: not known.
        var sourceTimestamp: UInt32 = 0
        var outgoingTimestamp: UInt32 = 0
        var sourceClockRate: UInt32 = 0
        var outgoingClockRate: UInt32 = 0
        /// What was sent of it.
        var packets: UInt32 = 0
        var octets: UInt32 = 0
        /// Between two reports of ours on it.
        var interval = ReceptionInterval()

        /// What time `timestamp` of the source is in the outgoing stream; `nil` when that is not known.
        func map(_ timestamp: UInt32) -> UInt32? {
            guard sourceClockRate > 0 else { return nil }
            let elapsed = Int64(Int32(bitPattern: timestamp &- sourceTimestamp))
            return outgoingTimestamp
                &+ UInt32(truncatingIfNeeded: elapsed &* Int64(outgoingClockRate) / Int64(sourceClockRate))
        }
    }

    /// Streams of a port that are converted at the same time.
    static let streamLimit = 4

    let port: LocalPortID
    /// Index of the ring, and so of the thread.
    let lane: Int
    /// Changes SSRCs for sinks whose keys come from signalling. Such a key may be one that the source has, or had, or will
    /// have, and the same numbers under the same SSRC would stand for two different packets under one keystream then
    /// (RFC 3711 §9.1). Nobody else has numbers under an SSRC of the relay's own.
    let disguise: UInt32
    /// ``disguise`` is in use. It stays so: a stream that went back to its SSRC would meet the source's own numbers.
    var isDisguised = false
    /// What may be handed over of it.
    var allowance: MediaAllowance
    var set: ConversionSet
    /// The thread has been told of ``set``.
    var isAnnounced = false
    var payloadTypes: PayloadTypeSet
    var streams = InlineArray<4, Stream>(repeating: Stream())

    init(_ port: LocalPortID, lane: Int, disguise: UInt32, _ set: ConversionSet, now: UInt64) {
        self.port = port
        self.lane = lane
        self.disguise = disguise
        self.set = set
        payloadTypes = set.payloadTypes
        allowance = MediaAllowance(set, now: now)
    }

    /// Takes over another plan, of which the thread is to be told.
    mutating func update(_ set: ConversionSet) {
        self.set = set
        payloadTypes = set.payloadTypes
        allowance.update(set)
        isAnnounced = false
    }

    /// The place of a stream; `nil` when it is not converted.
    func place(of ssrc: UInt32) -> Int? {
        for place in 0..<Self.streamLimit where streams[place].ssrc == ssrc && streams[place].lastUse > 0 {
            return place
        }
        return nil
    }

    /// The place of a stream that was sent as `ssrc`; `nil` when none was.
    func place(sentAs ssrc: UInt32) -> Int? {
        if let place = place(of: ssrc) { return place }
        return isDisguised ? place(of: ssrc ^ disguise) : nil
    }

    /// Takes a place for a stream: the one unused for longest.
    mutating func enter(_ ssrc: UInt32, now: UInt64) {
        var oldest = 0
        for place in 1..<Self.streamLimit where streams[place].lastUse < streams[oldest].lastUse { oldest = place }
        streams[oldest] = Stream(ssrc: ssrc, lastUse: max(1, now))
    }
}
