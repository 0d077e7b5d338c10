/// Adding to the header extension of a packet (RFC 8285).
extension RTPHeader {
    /// Copies `packet` with one more element in its header extension.
    ///
    /// A packet without extension gets one with one-byte elements; an extension in the two-byte form keeps that form.
    ///
    /// - Parameters:
    ///   - buffer: where the longer packet goes; not the memory of `packet`.
    ///   - identifier: 1…14.
    ///   - value: its octets, the first one lowest in the first word.
    ///   - count: octets of the value, 1…16.
    /// - Returns: the octets written. `nil` when the element is there already, the extension is of another profile or
    ///   ends early (RFC 8285 §4.2: identifier 15), or the result does not fit: then `packet` is to go as it is.
    public func copy(
        _ packet: UnsafeRawBufferPointer, to buffer: UnsafeMutableRawBufferPointer, adding identifier: UInt8,
        value: (UInt64, UInt64), count: Int
    ) -> Int? {
        let start = RTPHeader.minimumCount &+ Int(contributorCount) &* 4
        guard payloadOffset <= packet.count, (1...14).contains(identifier), (1...16).contains(count) else { return nil }
        var usesTwoBytes = false
        var words = 0
        if hasExtension {
            guard start &+ 4 <= payloadOffset else { return nil }
            let profile = packet.uint16(at: start)
            usesTwoBytes = profile & 0xFFF0 == 0x1000
            words = Int(packet.uint16(at: start &+ 2))
            guard usesTwoBytes || profile == 0xBEDE,
                Self.lacks(identifier, packet, from: start &+ 4, to: payloadOffset, usesTwoBytes: usesTwoBytes)
            else { return nil }
        }
        let elementWords = (count &+ (usesTwoBytes ? 5 : 4)) / 4
        let added = elementWords &* 4 &+ (hasExtension ? 0 : 4)
        guard packet.count &+ added <= buffer.count, words &+ elementWords <= 0xFFFF else { return nil }
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: packet[..<payloadOffset]))
        if !hasExtension {
            buffer[0] |= 0x10
            buffer.store(UInt16(0xBEDE), at: start)
        }
        buffer.store(UInt16(truncatingIfNeeded: words &+ elementWords), at: start &+ 2)
        var place = start &+ 4 &+ words &* 4
        let end = payloadOffset &+ added
        if usesTwoBytes {
            buffer[place] = identifier
            buffer[place &+ 1] = UInt8(truncatingIfNeeded: count)
            place &+= 2
        } else {
            buffer[place] = identifier << 4 | UInt8(truncatingIfNeeded: count &- 1)
            place &+= 1
        }
        for index in 0..<count { buffer[place &+ index] = Self.octet(index, of: value) }
        place &+= count
        while place < end {
            buffer[place] = 0
            place &+= 1
        }
        UnsafeMutableRawBufferPointer(rebasing: buffer[end...])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: packet[payloadOffset...]))
        return packet.count &+ added
    }

    @inline(__always)
    private static func octet(_ index: Int, of value: (UInt64, UInt64)) -> UInt8 {
        UInt8(truncatingIfNeeded: (index < 8 ? value.0 : value.1) &>> UInt64(truncatingIfNeeded: (index & 7) &* 8))
    }

    /// Whether no element of an extension's data has `identifier`, and one behind them would be read.
    @inline(__always)
    private static func lacks(
        _ identifier: UInt8, _ packet: UnsafeRawBufferPointer, from start: Int, to end: Int, usesTwoBytes: Bool
    ) -> Bool {
        var place = start
        while place < end {
            let first = packet[place]
            if first == 0 {
                place &+= 1
                continue
            }
            if usesTwoBytes {
                if first == identifier { return false }
                guard place &+ 1 < end else { return false }
                place &+= 2 &+ Int(packet[place &+ 1])
            } else {
                // 15 ends the list; 0 with a length is not allowed.
                if first >> 4 == identifier || first >> 4 == 15 || first >> 4 == 0 { return false }
                place &+= 2 &+ Int(first & 0x0F)
            }
        }
        return place == end
    }
}
