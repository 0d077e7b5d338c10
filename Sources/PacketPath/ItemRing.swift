internal import Synchronization

/// Items on their way from one thread to another: memory of fixed size with one writer and one reader, neither of whom
/// waits for the other. An item stands in one piece, begins at a multiple of 64 octets, and its first four octets say how
/// long it is.
///
/// A plain value, so that the packet path can keep it without touching an object; whoever made it deallocates it.
struct ItemRing: BitwiseCopyable {
    /// In ``control``, each on a cache line of its own.
    private enum Position {
        /// Written by the writer for itself.
        static let written = 0
        /// Where the reader may read to.
        static let published = 8
        /// Where the reader is.
        static let head = 16
        static let missed = 24
        static let count = 32
    }

    static let alignment = 64
    /// In the length of what only fills the memory up to its end.
    private static let filler: UInt32 = 1 << 31

    private let memory: UnsafeMutableRawPointer
    private let control: UnsafeMutablePointer<Atomic<UInt64>>
    private let mask: UInt64

    /// A ring of `bytes`, rounded down to a power of two, at least 64 KiB. The memory is taken as it is used.
    init(bytes: Int) {
        var capacity = 1 << 16
        while capacity * 2 <= bytes { capacity *= 2 }
        memory = .allocate(byteCount: capacity, alignment: Self.alignment)
        control = UnsafeMutableRawPointer.allocate(
            byteCount: Position.count * MemoryLayout<UInt64>.stride, alignment: Self.alignment
        ).bindMemory(to: Atomic<UInt64>.self, capacity: Position.count)
        for position in 0..<Position.count { (control + position).initialize(to: Atomic(0)) }
        mask = UInt64(capacity - 1)
    }

    func deallocate() {
        memory.deallocate()
        control.deinitialize(count: Position.count).deallocate()
    }

    /// Items for which there was no room.
    var missed: UInt64 { control[Position.missed].load(ordering: .relaxed) }

    /// Appends an item of `header` and a copy of `bytes` behind the first 64 octets, to be seen after ``publish()``.
    /// Returns where it is; `nil` when there is no room. For the writer.
    @inline(__always)
    func append<Header: ItemHeader>(_ header: Header, _ bytes: UnsafeRawBufferPointer) -> UnsafeMutableRawPointer? {
        let length = (Self.alignment &+ bytes.count &+ Self.alignment &- 1) & ~(Self.alignment &- 1)
        guard let place = reserve(length) else { return nil }
        var header = header
        header.length = UInt32(truncatingIfNeeded: length)
        place.storeBytes(of: header, as: Header.self)
        if let start = bytes.baseAddress {
            (place + Self.alignment).copyMemory(from: start, byteCount: bytes.count)
        }
        return place
    }

    @inline(__always)
    private func reserve(_ length: Int) -> UnsafeMutableRawPointer? {
        let written = control[Position.written].load(ordering: .relaxed)
        let head = control[Position.head].load(ordering: .acquiring)
        let place = Int(truncatingIfNeeded: written & mask)
        let capacity = Int(truncatingIfNeeded: mask) &+ 1
        let skipped = place &+ length > capacity ? capacity &- place : 0
        guard Int(truncatingIfNeeded: written &- head) &+ skipped &+ length <= capacity else {
            control[Position.missed].store(missed &+ 1, ordering: .relaxed)
            return nil
        }
        if skipped > 0 {
            (memory + place).storeBytes(of: UInt32(truncatingIfNeeded: skipped) | Self.filler, as: UInt32.self)
        }
        control[Position.written].store(written &+ UInt64(truncatingIfNeeded: skipped &+ length), ordering: .relaxed)
        return memory + (skipped > 0 ? 0 : place)
    }

    /// Lets the reader see what was appended; false when that was nothing. For the writer.
    @inline(__always)
    @discardableResult
    func publish() -> Bool {
        let written = control[Position.written].load(ordering: .relaxed)
        guard control[Position.published].load(ordering: .relaxed) != written else { return false }
        // In one order with a reader's word that it is going to wait.
        control[Position.published].store(written, ordering: .sequentiallyConsistent)
        return true
    }

    /// Whether there is nothing to read. For the reader.
    var isEmpty: Bool {
        control[Position.head].load(ordering: .relaxed)
            == control[Position.published].load(ordering: .sequentiallyConsistent)
    }

    /// The oldest item, valid until ``removeFirst()``; `nil` when there is none. For the reader.
    var first: UnsafeMutableRawPointer? {
        var head = control[Position.head].load(ordering: .relaxed)
        while head != control[Position.published].load(ordering: .acquiring) {
            let place = memory + Int(head & mask)
            let length = place.load(as: UInt32.self)
            guard length & Self.filler != 0 else { return place }
            head &+= UInt64(length & ~Self.filler)
            control[Position.head].store(head, ordering: .releasing)
        }
        return nil
    }

    /// Lets go of the item that ``first`` is. For the reader.
    func removeFirst() {
        let head = control[Position.head].load(ordering: .relaxed)
        let length = (memory + Int(head & mask)).load(as: UInt32.self)
        control[Position.head].store(head &+ UInt64(length), ordering: .releasing)
    }
}

/// What stands in front of an item's content: at most 64 octets, of which the length is the first four.
protocol ItemHeader: BitwiseCopyable {
    /// Octets from this header to the next; the ring's own.
    var length: UInt32 { get set }
}
