/// Walks the packets of one compound RTCP datagram (RFC 3550 §6.1), reduced-size ones included (RFC 5506).
///
/// Every length is checked against the datagram before it is believed. Valid as long as the datagram's buffer.
public struct RTCPReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0
    private var isPadded = false

    /// A reader at the front of `datagram`, in clear.
    public init(_ datagram: UnsafeRawBufferPointer) {
        bytes = datagram
    }

    /// Whether the first packet of `datagram` has a sound header and is there as a whole. All that can be known of
    /// SRTCP, where the rest is encrypted and a trailer follows.
    public static func beginsWithPacket(_ datagram: UnsafeRawBufferPointer) -> Bool {
        guard datagram.count >= 4, datagram[0] >> 6 == 2, (192...223).contains(datagram[1]) else { return false }
        return (Int(datagram.uint16(at: 2)) &+ 1) &* 4 <= datagram.count
    }

    /// The next packet; `nil` at the end.
    public mutating func next() throws(RTCPError) -> RTCPPacket? {
        switch step() {
        case .packet(let packet): return packet
        case .end: return nil
        case .fault(let error): throw error
        }
    }

    /// The next packet; `nil` at the end and at the first one that is not in order. For those who have no use for the
    /// reason.
    public mutating func nextSound() -> RTCPPacket? {
        if case .packet(let packet) = step() { packet } else { nil }
    }

    /// Whether `datagram` consists of sound packets and nothing besides, which SRTCP never does.
    public static func isCompound(_ datagram: UnsafeRawBufferPointer) -> Bool {
        guard !datagram.isEmpty else { return false }
        var reader = RTCPReader(datagram)
        while true {
            switch reader.step() {
            case .packet: continue
            case .end: return true
            case .fault: return false
            }
        }
    }

    private enum Step {
        case packet(RTCPPacket)
        case end
        case fault(RTCPError)
    }

    private mutating func step() -> Step {
        let left = bytes.count - offset
        guard left > 0 else { return .end }
        guard !isPadded else { return .fault(.invalidPadding) }
        guard left >= 4 else { return .fault(.truncatedHeader) }
        let first = bytes[offset]
        guard first >> 6 == 2 else { return .fault(.wrongVersion(first >> 6)) }
        let type = bytes[offset + 1]
        guard (192...223).contains(type) else { return .fault(.notRTCP(type)) }
        let count = (Int(bytes.uint16(at: offset + 2)) + 1) * 4
        guard count <= left else { return .fault(.truncatedPacket) }
        var padding = 0
        if first & 0x20 != 0 {
            padding = Int(bytes[offset + count - 1])
            guard padding > 0, padding & 3 == 0, padding <= count - 4 else { return .fault(.invalidPadding) }
            isPadded = true
        }
        defer { offset += count }
        return .packet(
            RTCPPacket(
                type: RTCPPacket.Kind(rawValue: type), count: first & 0x1F,
                body: bytes.slice(offset + 4, count - 4 - padding)))
    }
}
