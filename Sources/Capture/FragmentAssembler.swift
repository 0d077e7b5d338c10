/// Puts fragments of IP packets together (RFC 791 §3.2, RFC 8200 §4.5): requests with an SDP of a browser do not fit
/// into one frame of an Ethernet.
public struct FragmentAssembler: Sendable {
    /// Packets that wait for their other fragments at most; the oldest is given up.
    private static let mostWaiting = 64
    private static let fragmentHeader: UInt8 = 44
    /// The largest packet that there is (RFC 791 §3.1).
    private static let mostOctets = 65_535
    /// How long fragments wait for others: as long as a host that reassembles, about (RFC 1122 §3.3.2).
    private static let patience: UInt64 = 30_000_000_000

    private struct Key: Hashable {
        /// Addresses, identification and protocol, as they stand in the headers.
        var name: [UInt8]
    }

    private struct Waiting {
        /// The header that the whole packet gets, with a length to be filled in.
        var header: [UInt8]
        /// Octets behind the header, by their offset.
        var pieces: [Int: [UInt8]] = [:]
        /// How many there are in all; known with the last fragment.
        var count: Int?
        /// When the first one was seen.
        var nanoseconds: UInt64
        /// Octets in all pieces.
        var octets = 0
        /// Fragments that were taken.
        var fragments = 0

        mutating func take(_ fragment: Fragment) {
            fragments += 1
            octets += fragment.bytes.count - (pieces[fragment.offset]?.count ?? 0)
            pieces[fragment.offset] = fragment.bytes
            if fragment.isLast { count = fragment.offset + fragment.bytes.count }
        }
    }

    private struct Fragment {
        var key: Key
        var header: [UInt8]
        var offset: Int
        var isLast: Bool
        /// All of it was captured.
        var isWhole: Bool
        var bytes: [UInt8]
    }

    private var waiting: [Key: Waiting] = [:]
    private var order: [Key] = []
    /// Fragments that were taken and belong to no packet that has come together.
    public private(set) var unused = 0

    /// An assembler without fragments.
    public init() {}

    /// Takes the next frame of a capture. Gives it back when it is no fragment, the whole packet as a frame of raw IP when
    /// it completes one, and nothing else.
    public mutating func add(_ record: CaptureRecord) -> CaptureRecord? {
        guard let start = CapturedDatagram.networkOffset(record.frame, record.linkType),
            let fragment = Self.fragment(record.frame, at: start)
        else { return record }
        unused += 1
        // Of one that was cut short the rest is missing for good.
        guard fragment.isWhole, !fragment.bytes.isEmpty else { return nil }
        if let known = waiting[fragment.key] {
            let (earlier, later) = (
                min(known.nanoseconds, record.nanoseconds), max(known.nanoseconds, record.nanoseconds)
            )
            if later - earlier > Self.patience { giveUp(fragment.key) }
        }
        if waiting[fragment.key] == nil { begin(fragment, at: record.nanoseconds) }
        waiting[fragment.key]?.take(fragment)
        guard let packet = waiting[fragment.key] else { return nil }
        // What is more than there can be, or than there is, never comes together.
        let most = min(packet.count ?? .max, Self.mostOctets)
        guard packet.octets >= most || fragment.offset + fragment.bytes.count > Self.mostOctets else { return nil }
        giveUp(fragment.key)
        guard packet.octets == packet.count, let frame = Self.whole(packet) else { return nil }
        unused -= packet.fragments
        return CaptureRecord(
            nanoseconds: record.nanoseconds, interface: record.interface, interfaceName: record.interfaceName,
            linkType: .raw, frame: frame, originalCount: frame.count, comments: record.comments)
    }

    private mutating func giveUp(_ key: Key) {
        waiting[key] = nil
        order.removeAll { $0 == key }
    }

    private mutating func begin(_ fragment: Fragment, at nanoseconds: UInt64) {
        if order.count == Self.mostWaiting { waiting[order.removeFirst()] = nil }
        order.append(fragment.key)
        waiting[fragment.key] = Waiting(header: fragment.header, nanoseconds: nanoseconds)
    }

    /// The fragment in `frame`, whose IP header is at `start`; `nil` for a whole packet, and for what is none.
    private static func fragment(_ frame: [UInt8], at start: Int) -> Fragment? {
        guard start < frame.count else { return nil }
        switch frame[start] >> 4 {
        case 4:
            guard frame.count - start >= 20 else { return nil }
            let field = ByteOrder.big.uint16(frame, at: start + 6)
            let (length, total) = (Int(frame[start] & 15) * 4, Int(ByteOrder.big.uint16(frame, at: start + 2)))
            guard field & 0x3FFF != 0, length >= 20, total >= length, frame.count - start >= length else { return nil }
            var header = Array(frame[start..<(start + 20)])
            header[0] = 0x45
            header.storeBig(0, at: 6)
            let name =
                Array(frame[(start + 4)..<(start + 6)]) + [frame[start + 9]]
                + frame[(start + 12)..<(start + 20)]
            return Fragment(
                key: Key(name: name), header: header, offset: Int(field & 0x1FFF) * 8, isLast: field & 0x2000 == 0,
                isWhole: frame.count - start >= total,
                bytes: Array(frame[(start + length)..<min(start + total, frame.count)]))
        case 6:
            guard frame.count - start >= 48, frame[start + 6] == fragmentHeader else { return nil }
            let total = Int(ByteOrder.big.uint16(frame, at: start + 4))
            guard total >= 8 else { return nil }
            let field = ByteOrder.big.uint16(frame, at: start + 42)
            var header = Array(frame[start..<(start + 40)])
            header[6] = frame[start + 40]
            let name = Array(frame[(start + 44)..<(start + 48)]) + frame[(start + 8)..<(start + 40)]
            return Fragment(
                key: Key(name: name), header: header, offset: Int(field >> 3) * 8, isLast: field & 1 == 0,
                isWhole: frame.count - start - 40 >= total,
                bytes: Array(frame[(start + 48)..<min(start + 40 + total, frame.count)]))
        default: return nil
        }
    }

    /// The packet, if all of it is there and nothing twice.
    private static func whole(_ packet: Waiting) -> [UInt8]? {
        guard let count = packet.count, count <= 65_535 - packet.header.count else { return nil }
        var bytes: [UInt8] = []
        for (offset, piece) in packet.pieces.sorted(by: { $0.key < $1.key }) {
            guard offset == bytes.count else { return nil }
            bytes += piece
        }
        guard bytes.count == count else { return nil }
        var frame = packet.header + bytes
        let isIPv6 = packet.header[0] >> 4 == 6
        frame.storeBig(UInt16(isIPv6 ? count : count + packet.header.count), at: isIPv6 ? 4 : 2)
        return frame
    }
}
