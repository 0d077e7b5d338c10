public import NetTypes

/// Puts the headers around a UDP datagram that a capture shows, though the kernel alone has seen them.
public enum DatagramFrame {
    /// Octets of a whole IP packet at most.
    static let longestPacket = 65_535

    /// A frame of `linkType`, which is ``LinkType/raw`` or ``LinkType/ethernet``, with the datagram from `source` to
    /// `destination`. Checksums are right; where the payload was cut short the one of UDP is left out (RFC 768).
    ///
    /// - Parameter originalCount: octets of the payload on the wire, if more than are left.
    /// - Returns: the frame, and the octets that it would have with the whole payload.
    public static func make(
        from source: TransportAddress, to destination: TransportAddress, payload: [UInt8], originalCount: Int? = nil,
        linkType: LinkType = .raw
    ) -> (bytes: [UInt8], originalCount: Int) {
        var frame: [UInt8] = []
        let isIPv6 = source.address.family == .ipv6 || destination.address.family == .ipv6
        let header = isIPv6 ? 40 : 20
        frame.reserveCapacity(payload.count + header + 22)
        if linkType == .ethernet {
            frame += [UInt8](repeating: 0, count: 12)
            frame.appendBig(isIPv6 ? EtherType.ipv6 : EtherType.ipv4)
        }
        let link = frame.count
        let room = longestPacket - header - 8
        let payload = payload.count <= room ? payload : Array(payload[..<room])
        let whole = min(max(originalCount ?? 0, payload.count), room)
        let length = UInt16(whole + 8)
        if isIPv6 {
            appendIPv6(source.address.mapped, destination.address.mapped, length: length, to: &frame)
        } else {
            appendIPv4(source.address, destination.address, length: length, to: &frame)
        }
        let start = frame.count
        frame.appendBig(source.port)
        frame.appendBig(destination.port)
        frame.appendBig(length)
        frame.appendBig(UInt16(0))
        frame += payload
        if whole == payload.count {
            var sum = UInt64(length) + UInt64(UDP.protocolNumber)
            sum += addressSum(isIPv6 ? source.address.mapped : source.address)
            sum += addressSum(isIPv6 ? destination.address.mapped : destination.address)
            let checksum = Checksum.finish(sum + Checksum.sum(frame[start...]))
            // 0 would say that there is none (RFC 768).
            frame.storeBig(checksum == 0 ? 0xFFFF : checksum, at: start + 6)
        }
        return (frame, link + header + 8 + whole)
    }

    private static func appendIPv4(
        _ source: IPAddress, _ destination: IPAddress, length: UInt16, to frame: inout [UInt8]
    ) {
        let start = frame.count
        frame += [0x45, 0]
        frame.appendBig(UInt16(20) &+ length)
        // Don't fragment; 64 hops.
        frame += [0, 0, 0x40, 0, 64, UDP.protocolNumber, 0, 0]
        frame.appendBig(UInt32(truncatingIfNeeded: source.low))
        frame.appendBig(UInt32(truncatingIfNeeded: destination.low))
        frame.storeBig(Checksum.finish(Checksum.sum(frame[start...])), at: start + 10)
    }

    private static func appendIPv6(
        _ source: IPAddress, _ destination: IPAddress, length: UInt16, to frame: inout [UInt8]
    ) {
        frame += [0x60, 0, 0, 0]
        frame.appendBig(length)
        frame += [UDP.protocolNumber, 64]
        for address in [source, destination] {
            frame.appendBig(address.high)
            frame.appendBig(address.low)
        }
    }

    private static func addressSum(_ address: IPAddress) -> UInt64 {
        [address.high, address.low].reduce(0) { sum, half in
            sum + (half >> 48) + (half >> 32 & 0xFFFF) + (half >> 16 & 0xFFFF) + (half & 0xFFFF)
        }
    }
}

enum EtherType {
    static let ipv4: UInt16 = 0x0800
    static let ipv6: UInt16 = 0x86DD
    /// 802.1Q and 802.1ad.
    static let tags: Set<UInt16> = [0x8100, 0x88A8, 0x9100]
}

enum UDP {
    static let protocolNumber: UInt8 = 17
}

/// The checksum of the Internet protocols (RFC 1071).
enum Checksum {
    static func sum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var sum: UInt64 = 0
        var isHigh = true
        for byte in bytes {
            sum += isHigh ? UInt64(byte) << 8 : UInt64(byte)
            isHigh.toggle()
        }
        return sum
    }

    static func finish(_ sum: UInt64) -> UInt16 {
        var sum = sum
        while sum > 0xFFFF { sum = (sum >> 16) + (sum & 0xFFFF) }
        return ~UInt16(sum)
    }
}

extension IPAddress {
    /// As IPv6 (RFC 4291 §2.5.5.2).
    fileprivate var mapped: IPAddress {
        family == .ipv6 ? self : IPAddress(ipv6High: 0, low: 0xFFFF_0000_0000 | low)
    }
}
