internal import Forwarding
internal import NetTypes
internal import Quality
internal import RTP
internal import Synchronization

/// The published numbers of one port: a row of 64-bit words that one thread writes and any thread reads.
///
/// Every access is a relaxed atomic load or store; a counter goes up by a load and a store, since there is one writer.
/// A change of several words that must not be seen by halves is wrapped in ``beginChange()`` and ``endChange()``.
///
/// The words lie in three parts of memory. What most ports never need has parts of its own, whose pages are taken from
/// the system when the first port of a page needs them; ``Word/touched`` says which parts a port has written to.
struct CounterRow: BitwiseCopyable {
    /// Places of the words. What every received packet touches stands together.
    enum Word {
        /// Odd while a change is under way (a sequence lock).
        static let version = 0
        /// Bits 0…15 generation, bit 16 in use, pool of the port from bit 32.
        static let identity = 1
        /// ``StreamOrder`` of the ingress entries; of the egress entries from bit 16.
        static let order = 2
        static let lastPacket = 3
        static let rtpIn = 4
        /// SSRC, and bit 32 when there is one.
        static let lastSSRC = 7
        static let rtpOut = 8
        static let rtcpIn = 11
        static let rtcpOut = 14
        static let drops = 17
        /// Address (high, low), then port, family from bit 16, presence in bit 24, confirmation in bit 25; bit 26 when it
        /// was learned, and the learning epoch from bit 32.
        static let endpoint = 32
        static let firstPacket = 35
        static let endpointSince = 36
        /// Packets, then the payload types as two words of bits.
        static let unnegotiated = 37
        /// The source refused last, as ``endpoint``, and its time.
        static let foreign = 40
        /// Count, `errno` of the last, its time; of received errors, then of packets that were not sent.
        static let socketErrors = 44
        /// Microseconds; see ``PortCounters/roundTripMicroseconds``.
        static let roundTrip = 50
        /// One ``CheckStatistics`` in six words, the last of which holds error code, open and valid pairs in 16 bits each.
        static let checks = 51
        /// Bits of the state, suite from bit 8, handshake datagrams from bit 32; then the time of the keys.
        static let protection = 57
        static let eventCount = 59
        /// Microseconds and kind from bit 56; then the value.
        static let events = 60
        static let eventLimit = 8
        /// One ``QualityTally``.
        static let measured = events + 2 * eventLimit
        static let tallyWords = 11
        /// Why the last packet was dropped. How many were dropped for that reason without a pause or another reason
        /// between them, from bit 8, and since when, as ``dropTimes``, from bit 32.
        static let lastDrop = measured + tallyWords
        /// When a packet was dropped last, two reasons to a word.
        static let dropTimes = lastDrop + 1
        /// One ``UnexpectedPackets`` in halves of words, in the order of its members.
        static let unexpected = dropTimes + 8
        /// Payloads looked at from bit 32, and those of them that were silent.
        static let silence = unexpected + 4
        /// Errors that concern the present endpoint, and the time of the last one.
        static let unreachable = silence + 1
        /// ``Touched``
        static let touched = unreachable + 2
        /// One bit for each payload that was looked at, the last one in bit 0: it was silent or next to nothing; and of
        /// another word, its type was not negotiated.
        static let silenceHistory = touched + 1
        static let unnegotiatedHistory = touched + 2
        /// Every packet touches the entries of the first streams: they begin with a cache line and share none.
        static let firstIngress = (unnegotiatedHistory + 1 + 7) & ~7
        static let firstEgress = firstIngress + ingressWords
        /// Octets of the last four payloads that were looked at, 16 bits each, the last one in bit 0.
        static let payloadSizes = firstEgress + egressWords
        /// SSRC of the last packet whose authentication failed, and bit 32 when there is one.
        static let failedSource = payloadSizes + 1

        /// The second part: what the ends report. Parts are multiples of a cache line.
        static let secondPart = (failedSource + 1 + 7) & ~7
        static let senderReportCount = secondPart
        /// SSRC and short NTP timestamp, time of arrival, packets and octets.
        static let senderReports = senderReportCount + 1
        static let senderReportWords = 3
        static let senderReportLimit = 4
        /// See ``ReportEntry``.
        static let reports = senderReports + senderReportLimit * senderReportWords
        static let reportWords = 7 + tallyWords
        static let reportLimit = 3

        /// The third part: all streams but the first of each direction.
        static let thirdPart = (reports + reportLimit * reportWords + 7) & ~7
        static let otherIngress = thirdPart
        static let otherEgress = otherIngress + (StreamOrder.capacity - 1) * ingressWords
        static let count = (otherEgress + (StreamOrder.capacity - 1) * egressWords + 7) & ~7

