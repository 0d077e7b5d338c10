internal import Forwarding
internal import RTP

/// An event that goes on for several packets (RFC 4733 §2.5.1), and the last one until the next comes.
struct CurrentEvent {
    /// Of all its packets, as they come.
    var timestamp: UInt32
    /// Where it begins in the outgoing stream.
    var outgoing: UInt32
    /// The same behind what is known of it, in units of the outgoing stream.
    var end: UInt32
    /// It is longer than one duration can tell, and this is the place of the present part (RFC 4733 §2.5.1.3).
    var segment = 0
}

extension Transcoder {
    private static let longestDuration = 0xFFFF
    /// What the longest one becomes from 8000 to 48,000 Hz, and more.
    private static let longestEvent = 8 * longestDuration

    /// Packets of events keep their payload but for the duration, and all of one event have one timestamp.
    mutating func takeEvent(
        _ packet: UnsafeRawBufferPointer, _ header: RTPHeader, _ payload: UnsafeRawBufferPointer,
        _ conversion: Conversion?, into batch: inout PacketBatch
    ) -> Bool {
        guard payload.count >= 4 else { return false }
        // The event's clock may be another one than that of the sound (RFC 7160 §4).
        let known = conversion?.source.clockRate ?? set.clockRates[header.payloadType] ?? 0
        let target = conversion?.target.clockRate ?? known
        if event?.timestamp != header.timestamp {
            flush(into: &batch)
            beginEvent(header, at: time(of: header, rate: known, outgoing: target))
        }
        beginsSpurt = true
        skipMissing()
        let rate = known > 0 ? known : timeline.origin.clockRate
        let duration = Int(payload[2]) << 8 | Int(payload[3])
        extendEvent(Int(timeline.origin.outgoingClockRate) * duration / Int(max(rate, 1)))
        let payloadType = conversion?.target.encoding == .telephoneEvent ? conversion?.target.payloadType : nil
        // An unchanged clock leaves the packet as it is, further events in it included.
        guard payloadType != nil, rate != target, known > 0 else {
            guard let event else { return true }
            _ = copy(packet, header, to: &batch, at: event.outgoing, payloadType: payloadType)
            return true
        }
        sendScaled(
            packet, header, payloadType, min(Int(target) * duration / Int(rate), Self.longestEvent), into: &batch)
        return true
    }

    private mutating func beginEvent(_ header: RTPHeader, at time: UInt32) {
        var time = time
        // Two events never begin at one time: a receiver would take them for one.
        if let event, Int32(bitPattern: time &- event.end) < 0 { time = event.end }
        event = CurrentEvent(timestamp: header.timestamp, outgoing: time, end: time &+ 1)
    }

    /// It is at least `ticks` long.
    private mutating func extendEvent(_ ticks: Int) {
        guard let event else { return }
        let end = event.outgoing &+ UInt32(truncatingIfNeeded: max(ticks, 1))
        if Int32(bitPattern: end &- event.end) > 0 { self.event?.end = end }
        last = Moment(time: self.event?.end ?? end, arrival: arrival)
    }

    /// The packet with another duration; what is longer than a packet can tell goes in segments, each but the last of the
    /// longest duration.
    private mutating func sendScaled(
        _ packet: UnsafeRawBufferPointer, _ header: RTPHeader, _ payloadType: UInt8?, _ duration: Int,
        into batch: inout PacketBatch
    ) {
        guard let event else { return }
        let segment = duration > 0 ? (duration - 1) / Self.longestDuration : 0
        let isEnd = header.payload(of: packet).map { $0[1] & 0x80 != 0 } ?? false
        for index in min(event.segment, segment)...segment {
            let isLast = index == segment
            let start = event.outgoing &+ UInt32(index * Self.longestDuration)
            guard let copy = copy(packet, header, to: &batch, at: start, payloadType: payloadType) else { return }
            if index > 0 { copy[1] &= 0x7F }
            let place = header.payloadOffset
            let rest = isLast ? duration - index * Self.longestDuration : Self.longestDuration
            copy[place + 1] = copy[place + 1] & 0x7F | (isLast && isEnd ? 0x80 : 0)
            copy[place + 2] = UInt8(truncatingIfNeeded: rest >> 8)
            copy[place + 3] = UInt8(truncatingIfNeeded: rest)
        }
        self.event?.segment = max(event.segment, segment)
    }
}
