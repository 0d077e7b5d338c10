public import Forwarding
internal import MediaFormats
public import NetTypes
internal import PacketPath
internal import RTP

/// A stream of RTP found in a capture: one source on its way from one address to another.
public struct RecordedStream: Sendable {
    /// Where it comes from.
    public var source: TransportAddress
    /// Where it goes.
    public var destination: TransportAddress
    /// Seen without its encryption, in a capture of a relay.
    public var isDecrypted: Bool
    /// Its numbers. The clock is known for static payload types (RFC 3551 §6) alone.
    public var statistics: StreamStatistics
    /// The encoding of its payload type, where that is fixed.
    public var encodingName: String?
}

/// Finds streams of RTP where no signalling tells of them.
struct StreamAnalysis {
    /// Fewer packets are no stream: other protocols have the same first bits at times.
    private static let fewest: UInt64 = 5
    private static let quietPayload = 8

    private struct Key: Hashable {
        var source: TransportAddress
        var destination: TransportAddress
        var ssrc: UInt32
        var isDecrypted: Bool
    }

    private var places: [Key: Int] = [:]
    private var found: [(key: Key, reception: ReceptionStatistics)] = []
    private let limit: Int
    /// Packets of streams beyond the limit.
    private(set) var leftOut = 0

    /// - Parameter ports: ports of calls, whose packets are passed over.
    init(_ traffic: RecordedTraffic, without ports: PortsInUse, limits: ReplayLimits) {
        limit = limits.streams
        for datagram in traffic.datagrams where datagram.layer != .relay {
            let time = datagram.nanoseconds
            guard !ports.contains(datagram.source, at: time), !ports.contains(datagram.destination, at: time)
            else { continue }
            add(datagram)
        }
    }

    private mutating func add(_ datagram: RecordedDatagram) {
        guard datagram.bytes.withUnsafeBytes({ DatagramKind(of: $0) }) == .rtp else { return }
        // What was cut off behind the fixed header is a packet all the same.
        guard
            let header = datagram.bytes.withUnsafeBytes({ bytes in
                RTPHeader(bytes) ?? RTPHeader(fixed: bytes)
            })
        else { return }
        let key = Key(
            source: datagram.source, destination: datagram.destination, ssrc: header.ssrc,
            isDecrypted: datagram.layer == .clear)
        guard let place = places[key] ?? claim(key) else {
            leftOut += 1
            return
        }
        found[place].reception.record(
            sequenceNumber: header.sequenceNumber, timestamp: header.timestamp, payloadType: header.payloadType,
            byteCount: datagram.originalCount,
            clockRate: PayloadFormat.assigned(header.payloadType)?.clockRate ?? 0,
            isQuiet: datagram.originalCount - header.payloadOffset <= Self.quietPayload, now: datagram.nanoseconds)
    }

    private mutating func claim(_ key: Key) -> Int? {
        guard found.count < limit else { return nil }
        places[key] = found.count
        found.append((key, ReceptionStatistics(ssrc: key.ssrc)))
        return found.count - 1
    }

    /// The streams in the order of their beginning.
    var streams: [RecordedStream] {
        found.filter { $0.reception.packets >= Self.fewest }.map { key, reception in
            RecordedStream(
                source: key.source, destination: key.destination, isDecrypted: key.isDecrypted,
                statistics: StreamStatistics(reception),
                encodingName: PayloadFormat.assigned(reception.payloadType)?.encodingName)
        }
    }
}

extension RTPHeader {
    /// The fixed header alone, of a packet whose end is missing.
    fileprivate init?(fixed bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= RTPHeader.minimumCount, bytes[0] >> 6 == 2 else { return nil }
        func word(_ offset: Int) -> UInt32 {
            UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        self.init(
            payloadType: bytes[1] & 0x7F, sequenceNumber: UInt16(truncatingIfNeeded: word(0)), timestamp: word(4),
            ssrc: word(8))
    }
}
