import Forwarding
import LinuxIO
import Synchronization

/// Copies of handshake datagrams on their way from one worker to one handshake thread. Neither waits for the other:
/// when the ring is full, the datagram at hand is dropped, as any hop on the way might have done, and the peer sends
/// it again.
final class HandshakeRing: Sendable {
    /// Datagrams that the ring holds, a power of two.
    static let slots: UInt32 = 128
    /// Bytes of a slot; its memory is taken when it is first used.
    private static let slotSize = 2048
    /// Longest datagram. DTLS stays below the path's MTU (RFC 6347 §4.1.1.1).
    static let largestDatagram = HandshakeRing.slotSize - MemoryLayout<Header>.stride

    private struct Header: BitwiseCopyable {
        var port: LocalPortID
        var association: UInt64
        var count: Int
    }

    private let memory: SharedMemory
    private let head = Atomic<UInt32>(0)
    private let tail = Atomic<UInt32>(0)

    init() throws(SystemError) {
        memory = SharedMemory(try MappedMemory(size: Int(HandshakeRing.slots) * HandshakeRing.slotSize))
    }

    /// How many datagrams wait. For the handshake thread.
    var count: UInt32 {
        tail.load(ordering: .sequentiallyConsistent) &- head.load(ordering: .relaxed)
    }

    /// Puts in a copy; false when there is no room, or none for so long a datagram. For the worker only.
    func push(_ bytes: UnsafeRawBufferPointer, for port: LocalPortID, association: UInt64) -> Bool {
        let position = tail.load(ordering: .relaxed)
        guard position &- head.load(ordering: .acquiring) < HandshakeRing.slots,
            bytes.count <= HandshakeRing.largestDatagram
        else { return false }
        let slot = memory.start + Int(position % HandshakeRing.slots) * HandshakeRing.slotSize
        slot.storeBytes(of: Header(port: port, association: association, count: bytes.count), as: Header.self)
        UnsafeMutableRawBufferPointer(
            start: slot + MemoryLayout<Header>.stride, count: HandshakeRing.largestDatagram
        ).copyMemory(from: bytes)
        // In one order with the thread's word that it is going to wait.
        tail.store(position &+ 1, ordering: .sequentiallyConsistent)
        return true
    }

    /// Takes out the oldest datagram; its bytes are valid during the call. For the handshake thread only.
    func pop(_ body: (LocalPortID, UInt64, UnsafeRawBufferPointer) -> Void) {
        let position = head.load(ordering: .relaxed)
        guard position != tail.load(ordering: .acquiring) else { return }
        let slot = memory.start + Int(position % HandshakeRing.slots) * HandshakeRing.slotSize
        let header = slot.load(as: Header.self)
        body(
            header.port, header.association,
            UnsafeRawBufferPointer(start: slot + MemoryLayout<Header>.stride, count: header.count))
        head.store(position &+ 1, ordering: .releasing)
    }
}

/// Memory that one thread writes and another reads, in turn as head and tail of a ring say.
private struct SharedMemory: ~Copyable, @unchecked Sendable {
    private let memory: MappedMemory
    var start: UnsafeMutableRawPointer { memory.start }

    init(_ memory: consuming MappedMemory) {
        self.memory = memory
    }
}
