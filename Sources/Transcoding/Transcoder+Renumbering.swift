internal import Forwarding
internal import RTP

/// Under a plan that converts nothing, packets pass at once and as they are, but for their payload type: what is lost,
/// late or doubled, every receiver sees for itself.
extension Transcoder {
    /// What is added to a source's numbers; zeros where nothing was converted before.
    struct Shift: Sendable, BitwiseCopyable {
        var sequenceNumber: UInt16 = 0
        var timestamp: UInt32 = 0
    }

    mutating func renumber(
        _ packet: UnsafeRawBufferPointer, _ header: RTPHeader, with workspace: borrowing SoundWorkspace,
        into batch: inout PacketBatch
    ) -> Receipt {
        let number = header.sequenceNumber
        let conversion = set[header.payloadType]
        let rate = conversion?.source.clockRate ?? set.clockRates[header.payloadType] ?? 0
        if shift == nil {
            let now = arrival
            concludeGaps(with: workspace, into: &batch)
            arrival = now
            flush(into: &batch)
            // Numbers before the first one are taken.
            if let expected, Self.isReordered(number, before: expected) { return .late }
        }
        let shift = shift ?? makeShift(header, rate)
        event = nil
        self.shift = shift
        let timestamp = header.timestamp &+ shift.timestamp
        let isLate = expected.map { Self.isReordered(number, before: $0) } ?? false
        if !isLate {
            expected = number &+ 1
            timeline.place(at: timestamp &+ rate / 50)
            timeline.anchor(header.timestamp, at: timestamp, clockRate: rate, outgoingClockRate: rate)
            last = Moment(time: timestamp, arrival: arrival)
            beginsSpurt = true
        }
        sequenceNumber = number &+ shift.sequenceNumber
        _ = copy(packet, header, to: &batch, at: timestamp, payloadType: conversion?.target.payloadType)
        sequenceNumber = (expected ?? number) &+ shift.sequenceNumber
        return .taken
    }

    /// So that the stream goes on where it is.
    private func makeShift(_ header: RTPHeader, _ rate: UInt32) -> Shift {
        // Its first packet.
        guard expected != nil || isResumed else { return Shift() }
        var number = header.sequenceNumber
        if let expected, header.sequenceNumber &- expected < UInt16(Self.largestGap) { number = expected }
        let isSameClock = timeline.hasClock(rate) && timeline.origin.outgoingClockRate == rate
        let mapped = timeline.origin.map(header.timestamp)
        let time = isSameClock && isNear(mapped) ? mapped : arrivalTime(rate)
        return Shift(sequenceNumber: sequenceNumber &- number, timestamp: time &- header.timestamp)
    }
}
