internal import Forwarding
internal import Quality
internal import RTP

extension PacketPath {
    /// Third stage: counts an accepted packet, which had `byteCount` octets on the wire, and the RTP stream it belongs
    /// to.
    @inline(__always)
    func count(
        _ packet: ArrivedPacket, byteCount: Int, on slot: Int, _ row: CounterRow, traffic: Int, now: UInt64
    ) {
        row.add(1, traffic)
        row.add(UInt64(truncatingIfNeeded: byteCount), traffic &+ 1)
        if row.load(CounterRow.Word.lastPacket) == 0 { row.store(now, CounterRow.Word.firstPacket) }
        row.store(now, CounterRow.Word.lastPacket)
        guard packet.kind == .rtp else { return }
        let header = packet.header
        row.store(1 << 32 | UInt64(header.ssrc), CounterRow.Word.lastSSRC)
        let clock = clocks[slot].clock(of: header.payloadType)
        let word = row.ingressEntry(of: header.ssrc, now: now)
        var source = row.statistics(at: word)
        let isQuiet = clock.isComfortNoise || packet.count &- header.payloadOffset <= Self.quietPayload
        source.record(
            sequenceNumber: header.sequenceNumber, timestamp: header.timestamp, payloadType: header.payloadType,
            byteCount: byteCount, clockRate: clock.rate, isEvent: clock.isEvent, isQuiet: isQuiet && !clock.isEvent,
            now: now)
        if source.packets & Self.payloadMask == 0 {
            sample(packet, of: &source, clock, isQuiet: isQuiet, on: slot, row, now: now)
        }
        row.store(source, at: word)
        if !clock.isNegotiated { row.noteUnnegotiated(header.payloadType, now: now) }
    }

    /// Payloads of at most so many octets say nothing: frames of silence of G.729, AMR and Opus.
    private static let quietPayload = 8
    /// The clock of all video (RFC 3551 §5).
    private static let videoRate: UInt32 = 90_000
    /// Payloads are looked at once in so many packets, less one.
    private static let payloadMask: UInt64 = 31

    /// What is done for a packet now and then.
    @inline(never)
    private func sample(
        _ packet: ArrivedPacket, of source: inout ReceptionStatistics, _ clock: ClockTable.Clock, isQuiet: Bool,
        on slot: Int, _ row: CounterRow, now: UInt64
    ) {
        // The port has one history, and what is asked of it is asked of sound: video of a bundle stays out of it.
        if clock.rate != Self.videoRate {
            row.countPayload(
                isSilent: isDigitalSilence(packet), isQuiet: isQuiet, isNegotiated: clock.isNegotiated,
                octets: packet.count &- packet.header.payloadOffset)
        }
        if source.isIntervalWhole(now: now) { sampleQuality(of: &source, on: slot, row, now: now) }
    }

    /// Rates the packets since the last time, if their codec can be rated.
    private func sampleQuality(of source: inout ReceptionStatistics, on slot: Int, _ row: CounterRow, now: UInt64) {
        let interval = source.takeInterval()
        guard let codec = clocks[slot].impairment(of: source.payloadType), source.clockRate > 0, interval.expected > 0
        else { return }
        let loss = UInt64(interval.lost) &* 10_000 / UInt64(interval.expected)
        let jitter = UInt64(source.jitter) &* 1_000_000 / UInt64(source.clockRate)
        let sample = QualitySample(
            measuredLossBasisPoints: UInt16(min(loss, 10_000)), burstRatio: 1,
            jitterMicroseconds: UInt32(truncatingIfNeeded: min(jitter, UInt64(UInt32.max))),
            roundTripMicroseconds: roundTrip(through: slot), codec: codec, nanoseconds: now)
        var tally = row.tally(at: CounterRow.Word.measured)
        tally.add(sample)
        row.store(tally, at: CounterRow.Word.measured)
    }
}

extension CounterRow {
    /// First word of the ingress entry of `ssrc`. A source not seen lately takes the entry unused for longest.
    @inline(__always)
    func ingressEntry(of ssrc: UInt32, now: UInt64) -> Int {
        let order = StreamOrder(bits: UInt16(truncatingIfNeeded: load(Word.order)))
        let word = Word.ingress(order.entry(age: 0))
        if order.count > 0, UInt32(truncatingIfNeeded: load(word)) == ssrc { return word }
        return otherIngressEntry(of: ssrc, order, now: now)
    }

    @inline(never)
    private func otherIngressEntry(of ssrc: UInt32, _ order: StreamOrder, now: UInt64) -> Int {
        var order = order
        for age in 0..<order.count {
            let word = Word.ingress(order.entry(age: age))
            guard UInt32(truncatingIfNeeded: load(word)) == ssrc else { continue }
            order.promote(age: age)
            storeOrder(order, shift: 0)
            return word
        }
        let entry = order.claim()
        if entry > 0 { touch(Touched.third) }
        let word = Word.ingress(entry)
        note(.newSource, UInt64(ssrc), now: now)
        beginChange()
        store(ReceptionStatistics(ssrc: ssrc), at: word)
        storeOrder(order, shift: 0)
        endChange()
        return word
    }

    /// Counts an RTP packet that is sent.
    @inline(__always)
    func countEgress(_ header: RTPHeader, byteCount: Int) {
        let word = egressEntry(of: header.ssrc)
        store(UInt64(header.payloadType) << 32 | UInt64(header.ssrc), word)
        let isFirst = load(word &+ 1) == 0
        add(1, word &+ 1)
        add(UInt64(truncatingIfNeeded: byteCount), word &+ 2)
        let last = load(word &+ 3)
        var extended = UInt32(truncatingIfNeeded: last >> 32)
        var timestamp = UInt32(truncatingIfNeeded: last)
        let ahead = Int16(bitPattern: header.sequenceNumber &- UInt16(truncatingIfNeeded: extended))
        if isFirst || ahead > 0 {
            extended = isFirst ? UInt32(header.sequenceNumber) : extended &+ UInt32(truncatingIfNeeded: Int(ahead))
            timestamp = header.timestamp
        }
        store(UInt64(extended) << 32 | UInt64(timestamp), word &+ 3)
    }

    @inline(__always)
    private func egressEntry(of ssrc: UInt32) -> Int {
        let order = StreamOrder(bits: UInt16(truncatingIfNeeded: load(Word.order) >> 16))
        let word = Word.egress(order.entry(age: 0))
        if order.count > 0, UInt32(truncatingIfNeeded: load(word)) == ssrc { return word }
        return otherEgressEntry(of: ssrc, order)
    }

    @inline(never)
    private func otherEgressEntry(of ssrc: UInt32, _ order: StreamOrder) -> Int {
        var order = order
        for age in 0..<order.count {
            let word = Word.egress(order.entry(age: age))
            guard UInt32(truncatingIfNeeded: load(word)) == ssrc else { continue }
            order.promote(age: age)
            storeOrder(order, shift: 16)
            return word
        }
        let entry = order.claim()
        if entry > 0 { touch(Touched.third) }
        let word = Word.egress(entry)
        beginChange()
        store(UInt64(ssrc), word)
        for offset in 1..<Word.egressWords { store(0, word + offset) }
        storeOrder(order, shift: 16)
        endChange()
        return word
    }

    private func storeOrder(_ order: StreamOrder, shift: UInt64) {
        let others = load(Word.order) & ~(0xFFFF << shift)
        store(others | UInt64(order.bits) << shift, Word.order)
    }
}
