internal import Forwarding
internal import RTP

/// Sound: decoded, aligned with what was sent before, encoded.
extension Transcoder {
    mutating func takeSound(
        _ header: RTPHeader, _ payload: UnsafeRawBufferPointer, _ conversion: Conversion,
        with workspace: borrowing SoundWorkspace, into batch: inout PacketBatch
    ) -> Bool {
        guard use(conversion, into: &batch), path?.decoder.sampleCount(of: payload) != nil else { return false }
        let trimmed = align(header, before: payload, conversion, with: workspace, into: &batch)
        last = Moment(time: end, arrival: arrival)
        forgetOldEvent()
        guard let count = path?.decoder.decode(payload, into: workspace.decoded) else { return false }
        put(count, from: trimmed, with: workspace, into: &batch)
        timeline.advanceAnchor(to: header.timestamp)
        return true
    }

    /// Has a path for `conversion`; the earlier one is sent to its end.
    private mutating func use(_ conversion: Conversion, into batch: inout PacketBatch) -> Bool {
        if let path, path.conversion == conversion { return true }
        flush(into: &batch)
        path = SoundPath(conversion)
        return path != nil
    }

    /// Brings the outgoing stream to where the packet belongs: makes up what was lost, or steps over a pause. Returns how
    /// many samples at the packet's beginning are not wanted, since silence has taken their place.
    private mutating func align(
        _ header: RTPHeader, before payload: UnsafeRawBufferPointer, _ conversion: Conversion,
        with workspace: borrowing SoundWorkspace, into batch: inout PacketBatch
    ) -> Int {
        let (source, target) = (conversion.source.clockRate, conversion.target.clockRate)
        guard timeline.hasClock(source), timeline.origin.outgoingClockRate == target else {
            beginAnew(header, source, target, into: &batch)
            return 0
        }
        var gap = Int(Int32(bitPattern: timeline.origin.map(header.timestamp) &- end))
        if gap < 0 { return trim(-gap, header, payload, source, target, into: &batch) }
        if missing > 0, gap > 0 { gap -= conceal(gap, before: payload, with: workspace, into: &batch) }
        if gap >= Int(target / 50) {
            flush(into: &batch)
            // What fills the packet up may reach into this one.
            gap = Int(Int32(bitPattern: timeline.origin.map(header.timestamp) &- end))
            if gap < 0 {
                beginsSpurt = true
                return trim(-gap, header, payload, source, target, into: &batch)
            }
            if gap <= Self.longestPause * Int(target) {
                timeline.skip(to: timeline.origin.map(header.timestamp))
                beginsSpurt = true
            } else {
                beginAnew(header, source, target, into: &batch)
            }
        } else if gap > 0 {
            // Timestamps that are not exact are no pause.
            anchor(header, at: end, source, target)
        }
        return 0
    }

    /// The packet's timestamp says nothing: it is behind all that was sent, or later when it came late.
    private mutating func beginAnew(
        _ header: RTPHeader, _ source: UInt32, _ target: UInt32, into batch: inout PacketBatch
    ) {
        let time = arrivalTime(target)
        if Int32(bitPattern: time &- end) > 0 {
            flush(into: &batch)
            timeline.skip(to: time)
            beginsSpurt = true
        }
        anchor(header, at: end, source, target)
    }

    /// The packet begins `overlap` before the end of what was sent. As far as that is silence that filled packets up, the
    /// packet loses its beginning, or all of it, and the next one the rest.
    private mutating func trim(
        _ overlap: Int, _ header: RTPHeader, _ payload: UnsafeRawBufferPointer, _ source: UInt32, _ target: UInt32,
        into batch: inout PacketBatch
    ) -> Int {
        let length = (path?.decoder.sampleCount(of: payload)).flatMap { path?.decoderTicks($0) } ?? 0
        let excess = Int(timeline.excess)
        let trimmed = min(overlap, excess, length)
        guard overlap > excess else {
            timeline.recover(UInt32(trimmed))
            return path?.decoderSamples(trimmed) ?? 0
        }
        guard trimmed > 0 else {
            beginAnew(header, source, target, into: &batch)
            return 0
        }
        anchor(header, at: end &- UInt32(trimmed), source, target)
        return path?.decoderSamples(trimmed) ?? 0
    }

    /// Makes up sound for what was lost. Returns how much, in units of the outgoing clock.
    private mutating func conceal(
        _ gap: Int, before payload: UnsafeRawBufferPointer, with workspace: borrowing SoundWorkspace,
        into batch: inout PacketBatch
    ) -> Int {
        guard let format = path?.decoder.format, let samples = path?.decoderSamples(gap) else { return 0 }
        let length = path?.decoder.sampleCount(of: payload) ?? 0
        let wanted = min(samples, format.samples(milliseconds: Self.longestConcealment), missing * length)
        // With a part missing only, the packet before this one is not what follows on it.
        let next = wanted == samples ? payload : nil
        let before = end
        let made = path?.decoder.conceal(wanted, before: next, into: workspace.decoded) ?? 0
        put(made, from: 0, with: workspace, into: &batch)
        return Int(Int32(bitPattern: end &- before))
    }

    /// Encodes what is in the workspace, but for samples at its beginning, as far as it fills packets.
    mutating func put(
        _ count: Int, from first: Int, with workspace: borrowing SoundWorkspace, into batch: inout PacketBatch
    ) {
        guard count > first, let channels = path?.decoder.format.channels else { return }
        let sound = UnsafeMutableBufferPointer(rebasing: workspace.decoded[(first * channels)...])
        guard var rest = path?.resample(sound, count: count - first, into: workspace.resampled) else { return }
        while rest.count >= channels, let taken = path?.fill(rest) {
            rest = UnsafeBufferPointer(rebasing: rest[taken...])
            if path?.isFull == true { send(into: &batch) }
        }
    }

    /// Sends the sound that does not fill a packet, with silence behind it.
    mutating func flush(into batch: inout PacketBatch) {
        guard let filled = path?.filled, filled > 0 else { return }
        if let padding = path?.pad() { timeline.pad(padding) }
        send(into: &batch)
    }

    /// Encodes and appends a whole packet.
    private mutating func send(into batch: inout PacketBatch) {
        guard let ticks = path?.encoder.frameTicks, let payloadType = path?.conversion.target.payloadType else {
            return
        }
        defer { timeline.send(ticks) }
        guard let packet = batch.next() else {
            path?.discard()
            return
        }
        let place = UnsafeMutableRawBufferPointer(rebasing: packet[RTPHeader.minimumCount...])
        guard let octets = path?.encode(into: place), octets > 0 else {
            // Of silence there is nothing to say, and what follows begins anew.
            beginsSpurt = true
            return
        }
        var header = RTPHeader(
            payloadType: payloadType, sequenceNumber: sequenceNumber, timestamp: timeline.next, ssrc: ssrc)
        header.hasMarker = beginsSpurt
        header.write(to: packet)
        batch.append(count: RTPHeader.minimumCount + octets, origin: timeline.origin)
        sequenceNumber &+= 1
        beginsSpurt = false
    }
}
