public import Forwarding
internal import NetTypes

/// Copies of packets on their way from a worker to whoever looks at them: memory of fixed size with one writer and one
/// reader. When it is full, packets are counted and left out; the writer never waits.
///
/// `@unchecked Sendable`: writer and reader never touch the same part of the memory, which the ring's positions see to.
public final class TapRing: @unchecked Sendable {
    let writer: TapWriter

    /// A ring of `bytes`, rounded down to a power of two. The memory is taken as it is used.
    init(bytes: Int) {
        writer = TapWriter(ring: ItemRing(bytes: bytes))
    }

    deinit {
        writer.ring.deallocate()
    }

    /// Packets that were lost since the start.
    public var missed: UInt64 { writer.ring.missed }

    /// Takes the oldest item out; `nil` when there is none. For one thread.
    public func next(worker: UInt16) -> ObservedItem? {
        guard let place = writer.ring.first else { return nil }
        defer { writer.ring.removeFirst() }
        return place.load(as: TapHeader.self).item(worker: worker, payload: place + TapHeader.size)
    }
}

/// What stands in front of a copy.
struct TapHeader: ItemHeader {
    enum Kind: UInt8, BitwiseCopyable {
        case packet
        case event
    }

    /// Octets from one header to the next.
    static let size = ItemRing.alignment

    /// Header, copy and padding.
    var length: UInt32 = 0
    var kind: Kind
    /// Of a packet.
    var points: UInt8 = 0
    /// The code of a fate, or the kind of an event.
    var code: UInt8 = 0
    var hasRemote = false
    var nanoseconds: UInt64 = 0
    var slot: UInt32 = 0
    var generation: UInt16 = 0
    /// Octets of the copy, and of the datagram.
    var copied: UInt16 = 0
    var count: UInt32 = 0
    var remote = TransportAddress(.unspecified(.ipv4), 0)

    init(_ kind: Kind) {
        self.kind = kind
    }

    fileprivate func item(worker: UInt16, payload: UnsafeMutableRawPointer) -> ObservedItem {
        let port = LocalPortID(worker: worker, slot: slot, generation: generation)
        if kind == .event {
            return .event(
                PathEvent(
                    nanoseconds: nanoseconds, port: port, kind: PathEvent.Kind(rawValue: code) ?? .planned,
                    endpoint: hasRemote ? remote : nil))
        }
        return .packet(
            ObservedPacket(
                nanoseconds: nanoseconds, port: port, points: TapPoints(rawValue: points),
                fate: PacketFate(code: code), remote: remote,
                bytes: Array(UnsafeRawBufferPointer(start: payload, count: Int(copied))), originalCount: Int(count)))
    }
}

/// The writing end of a ``TapRing``. For one thread.
struct TapWriter: BitwiseCopyable {
    let ring: ItemRing

    /// Appends a header with `bytes` behind it, to be seen after ``publish()``. Returns where the header is, so that its
    /// fate can be told later; `nil` when there is no room.
    @inline(__always)
    func append(_ header: TapHeader, _ bytes: UnsafeRawBufferPointer) -> UnsafeMutableRawPointer? {
        let copied = min(bytes.count, Int(UInt16.max))
        var header = header
        header.copied = UInt16(truncatingIfNeeded: copied)
        header.count = UInt32(truncatingIfNeeded: bytes.count)
        return ring.append(header, UnsafeRawBufferPointer(start: bytes.baseAddress, count: copied))
    }

    /// Lets the reader see what was appended.
    @inline(__always)
    func publish() { ring.publish() }
}