        /// One ``ReceptionStatistics``.
        static let ingressWords = ReceptionStatistics.wordCount
        /// SSRC and payload type, packets, bytes, extended sequence number and timestamp.
        static let egressWords = 4

        /// The first word of an ingress entry.
        @inline(__always)
        static func ingress(_ entry: Int) -> Int {
            entry == 0 ? firstIngress : otherIngress &+ (entry &- 1) &* ingressWords
        }

        /// The first word of an egress entry.
        @inline(__always)
        static func egress(_ entry: Int) -> Int {
            entry == 0 ? firstEgress : otherEgress &+ (entry &- 1) &* egressWords
        }
    }

    /// The parts that the port has written to, besides the first. What the others' words hold means nothing.
    enum Touched {
        static let second: UInt64 = 1
        static let third: UInt64 = 2
    }

    /// The first part.
    let words: UnsafeMutablePointer<Atomic<UInt64>>
    let second: UnsafeMutablePointer<Atomic<UInt64>>
    let third: UnsafeMutablePointer<Atomic<UInt64>>

    /// The row `slots` places further on.
    @inline(__always)
    func row(after slots: Int) -> CounterRow {
        CounterRow(
            words: words + slots &* Word.secondPart, second: second + slots &* (Word.thirdPart &- Word.secondPart),
            third: third + slots &* (Word.count &- Word.thirdPart))
    }

    /// Where a word is. Those behind it within its entry follow.
    @inline(__always)
    func place(_ word: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        if word < Word.secondPart { return words + word }
        return word < Word.thirdPart ? second + (word &- Word.secondPart) : third + (word &- Word.thirdPart)
    }

    @inline(__always)
    func load(_ word: Int) -> UInt64 {
        place(word).pointee.load(ordering: .relaxed)
    }

    @inline(__always)
    func store(_ value: UInt64, _ word: Int) {
        place(word).pointee.store(value, ordering: .relaxed)
    }

    @inline(__always)
    func add(_ value: UInt64, _ word: Int) {
        store(load(word) &+ value, word)
    }

    /// Whether a part of the row besides the first may be read.
    @inline(__always)
    func isTouched(_ part: UInt64) -> Bool { load(Word.touched) & part != 0 }

    /// To be called before a part of the row besides the first is written to: all its words are 0 when it is new.
    func touch(_ part: UInt64) {
        guard !isTouched(part) else { return }
        beginChange()
        let words = part == Touched.second ? Word.secondPart..<Word.thirdPart : Word.thirdPart..<Word.count
        for word in words { store(0, word) }
        store(load(Word.touched) | part, Word.touched)
        endChange()
    }

    /// Copies the row to `copy`, which has room for it. Words of parts that the port has not written to are 0.
    func read(into copy: inout [UInt64]) {
        let hasSecond = isTouched(Touched.second)
        let hasThird = isTouched(Touched.third)
        for word in 0..<Word.secondPart { copy[word] = load(word) }
        for word in Word.secondPart..<Word.thirdPart { copy[word] = hasSecond ? load(word) : 0 }
        for word in Word.thirdPart..<Word.count { copy[word] = hasThird ? load(word) : 0 }
    }

    /// Starts a change that readers see as a whole or not at all.
    @inline(__always)
    func beginChange() {
        store(load(Word.version) &+ 1, Word.version)
        atomicMemoryFence(ordering: .releasing)
    }

    /// Ends a change.
    @inline(__always)
    func endChange() {
        words[Word.version].store(load(Word.version) &+ 1, ordering: .releasing)
    }
}

extension CounterRow {
    /// Starts a new life of the row, for the owner `generation` of the slot, whose port is of `pool`.
    func reset(generation: UInt16, pool: Int) {
        beginChange()
        // No other part is touched from now on.
        for word in (Word.version + 1)..<Word.secondPart { store(0, word) }
        let order = UInt64(StreamOrder().bits)
        store(order | order << 16, Word.order)
        store(UInt64(UInt16(clamping: pool)) << 32 | 1 << 16 | UInt64(generation), Word.identity)
        endChange()
    }

    /// Ends the life of the row: nobody finds it any more.
    func retire() {
        beginChange()
        store(0, Word.identity)
        endChange()
    }

    /// Whether the row belongs to the owner `generation` of its slot.
    func isOwned(by generation: UInt16) -> Bool {
        load(Word.identity) & 0x1_FFFF == 1 << 16 | UInt64(generation)
    }

    /// The row belongs to somebody.
    var isInUse: Bool { load(Word.identity) >> 16 & 1 == 1 }

    /// The pool of the port.
    var pool: Int { Int(load(Word.identity) >> 32 & 0xFFFF) }

