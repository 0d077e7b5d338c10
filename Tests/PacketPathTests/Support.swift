import Forwarding
import NetTypes
import PacketPath
import RTP
import Testing

/// A packet path with a clock, a packet buffer and a list that is emptied after every packet.
final class Relay {
    /// What left the relay.
    struct Sent: Equatable, CustomStringConvertible {
        var slot: UInt32
        var destination: TransportAddress
        var bytes: [UInt8]
        var isRTCP: Bool
        /// STUN or DTLS of the relay itself.
        var isControl = false

        var description: String { "\(isRTCP ? "RTCP" : "RTP") of \(bytes.count) via \(slot) to \(destination)" }
    }

    static let millisecond: UInt64 = 1_000_000

    var path: PacketPath
    private var output: TransmissionList
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
    /// Monotonic nanoseconds.
    var now: UInt64 = 1_000_000_000_000

    init(
        capacity: Int = 32, room: Int = 64, ownAddresses: [IPAddress] = [],
        conversionRings: [ConversionRing] = [ConversionRing(bytes: 1 << 20)]
    ) {
        path = PacketPath(
            capacity: capacity, ownAddresses: ownAddresses, generator: SeededGenerator(seed: 77),
            conversionRings: conversionRings)
        output = TransmissionList(capacity: room)
    }

    deinit {
        buffer.deallocate()
    }

    var table: PortCounterTable { path.counters }

    func open(_ slot: UInt32, generation: UInt16 = 1) -> LocalPortID {
        let port = LocalPortID(worker: 3, slot: slot, generation: generation)
        path.open(port, now: now)
        return port
    }

    func close(_ port: LocalPortID) {
        path.close(port)
    }

    @discardableResult
    func install(_ plan: ForwardingPlan) -> PlanEffect {
        path.install(plan, now: now)
    }

    @discardableResult
    func arrive(
        _ bytes: [UInt8], on port: LocalPortID, from source: TransportAddress, isTruncated: Bool = false, room: Int = 0
    ) -> [Sent] {
        buffer.copyBytes(from: bytes)
        let packet = UnsafeMutableRawBufferPointer(rebasing: buffer[..<bytes.count])
        path.receive(
            slot: port.slot, packet: packet, capacity: bytes.count + room, isTruncated: isTruncated, source: source,
            now: now, into: &output)
        return drain()
    }

    /// As ``arrive(_:on:from:isTruncated:)``, with nil bytes and whatever slot number.
    func arriveEmpty(slot: UInt32, from source: TransportAddress) -> [Sent] {
        path.receive(
            slot: slot, packet: UnsafeMutableRawBufferPointer(start: nil, count: 0), isTruncated: false,
            source: source, now: now, into: &output)
        return drain()
    }

    /// Does what is due for the agents.
    func reachDeadline() -> [Sent] {
        path.deadlineReached(now: now, into: &output)
        return drain()
    }

    /// Forwards what has been converted.
    func takeConverted(_ ring: ConversionRing) -> [Sent] {
        _ = ring.publish()
        var sent: [Sent] = []
        while path.takeConverted(from: ring, limit: 16, now: now, into: &output) { sent += drain() }
        return sent + drain()
    }

    func sendHandshake(_ bytes: [UInt8], from port: LocalPortID, association: UInt64) -> [Sent] {
        bytes.withUnsafeBytes { path.sendHandshake($0, from: port, association: association, into: &output) }
        return output.count == 0 ? [] : drain(replacing: bytes)
    }

    /// The news for the handshakes.
    func handshakeEvents() -> [HandshakeEvent] {
        var events: [HandshakeEvent] = []
        while let event = path.nextHandshakeEvent() { events.append(event) }
        return events
    }

    struct Handshake: Equatable {
        var port: LocalPortID
        var association: UInt64
        var source: TransportAddress
        var bytes: [UInt8]
    }

