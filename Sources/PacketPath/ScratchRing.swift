/// Memory for datagrams that leave the worker with other bytes than those that arrived: a ring of buffers, each given
/// out once between two batches.
struct ScratchRing: ~Copyable {
    /// Octets of a buffer: a received datagram of 2 KiB, and the longest MKI and tag behind it.
    static let bufferCount = 2048 + 256

    private let capacity: Int
    private let memory: UnsafeMutableRawPointer
    private var next = 0
    private var used = 0

    init(capacity: Int) {
        self.capacity = capacity
        memory = .allocate(byteCount: capacity * Self.bufferCount, alignment: 64)
    }

    deinit {
        memory.deallocate()
    }

    /// A buffer that no transmission of this batch has; `nil` when all are in use.
    @inline(__always)
    mutating func take() -> UnsafeMutableRawBufferPointer? {
        guard used < capacity else { return nil }
        let place = next
        next = place &+ 1 == capacity ? 0 : place &+ 1
        used &+= 1
        return UnsafeMutableRawBufferPointer(start: memory + place &* Self.bufferCount, count: Self.bufferCount)
    }

    /// All buffers are left.
    var isUnused: Bool { used == 0 }

    /// Whether so many buffers are left.
    func hasRoom(for count: Int) -> Bool { used &+ count <= capacity }

    /// Takes back the buffer given out last.
    @inline(__always)
    mutating func giveBack() {
        guard used > 0 else { return }
        next = next == 0 ? capacity &- 1 : next &- 1
        used &-= 1
    }

    /// The buffer that ``take()`` would give out, or has given out and got back.
    @inline(__always)
    var nextBuffer: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: memory + next &* Self.bufferCount, count: Self.bufferCount)
    }

    /// All transmissions so far have been sent.
    mutating func batchSent() {
        used = 0
    }
}
