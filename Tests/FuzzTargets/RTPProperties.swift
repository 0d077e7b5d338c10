import RTP

/// RTP: every part of a packet lies inside it.
enum RTPProperties {
    static func violation(_ packet: UnsafeRawBufferPointer) -> String? {
        _ = DatagramKind(of: packet)
        guard let header = RTPHeader(packet) else { return nil }
        if let payload = header.payload(of: packet), !contains(packet, payload) { return "the payload is outside" }
        if let bytes = header.headerExtension(of: packet)?.bytes, !contains(packet, bytes) {
            return "the header extension is outside"
        }
        guard (0..<15).allSatisfy({ (header.contributor($0, of: packet) != nil) == ($0 < header.contributorCount) })
        else { return "contributors disagree with their count" }
        if let violation = violation(adding: header, packet) { return violation }
        var statistics = ReceptionStatistics(ssrc: header.ssrc)
        for step in 0..<4 {
            statistics.record(
                sequenceNumber: header.sequenceNumber &+ UInt16(truncatingIfNeeded: packet.count &* step),
                timestamp: header.timestamp, payloadType: header.payloadType, byteCount: packet.count,
                clockRate: header.timestamp & 0xFFFF, now: UInt64(header.timestamp) &* UInt64(step))
        }
        return statistics.lost <= UInt64(statistics.expected) ? nil : "more lost than expected"
    }

    /// A packet with an element more is a packet with the same payload.
    private static func violation(adding header: RTPHeader, _ packet: UnsafeRawBufferPointer) -> String? {
        var buffer = [UInt8](repeating: 0, count: packet.count + 24)
        let count = Int(header.ssrc % 16) + 1
        return buffer.withUnsafeMutableBytes { buffer -> String? in
            let length = header.copy(packet, to: buffer, adding: 7, value: (.max, 1), count: count)
            guard let length else { return nil }
            let longer = UnsafeRawBufferPointer(rebasing: buffer[..<length])
            guard let changed = RTPHeader(longer), changed.hasExtension, changed.ssrc == header.ssrc,
                longer[changed.payloadOffset...].elementsEqual(packet[header.payloadOffset...])
            else { return "an element more changed the packet" }
            return changed.copy(longer, to: buffer, adding: 7, value: (0, 0), count: count) == nil
                ? nil : "the element is added twice"
        }
    }

    /// Whether `part` lies in `whole`; an empty part lies anywhere.
    static func contains(_ whole: UnsafeRawBufferPointer, _ part: UnsafeRawBufferPointer) -> Bool {
        guard let start = part.baseAddress, let base = whole.baseAddress, !part.isEmpty else { return true }
        return start >= base && start + part.count <= base + whole.count
    }
}
