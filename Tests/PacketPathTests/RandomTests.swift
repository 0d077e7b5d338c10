import Forwarding
import NetTypes
import PacketPath
import Testing

/// Any datagrams, plans, openings and closings in any order: nothing traps, the numbers add up, and nothing is sent to
/// an address that was neither signalled for the sending port nor heard on it.
@Suite struct RandomTests {
    private static let sources = [
        "192.0.2.1:4000", "192.0.2.1:5000", "198.51.100.7:4000", "203.0.113.9:6000",
        "[2001:db8::5]:7000", "203.0.113.9:0", "0.0.0.0:9",
    ].map(Peer.address)

    /// What a port may send to, by its slot.
    private struct World {
        var ports: [LocalPortID]
        var isOpen: [Bool]
        var allowed: [Set<TransportAddress>]
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func anything(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let relay = Relay(capacity: 8, room: 16)
        var world = World(
            ports: (0..<8).map { LocalPortID(worker: 3, slot: $0, generation: 0) },
            isOpen: Array(repeating: false, count: 8), allowed: Array(repeating: [], count: 8))
        for _ in 0..<6000 {
            relay.now += UInt64.random(in: 0...200, using: &generator) * Relay.millisecond
            let slot = Int.random(in: 0..<8, using: &generator)
            switch Int.random(in: 0..<40, using: &generator) {
            case 0:
                world.ports[slot] = relay.open(UInt32(slot), generation: world.ports[slot].generation &+ 1)
                world.isOpen[slot] = true
                world.allowed[slot] = []
            case 1:
                relay.close(world.ports[slot])
                world.isOpen[slot] = false
            case 2...6:
                let plan = randomPlan(for: slot, world, &generator)
                if !relay.install(plan).isStale, let remote = plan.remote { world.allowed[slot].insert(remote) }
            default:
                let source = Self.sources.randomElement(using: &generator) ?? Peer.other
                if world.isOpen[slot] { world.allowed[slot].insert(source) }
                let sent = relay.arrive(
                    randomPacket(&generator), on: world.ports[slot], from: source,
                    isTruncated: Int.random(in: 0..<50, using: &generator) == 0)
                for one in sent {
                    #expect(world.isOpen[Int(one.slot)])
                    #expect(world.allowed[Int(one.slot)].contains(one.destination))
                    #expect(one.destination.port != 0 && !one.destination.address.isUnspecified)
                }
            }
            try checkNumbers(of: slot, world, relay)
        }
    }

    private func checkNumbers(of slot: Int, _ world: World, _ relay: Relay) throws {
        guard world.isOpen[slot] else {
            #expect(relay.table.snapshot(of: world.ports[slot]) == nil)
            return
        }
        let counters = try relay.counters(world.ports[slot])
        let errors = [counters.rtpIn, counters.rtpOut, counters.rtcpIn, counters.rtcpOut].map(\.errors)
        #expect(errors.reduce(0, +) == counters.drops.reduce(0, +))
        #expect(counters.ingress.count <= 4 && counters.egress.count <= 4)
        #expect(Set(counters.ingress.map(\.ssrc)).count == counters.ingress.count)
        #expect(counters.ingress.map(\.packets).reduce(0, +) <= counters.rtpIn.packets)
        #expect(counters.egress.map(\.packets).reduce(0, +) <= counters.rtpOut.packets)
    }

    private func randomPlan(
        for slot: Int, _ world: World, _ generator: inout SeededGenerator
    ) -> ForwardingPlan {
        let carriages = [Carriage.rtp, .rtcp, .multiplexed, .opaque]
        var port = world.ports[slot]
        if Int.random(in: 0..<8, using: &generator) == 0 {
            port = LocalPortID(worker: 3, slot: port.slot, generation: port.generation &- 1)
        }
        var plan = ForwardingPlan(port: port, carries: carriages.randomElement(using: &generator) ?? .rtp)
        plan.remote = Bool.random(using: &generator) ? Self.sources.randomElement(using: &generator) : nil
        plan.learning = EndpointLearning.allCases.randomElement(using: &generator) ?? .off
        plan.foreignSources = ForeignSourcePolicy.allCases.randomElement(using: &generator) ?? .drop
        plan.learningEpoch = .random(in: 0...2, using: &generator)
        plan.isBlocked = Int.random(in: 0..<10, using: &generator) == 0
        plan.tos = .random(in: .min ... .max, using: &generator)
        for _ in 0..<Int.random(in: 0...7, using: &generator) {
            let traffic = [Sink.Traffic.rtp, .rtcp, .both].randomElement(using: &generator) ?? .both
            plan.sinks.append(Sink(port: world.ports.randomElement(using: &generator) ?? port, traffic: traffic))
        }
        for _ in 0..<3 {
            plan.clockRates[.random(in: .min ... .max, using: &generator)] = .random(in: 0 ... .max, using: &generator)
        }
        plan.eventPayloadTypes = [.random(in: .min ... .max, using: &generator)]
        return plan
    }

    private func randomPacket(_ generator: inout SeededGenerator) -> [UInt8] {
        let ssrc = UInt32.random(in: 0...5, using: &generator)
        var packet: [UInt8]
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: packet = rtcp(ssrc: ssrc)
        case 1:
            packet = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                .random(in: .min ... .max, using: &generator)
            }
        default:
            packet = rtp(
                .random(in: .min ... .max, using: &generator), timestamp: .random(in: .min ... .max, using: &generator),
                ssrc: ssrc, payloadType: .random(in: 0...127, using: &generator), payload: 20)
        }
        if Int.random(in: 0..<4, using: &generator) == 0, !packet.isEmpty {
            packet[Int.random(in: 0..<packet.count, using: &generator)] = .random(in: .min ... .max, using: &generator)
        }
        if Int.random(in: 0..<6, using: &generator) == 0 {
            packet.removeLast(Int.random(in: 0...packet.count, using: &generator))
        }
        return packet
    }
}
