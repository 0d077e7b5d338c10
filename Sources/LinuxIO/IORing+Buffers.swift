import CLinuxIO
import Glibc
public import NetTypes

/// Memory that receives are given in turn. Each buffer has room for a header, a source address and a datagram.
struct ReceiveBuffers: ~Copyable {
    static let group: UInt16 = 1
    /// Bytes in front of the datagram.
    static let headroom = MemoryLayout<lio_receive_header>.size + SocketAddress.size

    /// Mapped; empty until buffers are made.
    let memory: UnsafeMutableRawBufferPointer
    let count: Int
    /// Bytes of one buffer, headroom and spare room included.
    let size: Int
    /// Bytes at the end of each buffer that no datagram gets into.
    let spare: Int
    /// How many of the buffers have been given to the kernel so far, from the first on.
    var circulating = 0

    init() {
        memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        count = 0
        size = 0
        spare = 0
    }

    init(count: Int, size: Int, spare: Int) throws(SystemError) {
        guard let start = lio_map(count * size) else { throw SystemError(code: ENOMEM, operation: "mmap") }
        memory = UnsafeMutableRawBufferPointer(start: start, count: count * size)
        self.count = count
        self.size = size
        self.spare = spare
    }

    deinit {
        if let start = memory.baseAddress { lio_unmap(start, memory.count) }
    }

    /// The first byte of a buffer; `nil` when there is no such buffer.
    func start(of buffer: UInt16) -> UnsafeMutableRawPointer? {
        guard Int(buffer) < count, let start = memory.baseAddress else { return nil }
        return start + Int(buffer) &* size
    }
}

extension IORing {
    /// Makes `count` buffers, a power of two up to 32 768, for datagrams of up to `payload` bytes with at least `spare`
    /// bytes behind each. The kernel gets the first `initial` of them now; the others take no room until
    /// ``circulateMoreBuffers()``.
    public mutating func makeBuffers(count: Int, payload: Int, spare: Int = 0, initial: Int) throws(SystemError) {
        guard (1...32_768).contains(count), count & (count - 1) == 0, (1...65_535).contains(payload),
            (0...65_535).contains(spare)
        else {
            throw SystemError(code: EINVAL, operation: "io_uring_register(PBUF_RING)")
        }
        // Datagrams start at multiples of 16, and each buffer on a cache line of its own.
        let size = (ReceiveBuffers.headroom + payload + spare + 63) & ~63
        let made = try ReceiveBuffers(count: count, size: size, spare: spare)
        let result = lio_ring_register_buffers(raw, UInt16(count), ReceiveBuffers.group)
        try SystemError.check(result, "io_uring_register(PBUF_RING)")
        buffers = made
        circulateBuffers(upTo: initial)
    }

    /// How many buffers are in use by kernel and reader together.
    public var circulatingBufferCount: Int { buffers.circulating }

    /// Doubles the number of buffers in use, as far as there are any.
    public mutating func circulateMoreBuffers() {
        circulateBuffers(upTo: max(1, circulatingBufferCount &* 2))
    }

    private mutating func circulateBuffers(upTo wanted: Int) {
        let first = buffers.circulating
        let end = min(wanted, buffers.count)
        guard first < end else { return }
        for index in first..<end {
            giveBack(UInt16(truncatingIfNeeded: index))
        }
        buffers.circulating = end
        publishBuffers()
    }

    /// Gives a buffer to the kernel, from ``publishBuffers()`` on. Nothing queued may still use it.
    public mutating func giveBack(_ buffer: UInt16) {
        guard let start = buffers.start(of: buffer) else { return }
        lio_ring_add_buffer(raw, start, UInt32(truncatingIfNeeded: buffers.size &- buffers.spare), buffer)
    }

    /// Lets the kernel see the buffers given back.
    public mutating func publishBuffers() {
        lio_ring_publish_buffers(raw)
    }

    /// A received datagram.
    public struct Datagram {
        /// In the completion's buffer, valid until that is given back.
        public let bytes: UnsafeMutableRawBufferPointer
        /// From the first byte on, how many the buffer has.
        public let capacity: Int
        /// Where it came from.
        public let source: TransportAddress
        /// The datagram was larger than the buffer.
        public let isTruncated: Bool
    }

    /// The datagram of a receive's completion; `nil` when it has none.
    public func datagram(of completion: Completion) -> Datagram? {
        guard let buffer = completion.buffer, let base = buffers.start(of: buffer),
            Int(completion.result) >= ReceiveBuffers.headroom, Int(completion.result) <= buffers.size
        else { return nil }
        let header = base.load(as: lio_receive_header.self)
        let name = base + MemoryLayout<lio_receive_header>.size
        guard let source = SocketAddress.read(name, length: header.name_length) else { return nil }
        let bytes = UnsafeMutableRawBufferPointer(
            start: base + ReceiveBuffers.headroom, count: Int(completion.result) &- ReceiveBuffers.headroom)
        let isTruncated = header.flags & UInt32(LIO_MESSAGE_TRUNCATED) != 0
        return Datagram(
            bytes: bytes, capacity: buffers.size &- ReceiveBuffers.headroom, source: source, isTruncated: isTruncated)
    }
}
