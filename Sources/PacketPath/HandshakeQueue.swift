internal import Forwarding
internal import NetTypes

/// DTLS datagrams on their way from the worker's packets to the handshakes: first in, first out, in memory allocated
/// once.
struct HandshakeQueue: ~Copyable {
    /// Longer datagrams are not taken.
    static let datagramLimit = 2048

    private struct Entry: BitwiseCopyable {
        var port: LocalPortID
        var association: UInt64
        var source: TransportAddress
        var count: Int
    }

    private let capacity: Int
    private let entries: UnsafeMutablePointer<Entry>
    private let bytes: UnsafeMutableRawPointer
    private var first = 0
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        entries = .allocate(capacity: capacity)
        bytes = .allocate(byteCount: capacity * Self.datagramLimit, alignment: 16)
    }

    deinit {
        entries.deallocate()
        bytes.deallocate()
    }

    /// Copies a datagram; false, without effect, when there is no room for it.
    mutating func append(
        _ datagram: UnsafeRawBufferPointer, port: LocalPortID, association: UInt64, source: TransportAddress
    ) -> Bool {
        guard count < capacity, datagram.count <= Self.datagramLimit, let start = datagram.baseAddress else {
            return false
        }
        let place = (first &+ count) % capacity
        (bytes + place &* Self.datagramLimit).copyMemory(from: start, byteCount: datagram.count)
        entries[place] = Entry(port: port, association: association, source: source, count: datagram.count)
        count &+= 1
        return true
    }

    /// Hands out the oldest datagram, if there is one, and forgets it.
    mutating func popFirst(_ body: (HandshakeDatagram) -> Void) -> Bool {
        guard count > 0 else { return false }
        let entry = entries[first]
        body(
            HandshakeDatagram(
                port: entry.port, association: entry.association, source: entry.source,
                bytes: UnsafeRawBufferPointer(start: bytes + first &* Self.datagramLimit, count: entry.count)))
        first = (first &+ 1) % capacity
        count &-= 1
        return true
    }
}
