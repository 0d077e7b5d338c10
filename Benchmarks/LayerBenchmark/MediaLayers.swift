import Forwarding
import NetTypes
import PacketPath
import SRTPKeying
import STUN

/// The media column: what happens to one datagram, without sockets.
enum MediaLayers {
    private static let plainPath = "path: RTP, 1 stream"
    private static let manyPath = "path: RTP, 1,000 streams"

    static var all: [Layer] {
        [
            Layer(name: plainPath, allocationLimit: 0, operations: 64) { path(streams: 1, packets: 64) },
            Layer(name: manyPath, allocationLimit: 0, operations: 1_000) { path(streams: 1_000, packets: 1_000) },
            Layer(
                name: "path: RTP, 1,000 streams, memory fetched ahead", allocationLimit: 0, operations: 1_000,
                ratioLimit: RatioLimit(reference: manyPath, limit: 2)
            ) { path(streams: 1_000, packets: 1_000, fetchesAhead: true) },
            Layer(
                name: "path: RTP, 1 stream, flight recorder", allocationLimit: 0, operations: 64,
                ratioLimit: RatioLimit(reference: plainPath, limit: 3)
            ) { path(streams: 1, packets: 64, flightRecorderBytes: 2 << 20) },
            Layer(name: "path: RTP to SRTP, 1 stream", allocationLimit: 0, operations: 64) {
                path(streams: 1, packets: 64, protects: true)
            },
        ]
    }

    /// Streams of G.711 between two ports each, one packet of each in turn.
    private static func path(
        streams: Int, packets: Int, flightRecorderBytes: Int = 0, protects: Bool = false,
        fetchesAhead: Bool = false
    ) -> () -> Void {
        let bench = PathBench(streams: streams, flightRecorderBytes: flightRecorderBytes, protects: protects)
        return { bench.run(packets, fetchesAhead: fetchesAhead) }
    }
}

/// A packet path with its ports, and one packet of each stream.
private final class PathBench {
    private static let length = 172
    private static let stride = 256
    private var path: PacketPath
    private var output = TransmissionList(capacity: 64)
    private let memory: UnsafeMutableRawPointer
    private let streams: Int
    private var next = 0
    private var sequence: UInt16 = 0
    private var now: UInt64 = 1_000_000_000

    init(streams: Int, flightRecorderBytes: Int, protects: Bool) {
        self.streams = streams
        path = PacketPath(capacity: streams * 2, flightRecorderBytes: flightRecorderBytes)
        memory = .allocate(byteCount: streams * Self.stride, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0x55, count: streams * Self.stride)
        for stream in 0..<streams { open(stream, protects: protects) }
    }

    deinit { memory.deallocate() }

    private static func peer(_ slot: Int) -> TransportAddress {
        TransportAddress(IPAddress(ipv4: 0x0A00_0000 | UInt32(slot)), 4000)
    }

    private func open(_ stream: Int, protects: Bool) {
        let ports = [2 * stream, 2 * stream + 1].map { LocalPortID(worker: 0, slot: UInt32($0), generation: 1) }
        for (index, port) in ports.enumerated() {
            path.open(port, now: now)
            var plan = ForwardingPlan(port: port, carries: .rtp)
            plan.remote = Self.peer(Int(port.slot))
            plan.sinks = [Sink(port: ports[1 - index], traffic: .both)]
            plan.clockRates[0] = 8000
            if protects, index == 1 {
                var generator = SystemRandomNumberGenerator()
                let suite = CryptoSuite.aesCM128Tag80
                let keys = (0..<2).map { _ in
                    SDESAttribute(tag: 1, suite: suite, masterKey: MasterKey(randomFor: suite, using: &generator))
                }
                plan.security = .sdes(receiving: keys[0], sending: keys[1])
            }
            _ = path.install(plan, now: now)
        }
    }

    func run(_ packets: Int, fetchesAhead: Bool) {
        for _ in 0..<packets {
            if fetchesAhead {
                path.prefetchArrival(on: UInt32(2 * ((next + 6) % streams)))
                path.prefetchDeparture(on: UInt32(2 * ((next + 3) % streams)))
            }
            let packet = memory + next * Self.stride
            packet.storeBytes(of: UInt16(0x8000).bigEndian, as: UInt16.self)
            packet.storeBytes(of: sequence.bigEndian, toByteOffset: 2, as: UInt16.self)
            packet.storeBytes(of: (UInt32(sequence) &* 160).bigEndian, toByteOffset: 4, as: UInt32.self)
            packet.storeBytes(of: UInt32(next).bigEndian, toByteOffset: 8, as: UInt32.self)
            path.receive(
                slot: UInt32(2 * next), packet: UnsafeMutableRawBufferPointer(start: packet, count: Self.length),
                capacity: Self.stride, isTruncated: false, source: Self.peer(2 * next), now: now, into: &output)
            guard output.count == 1 else { fatalError("not forwarded") }
            output.removeAll()
            path.batchSent()
            next += 1
            if next == streams {
                next = 0
                sequence &+= 1
                now &+= 20_000_000
            }
        }
    }
}
