internal import Forwarding
internal import RTP

/// Reports on streams that are converted (RFC 3550 §7.2): what an end says of packets that it never sent, or never got, is
/// put right or left out.
extension PacketPath {
    /// Whether reports that arrive on `slot` may be about converted streams, sent by the end there or heard by it.
    func concernsConversions(_ slot: Int) -> Bool {
        guard conversionCount > 0 else { return false }
        let home = home(of: slot)
        if conversion(of: home) != nil { return true }
        for index in 0..<slots[home].sinkCount where heardSeat(home, index) != nil { return true }
        return false
    }

    /// What the port behind a sink of `home` has for conversions.
    private func heardSeat(_ home: Int, _ index: Int) -> UnsafeMutablePointer<ConversionSeat>? {
        let sink = slots[home].sinks[index]
        guard isOpen(Leg.Key(slot: sink.slot, generation: sink.generation)) else { return nil }
        return conversion(of: Int(sink.slot))
    }

    /// A stream that is converted for the end that hears it.
    struct HeardStream {
        /// Of the port that it comes from.
        let slot: Int
        let seat: UnsafeMutablePointer<ConversionSeat>
        let place: Int

        /// As the source calls it.
        var ssrc: UInt32 { seat.pointee.streams[place].ssrc }
    }

    /// The converted stream that the end behind `home` hears as `ssrc`.
    func heardStream(_ ssrc: UInt32, of home: Int) -> HeardStream? {
        guard conversionCount > 0 else { return nil }
        for index in 0..<slots[home].sinkCount {
            guard let seat = heardSeat(home, index), let place = seat.pointee.place(sentAs: ssrc) else { continue }
            return HeardStream(slot: Int(slots[home].sinks[index].slot), seat: seat, place: place)
        }
        return nil
    }

    /// Puts a compound RTCP datagram right, in clear; false when nothing is left of it.
    ///
    /// A sender report tells the outgoing stream's time and counts. A block about a converted stream tells how the relay
    /// itself receives it, which is what its sender can do something about; of what the end says the time of the last
    /// sender report stays, since that goes through. Retransmissions, pictures and detailed losses of converted streams
    /// mean nothing to the other end. What is said of or by a stream that leaves under another SSRC goes under the same.
    @inline(never)
    func convertReports(_ packet: inout ArrivedPacket, on slot: Int) -> Bool {
        guard concernsConversions(slot) else { return true }
        let home = home(of: slot)
        let seat = conversion(of: home)
        let mask = seat.map { isDisguised($0, slots + home) ? $0.pointee.disguise : 0 } ?? 0
        let datagram = UnsafeRawBufferPointer(start: packet.bytes, count: packet.count)
        var reader = RTCPReader(datagram)
        var writer = RTCPRewriter(packet.bytes)
        while let part = reader.nextSound() {
            let begin = writer.count
            // The writing is over the reading.
            let source = Self.leadingSource(of: part)
            switch part.type {
            case .senderReport, .receiverReport:
                if convert(part, home, into: &writer) { packet.isAltered = true }
            case .transportFeedback, .payloadFeedback:
                guard let feedback = part.feedback else { continue }
                if heardStream(feedback.mediaSSRC, of: home) == nil { writer.copy(part) }
            case .extendedReport: writer.copyTimes(of: part)
            default: writer.copy(part)
            }
            guard mask != 0, writer.count >= begin + 8, let source, seat?.pointee.place(of: source) != nil else {
                continue
            }
            Self.disguise(packet.bytes + begin + 4, by: mask)
            packet.isAltered = true
            if begin == 0 { packet.hasOwnSource = true }
        }
        if writer.count != packet.count { packet.isAltered = true }
        packet.count = writer.count
        return writer.count > 0
    }

    /// The first word behind the header: the sender, in all packets that have one, and the first source of the others.
    private static func leadingSource(of part: RTCPPacket) -> UInt32? {
        guard part.body.count >= 4 else { return nil }
        return UInt32(bigEndian: part.body.loadUnaligned(as: UInt32.self))
    }

    /// True when the report has become another one.
    private func convert(_ part: RTCPPacket, _ home: Int, into writer: inout RTCPRewriter) -> Bool {
        guard let sender = part.senderSSRC, let blocks = part.reportBlocks else { return true }
        var isAltered = false
        var information = part.senderInformation
        if let seat = conversion(of: home), let place = seat.pointee.place(of: sender), let given = information {
            let stream = seat.pointee.streams[place]
            isAltered = true
            information = stream.map(given.rtpTimestamp).map {
                SenderInformation(
                    ntpTimestamp: given.ntpTimestamp, rtpTimestamp: $0, packets: stream.packets,
                    octets: stream.octets)
            }
        }
        writer.begin(sender, information)
        for block in blocks {
            guard let heard = heardStream(block.ssrc, of: home) else {
                writer.append(block)
                continue
            }
            isAltered = true
            guard let reception = row(heard.slot).reception(of: heard.ssrc) else { continue }
            var stream = heard.seat.pointee.streams[heard.place]
            writer.append(
                stream.interval.nextReport(
                    of: reception, lastReport: block.lastReport, delay: block.delaySinceLastReport))
            heard.seat.pointee.streams[heard.place] = stream
        }
        writer.end()
        return isAltered
    }
}

extension CounterRow {
    /// How a stream is received on the row's port; `nil` when it is not known.
    func reception(of source: UInt32) -> ReceptionStatistics? {
        let order = StreamOrder(bits: UInt16(truncatingIfNeeded: load(Word.order)))
        for age in 0..<min(order.count, StreamOrder.capacity) {
            let word = Word.ingress(order.entry(age: age))
            if UInt32(truncatingIfNeeded: load(word)) == source { return statistics(at: word) }
        }
        return nil
    }
}
