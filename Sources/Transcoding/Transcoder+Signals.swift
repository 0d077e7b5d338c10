internal import Forwarding
internal import RTP

/// What is no sound and no event: comfort noise, and everything without a conversion.
extension Transcoder {
    /// Comfort noise goes on as such where the other side has it; else it becomes one packet of noise.
    mutating func takeNoise(
        _ header: RTPHeader, _ payload: UnsafeRawBufferPointer, _ conversion: Conversion,
        with workspace: borrowing SoundWorkspace, into batch: inout PacketBatch
    ) -> Bool {
        flush(into: &batch)
        let time = time(of: header, rate: conversion.source.clockRate, outgoing: conversion.target.clockRate)
        last = Moment(time: time, arrival: arrival)
        guard conversion.target.encoding != .comfortNoise else {
            skipMissing()
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

    /// A packet whose payload goes on as it is, under another number where `conversion` says so.
    mutating func pass(
        _ packet: UnsafeRawBufferPointer, _ header: RTPHeader, _ conversion: Conversion?, into batch: inout PacketBatch
    ) -> Bool {
        flush(into: &batch)
        let rate = conversion?.source.clockRate ?? set.clockRates[header.payloadType] ?? 0
        let time = time(of: header, rate: rate, outgoing: rate)
        skipMissing()
        _ = copy(packet, header, to: &batch, at: time, payloadType: conversion?.target.payloadType)
        last = Moment(time: time, arrival: arrival)
        // How long it is is not known; of sound it usually is so much.
        timeline.skip(to: time &+ timeline.origin.outgoingClockRate / 50)
        forgetOldEvent()
        beginsSpurt = true
        return true
    }

    /// Nothing has been made up for what is missing before a packet that is not made here; so its number shows it.
    mutating func skipMissing() { sequenceNumber &+= UInt16(truncatingIfNeeded: missing) }

    /// Appends the packet as it came, under numbers of the outgoing stream.
    mutating func copy(
        _ packet: UnsafeRawBufferPointer, _ header: RTPHeader, to batch: inout PacketBatch, at timestamp: UInt32,
        payloadType: UInt8?
    ) -> UnsafeMutableRawBufferPointer? {
        guard let place = batch.next() else { return nil }
        place.copyMemory(from: packet)
        if let payloadType { place[1] = place[1] & 0x80 | payloadType & 0x7F }
        place[2] = UInt8(truncatingIfNeeded: sequenceNumber >> 8)
        place[3] = UInt8(truncatingIfNeeded: sequenceNumber)
        for index in 0..<4 { place[4 + index] = UInt8(truncatingIfNeeded: timestamp >> UInt32(24 - index * 8)) }
        batch.append(count: packet.count, origin: timeline.origin)
        sequenceNumber &+= 1
        return place
    }
}
