internal import Forwarding
internal import NetTypes
internal import RTP
internal import Synchronization

/// The published numbers of one port: a row of 64-bit words that one thread writes and any thread reads.
///
/// Every access is a relaxed atomic load or store; a counter goes up by a load and a store, since there is one writer.
/// A change of several words that must not be seen by halves is wrapped in ``change(_:)``.
struct CounterRow: BitwiseCopyable {
    /// Places of the words. What every received packet touches stands together.
    enum Word {
        /// Odd while a change is under way (a sequence lock).
        static let version = 0
        /// Bits 0…15 generation, bit 16 in use.
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
        /// Address (high, low), then port, family from bit 16, presence in bit 24, confirmation in bit 25.
        static let endpoint = 31
        static let ingress = 36
        static let egress = ingress + StreamOrder.capacity * ingressWords
        /// A multiple of a cache line.
        static let count = (egress + StreamOrder.capacity * egressWords + 7) & ~7

        /// One ``ReceptionStatistics``.
        static let ingressWords = 9
        /// SSRC and payload type, packets, bytes, extended sequence number and timestamp.
        static let egressWords = 4
    }

    let words: UnsafeMutablePointer<Atomic<UInt64>>

    @inline(__always)
    func load(_ word: Int) -> UInt64 {
        words[word].load(ordering: .relaxed)
    }

    @inline(__always)
    func store(_ value: UInt64, _ word: Int) {
        words[word].store(value, ordering: .relaxed)
    }

    @inline(__always)
    func add(_ value: UInt64, _ word: Int) {
        store(load(word) &+ value, word)
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
    /// Starts a new life of the row, for the owner `generation` of the slot.
    func reset(generation: UInt16) {
        beginChange()
        for word in (Word.version + 1)..<Word.count { store(0, word) }
        let order = UInt64(StreamOrder().bits)
        store(order | order << 16, Word.order)
        store(1 << 16 | UInt64(generation), Word.identity)
        endChange()
    }

    /// Ends the life of the row: nobody finds it any more.
    func retire() {
        beginChange()
        store(0, Word.identity)
        endChange()
    }

    /// RTP and RTCP received.
    var received: PortCounters.Traffic {
        var sum = PortCounters.Traffic()
        sum.packets = load(Word.rtpIn) &+ load(Word.rtcpIn)
        sum.bytes = load(Word.rtpIn + 1) &+ load(Word.rtcpIn + 1)
        sum.errors = load(Word.rtpIn + 2) &+ load(Word.rtcpIn + 2)
        return sum
    }

    /// Publishes where packets go.
    func publish(_ endpoint: TransportAddress?, isConfirmed: Bool) {
        var description: UInt64 = isConfirmed ? 1 << 25 : 0
        if let endpoint {
            description |= 1 << 24 | UInt64(endpoint.address.family.rawValue) << 16 | UInt64(endpoint.port)
        }
        beginChange()
        store(endpoint?.address.high ?? 0, Word.endpoint)
        store(endpoint?.address.low ?? 0, Word.endpoint + 1)
        store(description, Word.endpoint + 2)
        endChange()
    }

    /// Counts a packet that was received and dropped; `traffic` is the first word of its kind of traffic.
    func drop(_ reason: DropReason, traffic: Int) {
        add(1, traffic + 2)
        add(1, Word.drops + Int(reason.rawValue))
    }

    /// The reception statistics that start at `word`.
    @inline(__always)
    func statistics(at word: Int) -> ReceptionStatistics {
        var copy = InlineArray<9, UInt64>(repeating: 0)
        for index in copy.indices { copy[index] = load(word &+ index) }
        return unsafeBitCast(copy, to: ReceptionStatistics.self)
    }

    @inline(__always)
    func store(_ statistics: ReceptionStatistics, at word: Int) {
        let copy = unsafeBitCast(statistics, to: InlineArray<9, UInt64>.self)
        for index in copy.indices { store(copy[index], word &+ index) }
    }
}
