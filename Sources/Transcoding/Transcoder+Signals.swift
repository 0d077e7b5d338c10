internal import Forwarding
internal import RTP

/// An event that goes on for several packets (RFC 4733 §2.5.1).
struct CurrentEvent {
    /// Of all its packets: as they came, and as they go.
    var timestamp: UInt32
    var outgoing: UInt32
}

/// What is no sound: events, comfort noise, and everything without a conversion.
extension Transcoder {
    /// Packets of events keep their payload but for the duration, and all of one event have one timestamp.
    mutating func takeEvent(
        _ packet: UnsafeRawBufferPointer, _ header: RTPHeader, _ payload: UnsafeRawBufferPointer,
        _ conversion: Conversion?, into batch: inout PacketBatch
    ) -> Bool {
        guard payload.count >= 4 else { return false }
        if event?.timestamp != header.timestamp {
            flush(into: &batch)
            // The event's clock may be another one than that of the sound (RFC 7160 §4).
            let rate = conversion?.source.clockRate ?? set.clockRates[header.payloadType] ?? 0
            if timeline.origin.clockRate == 0, rate > 0 {
                timeline.anchor(
                    header.timestamp, at: end, clockRate: rate,
                    outgoingClockRate: conversion?.target.clockRate ?? rate)
            }
            let mapped = timeline.origin.map(header.timestamp)
            let isNear = abs(Int(Int32(bitPattern: mapped &- end))) <= 60 * Int(timeline.origin.outgoingClockRate)
            let outgoing = timeline.hasClock(rate) && isNear ? mapped : end
            event = CurrentEvent(timestamp: header.timestamp, outgoing: outgoing)
        }
        guard let event, let copy = copy(packet, header, to: &batch, at: event.outgoing) else { return true }
        guard let conversion, conversion.target.encoding == .telephoneEvent else { return true }
        copy[1] = copy[1] & 0x80 | conversion.target.payloadType
        // An unchanged clock leaves the packet as it is, further events in it included.
        guard conversion.source.clockRate != conversion.target.clockRate, conversion.source.clockRate > 0 else {
            return true
        }
        let place = header.payloadOffset + 2
        let duration = UInt64(copy[place]) << 8 | UInt64(copy[place + 1])
        let scaled = min(
            duration * UInt64(conversion.target.clockRate) / UInt64(conversion.source.clockRate), 0xFFFF)
        copy[place] = UInt8(truncatingIfNeeded: scaled >> 8)
        copy[place + 1] = UInt8(truncatingIfNeeded: scaled)
        return true
    }

    /// Comfort noise goes on as such where the other side has it; else it becomes one packet of noise.
    mutating func takeNoise(
        _ header: RTPHeader, _ payload: UnsafeRawBufferPointer, _ conversion: Conversion,
        with workspace: borrowing SoundWorkspace, into batch: inout PacketBatch
    ) -> Bool {
        flush(into: &batch)
        let time = time(of: header, rate: conversion.source.clockRate, outgoing: conversion.target.clockRate)
        guard conversion.target.encoding != .comfortNoise else {
            guard let packet = batch.next(), payload.count <= SoundEncoder.payloadLimit else { return true }
            let outgoing = RTPHeader(
                payloadType: conversion.target.payloadType, sequenceNumber: sequenceNumber, timestamp: time, ssrc: ssrc)
            outgoing.write(to: packet)
            UnsafeMutableRawBufferPointer(rebasing: packet[RTPHeader.minimumCount...]).copyMemory(from: payload)
            batch.append(count: RTPHeader.minimumCount + payload.count, origin: timeline.origin)
            sequenceNumber &+= 1
            beginsSpurt = true
            return true
        }
        // Before any sound there is nothing that it could go along with.
        guard let samples = path?.noiseSamples, path?.conversion.target == conversion.target else { return true }
        timeline.skip(to: time)
        makeNoise(samples, level: payload.first ?? 127, in: workspace.decoded)
        put(samples, from: 0, with: workspace, into: &batch)
        flush(into: &batch)
        beginsSpurt = true
        return true
    }

    /// Noise of `level` below full scale, in dB (RFC 3389 §3.1).
    private func makeNoise(_ count: Int, level: UInt8, in sound: UnsafeMutableBufferPointer<Int16>) {
        // Evenly distributed noise has a third of the power of its largest value.
        var amplitude = 32_767 * 173 / 100
        for _ in 0..<Int(level & 0x7F) { amplitude = amplitude * 29_205 / 32_768 }
        var state = UInt32(truncatingIfNeeded: sequenceNumber) &* 2_654_435_761 | 1
        for index in 0..<min(count * 2, sound.count) {
            state = state &* 1_664_525 &+ 1_013_904_223
            let value = Int(Int16(truncatingIfNeeded: Int(state >> 16))) * amplitude / 32_768
            sound[index] = Int16(clamping: value)
        }
    }

    /// A packet whose payload goes on as it is.
    mutating func pass(_ packet: UnsafeRawBufferPointer, _ header: RTPHeader, into batch: inout PacketBatch) -> Bool {
        flush(into: &batch)
        let rate = set.clockRates[header.payloadType] ?? timeline.origin.clockRate
        let time = time(of: header, rate: rate, outgoing: rate)
        _ = copy(packet, header, to: &batch, at: time)
        // How long it is is not known; of sound it usually is so much.
        timeline.skip(to: time &+ rate / 50)
        beginsSpurt = true
        return true
    }

    /// When `header` is in the outgoing stream.
    private mutating func time(of header: RTPHeader, rate: UInt32, outgoing: UInt32) -> UInt32 {
        if !timeline.hasClock(rate) || timeline.origin.outgoingClockRate != outgoing {
            timeline.anchor(header.timestamp, at: end, clockRate: rate, outgoingClockRate: outgoing)
        }
        return timeline.origin.map(header.timestamp)
    }

    /// Appends the packet as it came, under numbers of the outgoing stream.
    private mutating func copy(
        _ packet: UnsafeRawBufferPointer, _ header: RTPHeader, to batch: inout PacketBatch, at timestamp: UInt32
    ) -> UnsafeMutableRawBufferPointer? {
        guard let place = batch.next() else { return nil }
        place.copyMemory(from: packet)
        place[2] = UInt8(truncatingIfNeeded: sequenceNumber >> 8)
        place[3] = UInt8(truncatingIfNeeded: sequenceNumber)
        for index in 0..<4 { place[4 + index] = UInt8(truncatingIfNeeded: timestamp >> UInt32(24 - index * 8)) }
        batch.append(count: packet.count, origin: timeline.origin)
        sequenceNumber &+= 1
        return place
    }
}
