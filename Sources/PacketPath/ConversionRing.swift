public import Forwarding
internal import Synchronization

/// Packets on their way from a worker to a thread that converts them, or back: memory of fixed size with one writer and
/// one reader. When it is full, the packet at hand is left out; neither waits for the other.
///
/// `@unchecked Sendable`: writer and reader never touch the same part of the memory, which the positions see to.
public final class ConversionRing: @unchecked Sendable {
    let writer: ConversionWriter

    /// A ring of `bytes`, rounded down to a power of two, at least 64 KiB. The memory is taken as it is used.
    public init(bytes: Int) {
        var capacity = 1 << 16
        while capacity * 2 <= bytes { capacity *= 2 }
        writer = ConversionWriter(capacity: capacity)
    }

    deinit {
        // The writer is gone, and may have left orders that nobody was to see yet.
        _ = writer.publish()
        while let item = first {
            _ = item.order
            removeFirst()
        }
        writer.deallocate()
    }

    /// Appends an item, to be seen after ``publish()``; false when there is no room. For the writing thread.
    public func append(_ header: ConversionHeader, _ bytes: UnsafeRawBufferPointer) -> Bool {
        writer.append(header, bytes)
    }

    /// Lets the reader see what was appended; false when that was nothing. For the writing thread.
    public func publish() -> Bool { writer.publish() }

    /// Whether there is nothing to read. For the reading thread.
    public var isEmpty: Bool {
        let control = writer.control
        return control[ConversionWriter.Position.head].load(ordering: .relaxed)
            == control[ConversionWriter.Position.published].load(ordering: .sequentiallyConsistent)
    }

    /// The oldest item, valid until ``removeFirst()``; `nil` when there is none. For the reading thread.
    public var first: ConversionItem? {
        let control = writer.control
        var head = control[ConversionWriter.Position.head].load(ordering: .relaxed)
        while head != control[ConversionWriter.Position.published].load(ordering: .acquiring) {
            let place = writer.memory + Int(head & writer.mask)
            let header = place.load(as: ConversionHeader.self)
            guard header.kind == .filler else {
                return ConversionItem(
                    header: header,
                    bytes: UnsafeMutableRawBufferPointer(
                        start: place + ConversionHeader.size, count: Int(header.count)))
            }
            head &+= UInt64(header.length)
            control[ConversionWriter.Position.head].store(head, ordering: .releasing)
        }
        return nil
    }

    /// Lets go of the item that ``first`` is. For the reading thread.
    public func removeFirst() {
        let control = writer.control
        let head = control[ConversionWriter.Position.head].load(ordering: .relaxed)
        let header = (writer.memory + Int(head & writer.mask)).load(as: ConversionHeader.self)
        control[ConversionWriter.Position.head].store(head &+ UInt64(header.length), ordering: .releasing)
    }
}

/// What is to be done for the streams of a port from now on.
public final class ConversionOrder: Sendable {
    /// The port.
    public let port: LocalPortID
    /// What its plan says; `nil` when it was closed.
    public let set: ConversionSet?

    init(_ port: LocalPortID, _ set: ConversionSet?) {
        self.port = port
        self.set = set
    }
}

/// What stands in front of an item.
public struct ConversionHeader: BitwiseCopyable {
    /// What an item is.
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        case filler
        /// RTP in clear.
        case packet
        /// An order for the port.
        case order
        /// A packet was not converted.
        case refusal
    }

    /// Octets from a header to what stands behind it.
    static let size = 64

    /// Header, content and padding.
    var length: UInt32 = 0
    /// Octets of the content.
    var count: UInt32 = 0
    /// What the item is.
    public var kind: Kind
    /// Of a refusal: why.
    public var reason = DropReason.malformed
    /// The port that the packet arrived on.
    public var port: LocalPortID
    /// When the packet arrived, in monotonic nanoseconds.
    public var nanoseconds: UInt64 = 0
    /// Of a packet on its way back: a time of the source and the same one of the outgoing stream, each with its clock
    /// rate in Hz, which is 0 while that is not known.
    public var sourceTimestamp: UInt32 = 0
    /// See ``sourceTimestamp``.
    public var outgoingTimestamp: UInt32 = 0
    /// See ``sourceTimestamp``.
    public var sourceClockRate: UInt32 = 0
    /// See ``sourceTimestamp``.
    public var outgoingClockRate: UInt32 = 0

    /// An item of `port`.
    public init(_ kind: Kind, _ port: LocalPortID) {
        self.kind = kind
        self.port = port
    }
}