    /// RTP and RTCP sent.
    var sent: PortCounters.Traffic {
        var sum = PortCounters.Traffic()
        sum.packets = load(Word.rtpOut) &+ load(Word.rtcpOut)
        sum.bytes = load(Word.rtpOut + 1) &+ load(Word.rtcpOut + 1)
        sum.errors = load(Word.rtpOut + 2) &+ load(Word.rtcpOut + 2)
        return sum
    }

    /// RTP and RTCP received.
    var received: PortCounters.Traffic {
        var sum = PortCounters.Traffic()
        sum.packets = load(Word.rtpIn) &+ load(Word.rtcpIn)
        sum.bytes = load(Word.rtpIn + 1) &+ load(Word.rtcpIn + 1)
        sum.errors = load(Word.rtpIn + 2) &+ load(Word.rtcpIn + 2)
        return sum
    }

    /// Publishes where packets go from `now` on; `learnedEpoch` for an endpoint that packets or checks have shown.
    func publish(_ endpoint: TransportAddress?, isConfirmed: Bool, learnedEpoch: UInt32?, now: UInt64) {
        let learned = learnedEpoch.map { 1 << 26 | UInt64($0) << 32 } ?? 0
        let description = Self.describe(endpoint) | (isConfirmed ? 1 << 25 : 0) | learned
        let (high, low) = (endpoint?.address.high ?? 0, endpoint?.address.low ?? 0)
        let isSame = load(Word.endpoint) == high && load(Word.endpoint + 1) == low
        guard !isSame || load(Word.endpoint + 2) != description else { return }
        beginChange()
        if !isSame || (load(Word.endpoint + 2) ^ description) & 0x1FF_FFFF != 0 { store(now, Word.endpointSince) }
        store(high, Word.endpoint)
        store(low, Word.endpoint + 1)
        store(description, Word.endpoint + 2)
        endChange()
    }

    /// Port, family from bit 16, presence in bit 24.
    static func describe(_ address: TransportAddress?) -> UInt64 {
        guard let address else { return 0 }
        return 1 << 24 | UInt64(address.address.family.rawValue) << 16 | UInt64(address.port)
    }

    /// Counts a packet that was received and dropped; `traffic` is the first word of its kind of traffic.
    func drop(_ reason: DropReason, traffic: Int, now: UInt64) {
        add(1, traffic + 2)
        add(1, Word.drops + Int(reason.rawValue))
        let word = Word.dropTimes + Int(reason.rawValue >> 1)
        let shift = UInt64(reason.rawValue & 1) * 32
        let time = (now >> Self.dropTimeShift) & 0xFFFF_FFFF
        noteRun(of: reason, at: time, before: load(word) >> shift & 0xFFFF_FFFF)
        store(load(word) & ~(0xFFFF_FFFF << shift) | time << shift, word)
    }

    /// One more of a run of drops for one reason, or the first of another one.
    private func noteRun(of reason: DropReason, at time: UInt64, before: UInt64) {
        let run = load(Word.lastDrop)
        let count = run >> 8 & 0xFF_FFFF
        guard count > 0, run & 0xFF == UInt64(reason.rawValue), time &- before <= Self.longestDropPause else {
            return store(time << 32 | 1 << 8 | UInt64(reason.rawValue), Word.lastDrop)
        }
        if count < 0xFF_FFFF { store(run &+ 1 << 8, Word.lastDrop) }
    }

    /// About four seconds: longer than the pauses between packets of comfort noise.
    private static let longestDropPause: UInt64 = 60

    /// Times of drops count units of so many bits of nanoseconds, which is 1/15 s; 32 bits of them last nine years.
    static let dropTimeShift: UInt64 = 26

    /// The reception statistics that start at `word`.
    @inline(__always)
    func statistics(at word: Int) -> ReceptionStatistics {
        let start = place(word)
        var copy = InlineArray<24, UInt64>(repeating: 0)
        for index in copy.indices { copy[index] = start[index].load(ordering: .relaxed) }
        return unsafeBitCast(copy, to: ReceptionStatistics.self)
    }

    @inline(__always)
    func store(_ statistics: ReceptionStatistics, at word: Int) {
        let copy = unsafeBitCast(statistics, to: InlineArray<24, UInt64>.self)
        let start = place(word)
        for index in copy.indices { start[index].store(copy[index], ordering: .relaxed) }
    }

    /// The tally that starts at `word`.
    func tally(at word: Int) -> QualityTally {
        var copy = InlineArray<11, UInt64>(repeating: 0)
        for index in copy.indices { copy[index] = load(word &+ index) }
        return unsafeBitCast(copy, to: QualityTally.self)
    }

    func store(_ tally: QualityTally, at word: Int) {
        let copy = unsafeBitCast(tally, to: InlineArray<11, UInt64>.self)
        for index in copy.indices { store(copy[index], word &+ index) }
    }
}
