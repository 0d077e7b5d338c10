internal import CSRTP

/// The packets that protected legs are going to send, encrypted before the measurement: what libsrtp2 needs for one would
/// otherwise decide how many the generator can send. Each is sent once, with the sequence number and rollover counter it
/// was encrypted for; after the last one the generator encrypts as it goes.
struct SealedPackets: ~Copyable {
    /// Packets of each leg.
    let count: Int
    /// The octets of a packet on the wire for each leg; 0 for plain ones.
    private let lengths: UnsafeMutablePointer<Int>
    private let places: UnsafeMutablePointer<Int>
    private let memory: UnsafeMutableRawBufferPointer
    private let stride: Int

    /// Octets that all of them may take.
    private static let limit = 512 << 20

    /// Encrypts `seconds` of what each protected leg sends, and moves the legs' sequence numbers and timestamps behind it.
    init(_ legs: UnsafeMutableBufferPointer<Leg>, workload: MediaWorkload, seconds: Double) {
        lengths = .allocate(capacity: legs.count)
        lengths.initialize(repeating: 0, count: legs.count)
        places = .allocate(capacity: legs.count)
        places.initialize(repeating: 0, count: legs.count)
        let protected = legs.indices.filter { legs[$0].outbound != nil }
        stride = (workload.packetLength + 16 + 15) & ~15
        let bursts = Int(seconds * Double(workload.packetsPerSecond)) / workload.packetsPerBurst + 2
        let affordable = Self.limit / (stride * max(1, protected.count)) / workload.packetsPerBurst
        count = protected.isEmpty || seconds <= 0 ? 0 : min(bursts, affordable) * workload.packetsPerBurst
        memory = .allocate(byteCount: max(1, stride * count * protected.count), alignment: 16)
        guard count > 0 else { return }
        let scratch = UnsafeMutableRawPointer.allocate(
            byteCount: workload.packetLength + SRTPTransform.room, alignment: 16)
        defer { scratch.deallocate() }
        for (place, number) in protected.enumerated() {
            places[number] = place * count
            seal(&legs[number], number, workload, scratch)
        }
    }

    deinit {
        lengths.deallocate()
        places.deallocate()
        memory.deallocate()
    }

    private func seal(_ leg: inout Leg, _ number: Int, _ workload: MediaWorkload, _ scratch: UnsafeMutableRawPointer) {
        guard let session = leg.outbound else { return }
        let burst = workload.packetsPerBurst
        for index in 0..<count {
            leg.writeHeader(to: scratch, workload: workload, last: index % burst == burst - 1)
            PacketStamp(flow: UInt32(truncatingIfNeeded: number), number: UInt64(index), sentAt: 0)
                .write(to: scratch + 12, length: workload.payloadLength)
            let length = SRTPTransform.protect(session, scratch, workload.packetLength)
            guard length <= stride else { continue }
            lengths[number] = length
            packet(of: number, UInt64(index)).copyMemory(from: scratch, byteCount: length)
        }
    }

    /// Octets between two packets.
    var distance: Int { stride }

    /// The octets of each packet of a leg.
    @inline(__always)
    func length(of leg: Int) -> Int { lengths[leg] }

    /// A packet of a protected leg; `number` is below ``count``.
    @inline(__always)
    func packet(of leg: Int, _ number: UInt64) -> UnsafeMutableRawPointer {
        memory.baseAddress.unsafelyUnwrapped + (places[leg] &+ Int(truncatingIfNeeded: number)) &* stride
    }
}
