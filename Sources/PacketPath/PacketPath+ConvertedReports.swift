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
        return heardStreams(of: home) != nil
    }

    /// The conversions of what the end behind `home` hears.
    private func heardStreams(of home: Int) -> (slot: Int, seat: UnsafeMutablePointer<ConversionSeat>)? {
        for index in 0..<min(slots[home].sinkCount, PortSlot.inlineSinks) {
            let sink = slots[home].sinks[index]
            guard isOpen(Leg.Key(slot: sink.slot, generation: sink.generation)) else { continue }
            if let seat = conversion(of: Int(sink.slot)) { return (Int(sink.slot), seat) }
        }
        return nil
    }

    /// Puts a compound RTCP datagram right, in clear; false when nothing is left of it.
    ///
    /// A sender report tells the outgoing stream's time and counts. A block about a converted stream tells how the relay
    /// itself receives it, which is what its sender can do something about; of what the end says the time of the last
    /// sender report stays, since that goes through. Retransmissions, pictures and detailed losses of converted streams
    /// mean nothing to the other end.
    @inline(never)
    func convertReports(_ packet: inout ArrivedPacket, on slot: Int) -> Bool {
        guard concernsConversions(slot) else { return true }
        let home = home(of: slot)
        let datagram = UnsafeRawBufferPointer(start: packet.bytes, count: packet.count)
        var reader = RTCPReader(datagram)
        var writer = RTCPRewriter(packet.bytes)
        while let part = reader.nextSound() {
            switch part.type {
            case .senderReport, .receiverReport: convert(part, home, into: &writer)
            case .transportFeedback, .payloadFeedback:
                guard let feedback = part.feedback else { continue }
                let isConverted = heardStreams(of: home)?.seat.pointee.place(of: feedback.mediaSSRC) != nil
                if !isConverted { writer.copy(part) }
            case .extendedReport: writer.copyTimes(of: part)
            default: writer.copy(part)
            }
        }
        packet.count = writer.count
        packet.isAltered = true
        return writer.count > 0
    }

    private func convert(_ part: RTCPPacket, _ home: Int, into writer: inout RTCPRewriter) {
        guard let sender = part.senderSSRC, let blocks = part.reportBlocks else { return }
        var information = part.senderInformation
        if let seat = conversion(of: home), let place = seat.pointee.place(of: sender), let given = information {
            let stream = seat.pointee.streams[place]
            information = stream.map(given.rtpTimestamp).map {
                SenderInformation(
                    ntpTimestamp: given.ntpTimestamp, rtpTimestamp: $0, packets: stream.packets,
                    octets: stream.octets)
            }
        }
        writer.begin(sender, information)
        for block in blocks {
            guard let heard = heardStreams(of: home), let place = heard.seat.pointee.place(of: block.ssrc) else {
                writer.append(block)
                continue
            }
            guard let reception = row(heard.slot).reception(of: block.ssrc) else { continue }
            var stream = heard.seat.pointee.streams[place]
            writer.append(
                stream.interval.nextReport(
                    of: reception, lastReport: block.lastReport, delay: block.delaySinceLastReport))
            heard.seat.pointee.streams[place] = stream
        }
        writer.end()
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
