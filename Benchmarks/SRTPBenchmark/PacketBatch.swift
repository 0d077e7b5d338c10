/// RTP packets of one stream, one behind the other in memory, with room behind each.
struct PacketBatch: ~Copyable {
    let count: Int
    private let stride: Int
    private let memory: UnsafeMutableRawBufferPointer
    private let saved: UnsafeMutableRawBufferPointer
    private let ssrc: UInt32
    private var nextSequenceNumber: UInt16 = 1

    init(count: Int, length: Int, room: Int, ssrc: UInt32) {
        self.count = count
        self.ssrc = ssrc
        stride = (length + room + 15) & ~15
        memory = .allocate(byteCount: count * stride, alignment: 16)
        saved = .allocate(byteCount: count * stride, alignment: 16)
        for index in memory.indices { memory[index] = UInt8(truncatingIfNeeded: index &* 7) }
    }

    deinit {
        memory.deallocate()
        saved.deallocate()
    }

    subscript(index: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory[index * stride..<(index + 1) * stride])
    }

    /// Fresh headers, the sequence going on.
    mutating func refill() {
        for index in 0..<count {
            let packet = self[index]
            packet.storeBytes(of: UInt16(0x8000).bigEndian, as: UInt16.self)
            packet.storeBytes(of: nextSequenceNumber.bigEndian, toByteOffset: 2, as: UInt16.self)
            packet.storeBytes(of: UInt32(nextSequenceNumber).bigEndian, toByteOffset: 4, as: UInt32.self)
            packet.storeBytes(of: ssrc.bigEndian, toByteOffset: 8, as: UInt32.self)
            nextSequenceNumber &+= 1
        }
    }

    func save() { saved.copyMemory(from: UnsafeRawBufferPointer(memory)) }

    func restore() { memory.copyMemory(from: UnsafeRawBufferPointer(saved)) }
}
