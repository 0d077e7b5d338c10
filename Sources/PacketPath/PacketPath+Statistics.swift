internal import Forwarding
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
        row.store(now, CounterRow.Word.lastPacket)
        guard packet.kind == .rtp else { return }
        let header = packet.header
        row.store(1 << 32 | UInt64(header.ssrc), CounterRow.Word.lastSSRC)
        let clock = clocks[slot].clock(of: header.payloadType)
        let word = row.ingressEntry(of: header.ssrc)
        var source = row.statistics(at: word)
        source.record(
            sequenceNumber: header.sequenceNumber, timestamp: header.timestamp, payloadType: header.payloadType,
            byteCount: byteCount, clockRate: clock.rate, isEvent: clock.isEvent, now: now)
        row.store(source, at: word)
    }
}

extension CounterRow {
    /// First word of the ingress entry of `ssrc`. A source not seen lately takes the entry unused for longest.
    @inline(__always)
    func ingressEntry(of ssrc: UInt32) -> Int {
        let order = StreamOrder(bits: UInt16(truncatingIfNeeded: load(Word.order)))
        let word = Word.ingress &+ order.entry(age: 0) &* Word.ingressWords
        if order.count > 0, UInt32(truncatingIfNeeded: load(word)) == ssrc { return word }
        return otherIngressEntry(of: ssrc, order)
    }

    @inline(never)
    private func otherIngressEntry(of ssrc: UInt32, _ order: StreamOrder) -> Int {
        var order = order
        for age in 0..<order.count {
            let word = Word.ingress + order.entry(age: age) * Word.ingressWords
            guard UInt32(truncatingIfNeeded: load(word)) == ssrc else { continue }
            order.promote(age: age)
            storeOrder(order, shift: 0)
            return word
        }
        let word = Word.ingress + order.claim() * Word.ingressWords
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
        let word = Word.egress &+ order.entry(age: 0) &* Word.egressWords
        if order.count > 0, UInt32(truncatingIfNeeded: load(word)) == ssrc { return word }
        return otherEgressEntry(of: ssrc, order)
    }

    @inline(never)
    private func otherEgressEntry(of ssrc: UInt32, _ order: StreamOrder) -> Int {
        var order = order
        for age in 0..<order.count {
            let word = Word.egress + order.entry(age: age) * Word.egressWords
            guard UInt32(truncatingIfNeeded: load(word)) == ssrc else { continue }
            order.promote(age: age)
            storeOrder(order, shift: 16)
            return word
        }
        let word = Word.egress + order.claim() * Word.egressWords
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
