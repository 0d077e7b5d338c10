public import Forwarding
internal import NetTypes
internal import Synchronization

/// What has happened on the ports of one worker during the last seconds: headers of media, the beginnings of checks and
/// handshakes, events. In memory of fixed size for all ports together; the worker writes, any thread reads.
///
/// Media has a ring of its own, so that the rarer things, which tell why a call has no audio, are kept for longer.
public final class FlightRecorder: Sendable {
    let media: CellRing
    let control: CellRing

    /// A recorder of so many bytes of memory, one eighth of it for what is not media.
    init(bytes: Int) {
        control = CellRing(bytes: bytes / 8, cellWords: ControlCell.wordCount)
        media = CellRing(bytes: bytes - bytes / 8, cellWords: MediaCell.wordCount)
    }

    /// What is known of `ports`, all of the worker `worker`, from before `nanoseconds`; oldest first.
    public func items(of ports: Set<LocalPortID>, worker: UInt16, before nanoseconds: UInt64) -> [ObservedItem] {
        var items: [ObservedItem] = []
        var source: (words: ArraySlice<UInt64>, cell: CellHeader)?
        for words in media.read() {
            let header = CellHeader(words[words.startIndex], words[words.startIndex + 1], near: nanoseconds)
            guard ports.contains(header.port(of: worker)) else { continue }
            if header.kind == CellHeader.Kind.address {
                source = (words, header)
                continue
            }
            let address = source.flatMap { $0.cell.slot == header.slot ? $0.words : nil }
            items.append(.packet(MediaCell.packet(words, header, worker: worker, address: address)))
            source = nil
        }
        for words in control.read() {
            let header = CellHeader(words[words.startIndex], words[words.startIndex + 1], near: nanoseconds)
            guard ports.contains(header.port(of: worker)) else { continue }
            items.append(ControlCell.item(words, header, worker: worker))
        }
        // As exact as the clock of the cells: what is about as late counts as later.
        let limit = nanoseconds & ~CellHeader.timeUnit
        return items.filter { $0.nanoseconds < limit }.sorted { $0.nanoseconds < $1.nanoseconds }
    }
}

/// The first two words of every cell: time, kind, generation and slot.
struct CellHeader {
    enum Kind {
        static let rtp: UInt64 = 0
        static let rtcp: UInt64 = 1
        /// The source of the next cell's packet, which is not the port's endpoint.
        static let address: UInt64 = 2
        static let other: UInt64 = 3
    }

    /// The clock is kept in units of 1024 ns, of which 46 bits last for two years.
    private static let timeShift: UInt64 = 10
    /// All bits below one unit of the clock.
    static let timeUnit: UInt64 = (1 << timeShift) - 1
    private static let timeMask: UInt64 = (1 << 46) - 1

    var nanoseconds: UInt64
    var kind: UInt64
    var generation: UInt16
    var slot: UInt32

    /// The first word.
    @inline(__always)
    static func first(_ now: UInt64, kind: UInt64, generation: UInt16) -> UInt64 {
        (now &>> timeShift & timeMask) &<< 18 | kind &<< 16 | UInt64(generation)
    }

    /// - Parameter reference: a time shortly after that of the cell.
    init(_ first: UInt64, _ second: UInt64, near reference: UInt64) {
        let units = reference >> Self.timeShift
        // Of the times with these bits the last one that is not in the future by more than half of a round.
        let behind = (units &- first >> 18) & Self.timeMask
        nanoseconds = behind > Self.timeMask / 2 ? .max : (units &- min(behind, units)) << Self.timeShift
        kind = first >> 16 & 3
        generation = UInt16(truncatingIfNeeded: first)
        slot = UInt32(truncatingIfNeeded: second >> 32)
    }

    func port(of worker: UInt16) -> LocalPortID {
        LocalPortID(worker: worker, slot: slot, generation: generation)
    }
}

/// The header of one media packet in 32 bytes.
enum MediaCell {
    static let wordCount = 4

    /// The packet of a cell. Its bytes are as much of the header as the cell has.
    static func packet(
        _ words: ArraySlice<UInt64>, _ header: CellHeader, worker: UInt16, address: ArraySlice<UInt64>?
    ) -> ObservedPacket {
        let first = words.startIndex
        let (second, third, fourth) = (words[first + 1], words[first + 2], words[first + 3])
        var bytes: [UInt8] = []
        func append(_ value: UInt64, _ count: Int) {
            for place in stride(from: count * 8 - 8, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(place)))
            }
        }
        // Version and marker, sequence number or length; then time stamp and SSRC.
        append(fourth >> 48, 2)
        append(third >> 16 & 0xFFFF, 2)
        if header.kind == CellHeader.Kind.rtp { append(third >> 32, 4) }
        append(second & 0xFFFF_FFFF, 4)
        let count = Int(third & 0xFFFF)
        let isIPv6 = fourth >> 1 & 1 == 1
        var remote = TransportAddress(.unspecified(isIPv6 ? .ipv6 : .ipv4), UInt16(truncatingIfNeeded: fourth >> 24))
        if let address {
            let (high, low) = (address[address.startIndex + 2], address[address.startIndex + 3])
            remote.address =
                isIPv6 ? IPAddress(ipv6High: high, low: low) : IPAddress(ipv4: UInt32(truncatingIfNeeded: low))
        }
        let isEncrypted = fourth & 1 == 1
        return ObservedPacket(
            nanoseconds: header.nanoseconds, port: header.port(of: worker),
            points: isEncrypted ? .wireIn : [.wireIn, .clearIn],
            fate: PacketFate(code: UInt8(truncatingIfNeeded: fourth >> 40)), remote: remote,
            bytes: Array(bytes.prefix(count)), originalCount: count)
    }
}

/// An event, or the beginning of a datagram that is no media, in 128 bytes.
enum ControlCell {
    static let wordCount = 16
    /// First word of the bytes.
    static let payload = 5
    /// Octets that are kept.
    static let payloadLimit = (wordCount - payload) * 8
    /// Stands for the fate in a cell with an event.
    static let eventMark: UInt64 = 0xFF

    static func item(_ words: ArraySlice<UInt64>, _ header: CellHeader, worker: UInt16) -> ObservedItem {
        let first = words.startIndex
        let second = words[first + 1]
        let flags = words[first + 4]
        let remote = TransportAddress(
            flags & 1 == 1
                ? IPAddress(ipv6High: words[first + 2], low: words[first + 3])
                : IPAddress(ipv4: UInt32(truncatingIfNeeded: words[first + 3])),
            UInt16(truncatingIfNeeded: second))
        let fate = flags >> 8 & 0xFF
        let port = header.port(of: worker)
        if fate == eventMark {
            return .event(
                PathEvent(
                    nanoseconds: header.nanoseconds, port: port,
                    kind: PathEvent.Kind(rawValue: UInt8(truncatingIfNeeded: flags >> 16)) ?? .planned,
                    endpoint: flags >> 1 & 1 == 1 ? remote : nil))
        }
        let count = Int(second >> 16 & 0xFFFF)
        let bytes = words[(first + payload)..<(first + wordCount)].flatMap { word in
            withUnsafeBytes(of: word) { Array($0) }
        }
        return .packet(
            ObservedPacket(
                nanoseconds: header.nanoseconds, port: port,
                points: TapPoints(rawValue: UInt8(truncatingIfNeeded: flags >> 16)),
                fate: PacketFate(code: UInt8(truncatingIfNeeded: fate)), remote: remote,
                bytes: Array(bytes.prefix(min(count, payloadLimit))), originalCount: count))
    }
}