/// An item of a ``ConversionRing``.
public struct ConversionItem {
    /// What it is.
    public let header: ConversionHeader
    /// The packet. Valid until the item is removed.
    public let bytes: UnsafeMutableRawBufferPointer

    /// Of an ``ConversionHeader/Kind/order``: the order, which the ring gives up with this. To be asked for once.
    public var order: ConversionOrder? {
        guard header.kind == .order, let start = bytes.baseAddress else { return nil }
        return Unmanaged<ConversionOrder>.fromOpaque(start.load(as: UnsafeRawPointer.self)).takeRetainedValue()
    }
}

/// The writing end of a ``ConversionRing``, for the packet path, which touches no object. For one thread.
struct ConversionWriter: BitwiseCopyable {
    enum Position {
        /// Written by the writer for itself.
        static let written = 0
        /// Where the reader may read to.
        static let published = 8
        /// Where the reader is.
        static let head = 16
        static let count = 24
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

    func append(_ header: ConversionHeader, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let length = (ConversionHeader.size &+ bytes.count &+ 63) & ~63
        guard let place = reserve(length) else { return false }
        var header = header
        header.length = UInt32(truncatingIfNeeded: length)
        header.count = UInt32(truncatingIfNeeded: bytes.count)
        place.storeBytes(of: header, as: ConversionHeader.self)
        if let start = bytes.baseAddress {
            (place + ConversionHeader.size).copyMemory(from: start, byteCount: bytes.count)
        }
        return true
    }

    /// Appends an order, of which the reader becomes an owner.
    func append(_ order: ConversionOrder) -> Bool {
        let reference = Unmanaged.passRetained(order)
        let isTaken = withUnsafeBytes(of: UnsafeRawPointer(reference.toOpaque())) {
            append(ConversionHeader(.order, order.port), $0)
        }
        if !isTaken { reference.release() }
        return isTaken
    }

    private func reserve(_ length: Int) -> UnsafeMutableRawPointer? {
        let written = control[Position.written].load(ordering: .relaxed)
        let head = control[Position.head].load(ordering: .acquiring)
        let place = Int(truncatingIfNeeded: written & mask)
        let capacity = Int(truncatingIfNeeded: mask) &+ 1
        // An item stands in one piece.
        let skipped = place &+ length > capacity ? capacity &- place : 0
        guard Int(truncatingIfNeeded: written &- head) &+ skipped &+ length <= capacity else { return nil }
        if skipped > 0 {
            var filler = ConversionHeader(.filler, LocalPortID(worker: 0, slot: 0, generation: 0))
            filler.length = UInt32(truncatingIfNeeded: skipped)
            (memory + place).storeBytes(of: filler, as: ConversionHeader.self)
        }
        control[Position.written].store(written &+ UInt64(truncatingIfNeeded: skipped &+ length), ordering: .relaxed)
        return memory + (skipped > 0 ? 0 : place)
    }

    /// Lets the reader see what was appended; false when that was nothing.
    func publish() -> Bool {
        let written = control[Position.written].load(ordering: .relaxed)
        guard control[Position.published].load(ordering: .relaxed) != written else { return false }
        // In one order with the reader's word that it is going to wait.
        control[Position.published].store(written, ordering: .sequentiallyConsistent)
        return true
    }
}