    /// The datagrams for the handshakes.
    func handshakes() -> [Handshake] {
        var all: [Handshake] = []
        while path.nextHandshakeDatagram({
            all.append(
                Handshake(port: $0.port, association: $0.association, source: $0.source, bytes: Array($0.bytes)))
        }) {}
        return all
    }

    /// The kernel refuses what was sent as `count` bytes through `port`.
    func refuse(_ port: LocalPortID, count: Int, isRTCP: Bool) {
        path.transmissionFailed(
            Transmission(
                slot: port.slot, generation: port.generation, destination: Peer.signalled,
                bytes: UnsafeRawPointer(
                    buffer.baseAddress ?? UnsafeMutableRawPointer(bitPattern: 16).unsafelyUnwrapped),
                count: Int32(count), isRTCP: isRTCP))
    }

    func counters(_ port: LocalPortID) throws -> PortCounters {
        try #require(path.counters.snapshot(of: port))
    }

    func drops(_ port: LocalPortID, _ reason: DropReason) throws -> UInt64 {
        try counters(port).drops[Int(reason.rawValue)]
    }

    /// - Parameter bytes: what the one transmission had, whose memory is gone.
    private func drain(replacing bytes: [UInt8]? = nil) -> [Sent] {
        var sent: [Sent] = []
        for index in 0..<output.count {
            let one = output[index]
            sent.append(
                Sent(
                    slot: one.slot, destination: one.destination,
                    bytes: bytes ?? Array(UnsafeRawBufferPointer(start: one.bytes, count: Int(one.count))),
                    isRTCP: one.isRTCP, isControl: one.isControl))
        }
        output.removeAll()
        path.batchSent()
        return sent
    }
}

/// Addresses in the tests' world, seen from a port whose peer signalled ``signalled``.
enum Peer {
    static let signalled = address("192.0.2.1:4000")
    static let sameAddress = address("192.0.2.1:5000")
    static let samePort = address("198.51.100.7:4000")
    static let other = address("203.0.113.9:6000")
    static let stranger = address("203.0.113.66:6666")
    /// The peer of the other side of the call.
    static let far = address("[2001:db8::5]:7000")
    static let farRTCP = address("[2001:db8::5]:7001")

    static func address(_ text: String) -> TransportAddress {
        TransportAddress(text) ?? TransportAddress(.unspecified(.ipv4), 0)
    }
}

/// An RTP packet of 12 + `payload` bytes.
func rtp(
    _ sequenceNumber: UInt16 = 1, timestamp: UInt32 = 0, ssrc: UInt32 = 0x1111, payloadType: UInt8 = 0,
    payload: Int = 160
) -> [UInt8] {
    var bytes = [UInt8](repeating: 0x55, count: RTPHeader.minimumCount + payload)
    _ = bytes.withUnsafeMutableBytes {
        RTPHeader(payloadType: payloadType, sequenceNumber: sequenceNumber, timestamp: timestamp, ssrc: ssrc)
            .write(to: $0)
    }
    return bytes
}

/// A receiver report without blocks.
func rtcp(ssrc: UInt32 = 0x1111) -> [UInt8] {
    var builder = RTCPBuilder()
    builder.appendReceiverReport(ssrc: ssrc)
    return builder.bytes
}

/// A plan for `port` that forwards to `sinks`, with the peer at `remote`.
func plan(
    _ port: LocalPortID, _ carries: Carriage = .rtp, remote: TransportAddress? = nil, to sinks: [Sink] = [],
    learning: EndpointLearning = .heuristic, foreign: ForeignSourcePolicy = .drop, epoch: UInt32 = 0
) -> ForwardingPlan {
    var plan = ForwardingPlan(port: port, carries: carries)
    plan.remote = remote
    plan.sinks = sinks
    plan.learning = learning
    plan.foreignSources = foreign
    plan.learningEpoch = epoch
    plan.clockRates = [0: 8000, 8: 8000]
    return plan
}

/// A small deterministic generator (SplitMix64), so that a failure can be repeated from its seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
