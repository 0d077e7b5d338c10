public import NetTypes

/// A UDP datagram found in a captured frame.
public struct CapturedDatagram: Sendable, Equatable {
    /// Where it came from.
    public var source: TransportAddress
    /// Where it went.
    public var destination: TransportAddress
    /// Its payload in the frame, as far as it was captured.
    public var payload: Range<Int>
    /// Octets of payload that it had on the wire.
    public var originalCount: Int

    /// Headers between IPv6 and UDP that are stepped over at most.
    private static let mostExtensions = 8

    /// The datagram in the frame of `record`; `nil` when it is something else, or a fragment of one.
    public init?(_ record: CaptureRecord) {
        let frame = record.frame
        guard let start = Self.networkOffset(frame, record.linkType), start < frame.count else { return nil }
        switch frame[start] >> 4 {
        case 4: self.init(ipv4: frame, at: start)
        case 6: self.init(ipv6: frame, at: start)
        default: return nil
        }
    }

    /// Where the IP header begins; `nil` when there is none.
    static func networkOffset(_ frame: [UInt8], _ linkType: LinkType) -> Int? {
        func has(_ count: Int) -> Bool { frame.count >= count }
        func isIP(at offset: Int) -> Bool {
            let type = ByteOrder.big.uint16(frame, at: offset)
            return type == EtherType.ipv4 || type == EtherType.ipv6
        }
        switch linkType {
        case .raw, .ipv4, .ipv6: return 0
        case .null, .loop: return has(4) ? 4 : nil
        case .linuxCooked: return has(16) && isIP(at: 14) ? 16 : nil
        case .linuxCooked2: return has(20) && isIP(at: 0) ? 20 : nil
        case .ethernet:
            var offset = 12
            // A few tags at most: a network has two.
            for _ in 0..<4 {
                guard has(offset + 2) else { return nil }
                guard EtherType.tags.contains(ByteOrder.big.uint16(frame, at: offset)) else { break }
                offset += 4
            }
            return has(offset + 2) && isIP(at: offset) ? offset + 2 : nil
        default: return nil
        }
    }

    private init?(ipv4 frame: [UInt8], at start: Int) {
        guard frame.count - start >= 20 else { return nil }
        let header = Int(frame[start] & 0x0F) * 4
        let total = Int(ByteOrder.big.uint16(frame, at: start + 2))
        // More fragments, or not the first one.
        guard ByteOrder.big.uint16(frame, at: start + 6) & 0x3FFF == 0, frame[start + 9] == UDP.protocolNumber,
            header >= 20, total >= header + 8
        else { return nil }
        self.init(
            udp: frame, at: start + header, available: total - header,
            from: IPAddress(ipv4: ByteOrder.big.uint32(frame, at: start + 12)),
            to: IPAddress(ipv4: ByteOrder.big.uint32(frame, at: start + 16)))
    }

    private init?(ipv6 frame: [UInt8], at start: Int) {
        guard frame.count - start >= 40 else { return nil }
        var available = Int(ByteOrder.big.uint16(frame, at: start + 4))
        var next = frame[start + 6]
        var offset = start + 40
        for _ in 0..<Self.mostExtensions where next != UDP.protocolNumber {
            // Hop-by-hop options, routing, destination options; a fragment is none of them.
            guard [0, 43, 60].contains(next), frame.count - offset >= 8 else { return nil }
            let length = (Int(frame[offset + 1]) + 1) * 8
            next = frame[offset]
            offset += length
            available -= length
        }
        guard next == UDP.protocolNumber else { return nil }
        func address(at offset: Int) -> IPAddress {
            IPAddress(
                ipv6High: ByteOrder.big.uint64(frame, at: offset), low: ByteOrder.big.uint64(frame, at: offset + 8))
        }
        self.init(
            udp: frame, at: offset, available: available, from: address(at: start + 8), to: address(at: start + 24))
    }

    private init?(
        udp frame: [UInt8], at start: Int, available: Int, from source: IPAddress, to destination: IPAddress
    ) {
        guard start <= frame.count, frame.count - start >= 8 else { return nil }
        let length = Int(ByteOrder.big.uint16(frame, at: start + 4))
        guard length >= 8, length <= available else { return nil }
        self.source = TransportAddress(source, ByteOrder.big.uint16(frame, at: start))
        self.destination = TransportAddress(destination, ByteOrder.big.uint16(frame, at: start + 2))
        originalCount = length - 8
        payload = (start + 8)..<min(start + length, frame.count)
    }
}
