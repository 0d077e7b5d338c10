internal import Forwarding
internal import Quality
internal import RTP

/// What the ends say of the media, read on its way through (RFC 3550 §6.4, RFC 3611). Nothing is changed or held up.
extension PacketPath {
    /// Packets of a compound that are looked at, and report blocks of all of them.
    private static let packetLimit = 16
    private static let blockLimit = 32
    /// Longer round trips are mistakes of the end.
    private static let longestRoundTrip: UInt64 = 60_000_000_000

    /// Reads a compound RTCP datagram, in clear, that was accepted on `slot`.
    @inline(never)
    func readReports(_ datagram: UnsafeRawBufferPointer, on slot: Int, now: UInt64) {
        let home = home(of: slot)
        var reader = RTCPReader(datagram)
        var blocksLeft = Self.blockLimit
        for _ in 0..<Self.packetLimit {
            guard let packet = reader.nextSound() else { return }
            read(packet, home: home, blocksLeft: &blocksLeft, now: now)
        }
    }

    private func read(_ packet: RTCPPacket, home: Int, blocksLeft: inout Int, now: UInt64) {
        if let goodbye = packet.goodbye {
            if let source = goodbye.source(0) { row(home).note(.goodbye, UInt64(source), now: now) }
            return
        }
        guard let sender = packet.senderSSRC else { return }
        if let information = packet.senderInformation {
            row(home).noteSenderTime(
                sender, shortTime: information.shortTimestamp, packets: information.packets,
                octets: information.octets, now: now)
        }
        if var blocks = packet.reportBlocks {
            while blocksLeft > 0, let block = blocks.next() {
                blocksLeft -= 1
                take(block, from: sender, home: home, now: now)
            }
        } else if var blocks = packet.extendedReport {
            while blocksLeft > 0, let block = blocks.nextSound() {
                blocksLeft -= 1
                take(block, from: sender, home: home, now: now)
            }
        }
    }

    private func take(_ block: ReportBlock, from reporter: UInt32, home: Int, now: UInt64) {
        let source = heardStream(block.ssrc, of: home)?.ssrc ?? block.ssrc
        let legRoundTrip = noteRoundTrip(
            to: source, lastReport: block.lastReport, delay: block.delaySinceLastReport, home: home, now: now)
        let (clockRate, jitter) = clock(of: source, heardThrough: home)
        let sample = row(home).reportEntry(of: reporter, on: source).take(
            block, clockRate: clockRate, legRoundTrip: legRoundTrip, otherLegRoundTrip: otherRoundTrip(of: home),
            now: now)
        guard let sample else { return }
        let measured = clockRate == 0 ? 0 : UInt64(jitter) &* 1_000_000 / UInt64(clockRate)
        counters.add(sample, measuredJitterMicroseconds: measured, toPool: row(home).pool)
    }

    private func take(_ block: ExtendedReportReader.Block, from reporter: UInt32, home: Int, now: UInt64) {
        if let time = block.referenceTime {
            row(home).noteSenderTime(
                reporter, shortTime: UInt32(truncatingIfNeeded: time >> 16), packets: 0, octets: 0, now: now)
        } else if let metrics = block.voiceMetrics {
            row(home).reportEntry(of: reporter, on: metrics.ssrc).take(metrics, now: now)
        } else {
            for index in 0..<min(block.receiverReportCount, Self.blockLimit) {
                guard let report = block.receiverReport(index) else { return }
                _ = noteRoundTrip(
                    to: report.ssrc, lastReport: report.lastReport, delay: report.delay, home: home, now: now)
            }
        }
    }

    /// The port that has the numbers of the section: for RTCP on a port of its own that of RTP.
    func home(of slot: Int) -> Int {
        guard let companion = slots[slot].companion, isOpen(companion) else { return slot }
        return Int(companion.slot)
    }

    /// The round trip between the relay and the end behind `home`, in microseconds, which follows from the time that a
    /// report of `source` passed here on its way to that end, and came back; 0 when it does not.
    ///
    /// - Parameter delay: for how long the end has held it, in 1/65536 s.
    private func noteRoundTrip(to source: UInt32, lastReport: UInt32, delay: UInt32, home: Int, now: UInt64) -> UInt32 {
        guard lastReport != 0 else { return 0 }
        for index in 0..<min(slots[home].sinkCount, PortSlot.inlineSinks) {
            let sink = slots[home].sinks[index]
            guard isOpen(Leg.Key(slot: sink.slot, generation: sink.generation)),
                let passed = row(Int(sink.slot)).arrival(of: source, shortTime: lastReport), now >= passed
            else { continue }
            let held = UInt64(delay) &* 1_000_000_000 >> 16
            let elapsed = now &- passed
            // What is too quick is within the precision of the end's clock.
            let roundTrip = elapsed > held ? elapsed &- held : 0
            guard roundTrip <= Self.longestRoundTrip, held <= elapsed &+ Self.tolerance else { return 0 }
            let microseconds = UInt32(truncatingIfNeeded: max(1, roundTrip / 1000))
            row(home).store(UInt64(microseconds), CounterRow.Word.roundTrip)
            return microseconds
        }
        return 0
    }

    /// How much longer an end may claim to have held a report than it was away.
    private static let tolerance: UInt64 = 20_000_000

    /// Clock rate and jitter of a stream that the end behind `home` hears, which so was received on one of the ports that
    /// `home` sends to; zeros when it is not known.
    private func clock(of source: UInt32, heardThrough home: Int) -> (rate: UInt32, jitter: UInt32) {
        for index in 0..<min(slots[home].sinkCount, PortSlot.inlineSinks) {
            let sink = slots[home].sinks[index]
            guard isOpen(Leg.Key(slot: sink.slot, generation: sink.generation)) else { continue }
            let clock = row(Int(sink.slot)).clockRate(of: source)
            guard clock.rate != 0 else { continue }
            // The end counts in the clock of what it was sent.
            if let seat = conversion(of: Int(sink.slot)), let place = seat.pointee.place(of: source),
                seat.pointee.streams[place].outgoingClockRate > 0
            {
                let rate = seat.pointee.streams[place].outgoingClockRate
                return (rate, UInt32(truncatingIfNeeded: UInt64(clock.jitter) &* UInt64(rate) / UInt64(clock.rate)))
            }
            return clock
        }
        return (0, 0)
    }

    /// The last round trip to the end on the other side of `home`; 0 when unknown.
    private func otherRoundTrip(of home: Int) -> UInt32 {
        for index in 0..<min(slots[home].sinkCount, PortSlot.inlineSinks) {
            let sink = slots[home].sinks[index]
            guard isOpen(Leg.Key(slot: sink.slot, generation: sink.generation)) else { continue }
            let roundTrip = row(Int(sink.slot)).load(CounterRow.Word.roundTrip)
            if roundTrip != 0 { return UInt32(truncatingIfNeeded: roundTrip) }
        }
        return 0
    }

    /// The round trip from end to end through `slot`, as far as it is known, in microseconds.
    func roundTrip(through slot: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: row(slot).load(CounterRow.Word.roundTrip)) &+ otherRoundTrip(of: slot)
    }
}
