public import Forwarding
internal import NetTypes
internal import Synchronization

/// Copies of packets on their way from a worker to whoever looks at them: memory of fixed size with one writer and one
/// reader. When it is full, packets are counted and left out; the writer never waits.
///
/// `@unchecked Sendable`: writer and reader never touch the same part of the memory, which the positions see to.
public final class TapRing: @unchecked Sendable {
    let writer: TapWriter

    /// A ring of `bytes`, rounded down to a power of two. The memory is taken as it is used.
    init(bytes: Int) {
        var capacity = 1 << 16
        while capacity * 2 <= bytes { capacity *= 2 }
        writer = TapWriter(capacity: capacity)
    }

    deinit {
        writer.deallocate()
    }

    /// Packets that were lost since the start.
    public var missed: UInt64 { writer.control[TapWriter.Position.missed].load(ordering: .relaxed) }

    /// Takes the oldest item out; `nil` when there is none. For one thread.
    public func next(worker: UInt16) -> ObservedItem? {
        let control = writer.control
        var head = control[TapWriter.Position.head].load(ordering: .relaxed)
        while head < control[TapWriter.Position.published].load(ordering: .acquiring) {
            let place = writer.memory + Int(head & writer.mask)
            let header = place.loadUnaligned(as: TapHeader.self)
            head += UInt64(header.length)
            guard header.kind != .filler else {
                control[TapWriter.Position.head].store(head, ordering: .releasing)
                continue
            }
            let item = header.item(worker: worker, payload: place + TapHeader.size)
            control[TapWriter.Position.head].store(head, ordering: .releasing)
            return item
        }
        return nil
    }
}

/// What stands in front of a copy.
struct TapHeader: BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable {
        case filler
        case packet
        case event
    }

    /// Octets from one header to the next.
    static let size = 64

    /// Header, copy and padding.
    var length: UInt32
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

    init(length: Int, kind: Kind) {
        self.length = UInt32(truncatingIfNeeded: length)
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
    enum Position {
        /// Written by the writer for itself.
        static let written = 0
        /// Where the reader may read to.
        static let published = 8
        /// Where the reader is.
        static let head = 16
        static let missed = 24
        static let count = 32
    }

    let memory: UnsafeMutableRawPointer
    /// Each on a cache line of its own.
    let control: UnsafeMutablePointer<Atomic<UInt64>>
    let mask: UInt64

    fileprivate init(capacity: Int) {
        memory = .allocate(byteCount: capacity, alignment: 64)
        control = UnsafeMutableRawPointer.allocate(
            byteCount: Position.count * MemoryLayout<UInt64>.stride, alignment: 64
        ).bindMemory(to: Atomic<UInt64>.self, capacity: Position.count)
        for position in 0..<Position.count { (control + position).initialize(to: Atomic(0)) }
        mask = UInt64(capacity - 1)
    }

    fileprivate func deallocate() {
        memory.deallocate()
        control.deinitialize(count: Position.count).deallocate()
    }

    /// Appends a header with `bytes` behind it, to be seen after ``publish()``. Returns where the header is, so that its
    /// fate can be told later; `nil` when there is no room.
    @inline(__always)
    func append(_ header: TapHeader, _ bytes: UnsafeRawBufferPointer) -> UnsafeMutableRawPointer? {
        let copied = min(bytes.count, Int(UInt16.max))
        let length = (TapHeader.size &+ copied &+ 63) & ~63
        guard let place = reserve(length) else { return nil }
        var header = header
        header.length = UInt32(truncatingIfNeeded: length)
        header.copied = UInt16(truncatingIfNeeded: copied)
        header.count = UInt32(truncatingIfNeeded: bytes.count)
        place.storeBytes(of: header, as: TapHeader.self)
        if copied > 0, let start = bytes.baseAddress {
            (place + TapHeader.size).copyMemory(from: start, byteCount: copied)
        }
        return place
    }

    @inline(__always)
    private func reserve(_ length: Int) -> UnsafeMutableRawPointer? {
        let written = control[Position.written].load(ordering: .relaxed)
        let head = control[Position.head].load(ordering: .acquiring)
        let place = Int(truncatingIfNeeded: written & mask)
        let capacity = Int(truncatingIfNeeded: mask) &+ 1
        // A copy stands in one piece.
        let skipped = place &+ length > capacity ? capacity &- place : 0
        guard Int(truncatingIfNeeded: written &- head) &+ skipped &+ length <= capacity else {
            let missed = control[Position.missed].load(ordering: .relaxed)
            control[Position.missed].store(missed &+ 1, ordering: .relaxed)
            return nil
        }
        if skipped > 0 {
            (memory + place).storeBytes(of: TapHeader(length: skipped, kind: .filler), as: TapHeader.self)
        }
        let end = written &+ UInt64(truncatingIfNeeded: skipped &+ length)
        control[Position.written].store(end, ordering: .relaxed)
        return memory + (skipped > 0 ? 0 : place)
    }

    /// Lets the reader see what was appended.
    @inline(__always)
    func publish() {
        let written = control[Position.written].load(ordering: .relaxed)
        if control[Position.published].load(ordering: .relaxed) != written {
            control[Position.published].store(written, ordering: .releasing)
        }
    }
}
