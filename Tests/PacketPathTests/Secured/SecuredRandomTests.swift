import Forwarding
import NetTypes
import SRTP
import Testing

@testable import PacketPath

/// Any datagrams, plans, keys, deadlines, openings and closings in any order: nothing traps, what is encrypted never
/// leaves in the clear, and everything is given back.
@Suite struct SecuredRandomTests {
    private static let sources = ["192.0.2.1:4000", "192.0.2.1:5000", "198.51.100.7:4000", "[2001:db8::5]:7000"]
        .map(Peer.address)

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func anything(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let relay = Relay(capacity: 8, room: 12)
        var ports = (0..<8).map { LocalPortID(worker: 3, slot: $0, generation: 0) }
        var encrypted = [Bool](repeating: false, count: 8)
        let ends = try (0..<4).map { try SecureEnd(sending: sdes($0), receiving: sdes($0)) }
        for step in 0..<5000 {
            relay.now += UInt64.random(in: 0...100, using: &generator) * Relay.millisecond
            let slot = Int.random(in: 0..<8, using: &generator)
            switch Int.random(in: 0..<40, using: &generator) {
            case 0:
                ports[slot] = relay.open(UInt32(slot), generation: ports[slot].generation &+ 1)
                encrypted[slot] = false
            case 1:
                relay.close(ports[slot])
            case 2...7:
                let plan = try randomPlan(ports[slot], ports, &generator)
                if !relay.install(plan).isStale { encrypted[slot] = plan.security != nil }
            case 8:
                relay.path.installKeys(
                    ports[slot], association: UInt64.random(in: 0..<3, using: &generator),
                    receiving: policy(UInt64.random(in: 0..<4, using: &generator)), sending: policy(2),
                    now: relay.now)
            case 9:
                _ = relay.reachDeadline()
            case 10:
                _ = relay.sendHandshake(
                    record, from: ports[slot], association: UInt64.random(in: 0..<3, using: &generator))
            default:
                let plain = rtp(UInt16(truncatingIfNeeded: step), ssrc: 0x5EC2E7)
                var bytes = plain
                if Bool.random(using: &generator) { bytes = (try? ends.randomElement()?.protect(plain)) ?? plain }
                if Int.random(in: 0..<3, using: &generator) == 0 { bytes = mutated(bytes, &generator) }
                let sent = relay.arrive(
                    bytes, on: ports[slot], from: Self.sources.randomElement(using: &generator) ?? Peer.other,
                    room: Int.random(in: 0..<40, using: &generator))
                for one in sent where !one.isControl && encrypted[Int(one.slot)] {
                    #expect(one.bytes.count > plain.count || one.bytes.dropFirst(12) != plain.dropFirst(12))
                }
            }
            if step % 100 == 0 {
                _ = relay.handshakes()
                _ = relay.handshakeEvents()
            }
        }
        for port in ports { relay.close(port) }
        #expect(relay.path.legCount == 0 && relay.path.agents.count == 0)
    }

    private func mutated(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        let firsts: [UInt8] = [0, 1, 20, 22, 63, 128, 0x90, 0xBF, 255]
        var bytes = bytes
        bytes[0] = firsts.randomElement(using: &generator) ?? 0
        bytes[1] = UInt8.random(in: 0...255, using: &generator)
        if Bool.random(using: &generator) { bytes.replaceSubrange(4..<8, with: [0x21, 0x12, 0xA4, 0x42]) }
        return Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
    }

    private func randomPlan(
        _ port: LocalPortID, _ ports: [LocalPortID], _ generator: inout SeededGenerator
    ) throws -> ForwardingPlan {
        let carriages: [Carriage] = [.rtp, .rtcp, .multiplexed, .multiplexed, .opaque]
        let sinks = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
            Sink(port: ports.randomElement(using: &generator) ?? port, traffic: .both)
        }
        var plan = plan(
            port, carriages.randomElement(using: &generator) ?? .rtp,
            remote: Self.sources.randomElement(using: &generator),
            to: sinks, learning: EndpointLearning.allCases.randomElement(using: &generator) ?? .off,
            foreign: ForeignSourcePolicy.allCases.randomElement(using: &generator) ?? .drop)
        let key = { (generator: inout SeededGenerator) in UInt64.random(in: 0..<4, using: &generator) }
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: plan.security = .pending
        case 1: plan.security = .dtls(try dtls(key(&generator)))
        case 2...4: plan.security = .sdes(receiving: sdes(key(&generator)), sending: sdes(key(&generator)))
        default: break
        }
        if Int.random(in: 0..<4, using: &generator) == 0 { plan.ice = randomICE(ports, &generator) }
        return plan
    }

    private func randomICE(_ ports: [LocalPortID], _ generator: inout SeededGenerator) -> ICEPlan {
        var plan = ICEPlan(
            agent: UInt64.random(in: 0..<3, using: &generator), isLite: Bool.random(using: &generator),
            isControlling: Bool.random(using: &generator),
            candidates: (0..<Int.random(in: 0...20, using: &generator)).map { number in
                ICEPlan.Candidate(
                    port: ports.randomElement(using: &generator) ?? ports[0],
                    address: TransportAddress(Self.sources[0].address, UInt16(3000 + number)),
                    component: UInt8.random(in: 0...3, using: &generator),
                    localPreference: UInt16.random(in: 0...65535, using: &generator), foundation: "a")
            },
            local: ICEPlan.Credentials(
                usernameFragment: ["us", "u:s", ""].randomElement(using: &generator) ?? "", password: "password"))
        if Bool.random(using: &generator) {
            plan.remote = ICEPlan.Credentials(
                usernameFragment: ["them", ""].randomElement(using: &generator) ?? "", password: "secret")
            plan.remoteCandidates = (0..<Int.random(in: 0..<5, using: &generator)).map {
                "f\($0) 1 udp 1000 192.0.2.1 \(4000 + $0) typ host"
            }
            plan.isRemoteComplete = Bool.random(using: &generator)
        }
        return plan
    }
}
