import ICE
import NetTypes
import STUN
import Testing

/// The one entry point of a fuzzer for this target: the bytes are a script of calls on an agent, with datagrams that
/// are now proper, now damaged, now the bytes themselves. Seeds: any bytes; long ones reach further.
enum ICEFuzz {
    static func run(_ bytes: UnsafeRawBufferPointer) {
        var script = Script(bytes: bytes)
        let mode: ICEMode = script.next() & 1 == 0 ? .full : .lite
        let role: ICERole = script.next() & 1 == 0 ? .controlling : .controlled
        let relay = Peer(["192.0.2.1", "2001:db8::1"], mode: mode, role: role, components: [.rtp, .rtcp], seed: 1)
        let them = Peer(["198.51.100.1", "2001:db8::2"], role: role.opposite, components: [.rtp, .rtcp], seed: 2)
        var now: UInt64 = 0
        while !script.isEmpty {
            step(&script, relay, them, &now)
            // An owner that forgets to drain now and then must not do harm either.
            if script.next() & 7 != 0 { relay.drain(now: now) }
            for component in ICEComponent.allCases {
                guard let pair = relay.pair(component) else { continue }
                precondition(relay.told.contains(pair.remote), "a pair out of nowhere")
                precondition(relay.locals[pair.local].component == component, "a pair of another component")
            }
        }
        relay.drain(now: now)
        precondition(relay.violations.isEmpty, "\(relay.violations)")
        precondition(relay.counters.outputsDropped < 100_000)
    }

    private struct Script {
        let bytes: UnsafeRawBufferPointer
        var offset = 0

        var isEmpty: Bool { offset >= bytes.count }

        mutating func next() -> UInt8 {
            guard offset < bytes.count else { return 0 }
            offset += 1
            return bytes[offset - 1]
        }

        mutating func take(_ count: Int) -> [UInt8] {
            let end = min(offset + count, bytes.count)
            defer { offset = end }
            return Array(bytes[offset..<end])
        }
    }

    private static func step(_ script: inout Script, _ relay: Peer, _ them: Peer, _ now: inout UInt64) {
        let choice = script.next()
        let local = Int(script.next() % 5)
        let source = source(script.next())
        switch choice % 12 {
        case 0: relay.receive(script.take(Int(script.next())), local: local, from: source, now: now)
        case 1, 2:
            var forge = Forge(to: relay)
            forge.usesCandidate = choice & 16 != 0
            forge.role = choice & 32 != 0 ? .controlling : .controlled
            forge.tieBreaker = UInt64(script.next()) << 56
            forge.priority = choice & 64 != 0 ? nil : UInt32(script.next()) << 24
            forge.strangeAttributes = choice & 128 != 0 ? 12 : 0
            relay.receive(forge.request(), local: local, from: source, now: now)
        case 3:
            var bytes = Forge(to: relay).request()
            bytes[Int(script.next()) % bytes.count] = script.next()
            relay.receive(bytes, local: local, from: source, now: now)
        case 4, 5, 6:
            guard let request = relay.sent.last(where: { $0.isRequest }) else { break }
            let code: STUNErrorCode? = choice & 16 == 0 ? nil : choice & 32 == 0 ? .roleConflict : .badRequest
            relay.receive(
                Forge.answer(to: request, password: them.credentials.password, error: code), local: request.local,
                from: choice & 64 == 0 ? request.destination : source, now: now)
        case 7: relay.agent.setRemote(them.credentials, isLite: choice & 16 != 0, now: now)
        case 8:
            let priority = UInt32(script.next()) << 24
            let candidates = (0..<UInt16(script.next())).compactMap {
                ICERemoteCandidate(
                    foundation: "\($0 % 3)", component: $0 & 1 == 0 ? .rtp : .rtcp, priority: priority + UInt32($0),
                    address: TransportAddress(source.address, 1000 + $0), type: .host)
            }
            relay.addCandidates(candidates, now: now)
        case 9:
            var generator = SeededGenerator(UInt64(script.next()))
            relay.credentials = ICECredentials(using: &generator)
            relay.agent.restart(relay.credentials, role: choice & 16 == 0 ? nil : .controlled, now: now)
        case 10:
            if choice & 16 == 0 {
                relay.agent.endOfRemoteCandidates(now: now)
            } else if script.next() > 250 {
                relay.agent.removeRTCPComponent(now: now)
            }
        default:
            if script.next() == 255 { now = .max - UInt64(script.next()) }
            now &+= UInt64(script.next()) << UInt64(script.next() % 36)
            for _ in 0..<20 {
                guard let deadline = relay.deadline, deadline <= now else { break }
                relay.agent.deadlineReached(now: max(deadline, now))
            }
        }
    }

    private static func source(_ byte: UInt8) -> TransportAddress {
        byte & 1 == 0
            ? TransportAddress(IPAddress(ipv4: 0xCB00_7100 | UInt32(byte)), UInt16(byte >> 1))
            : TransportAddress(IPAddress(ipv6High: 0x2001_0DB8_0000_0000, low: UInt64(byte)), UInt16(byte >> 1))
    }
}

@Suite struct ICEMutationTests {
    @Test(arguments: 0..<100)
    func anySequenceOfCallsDoesNoHarm(_ seed: UInt64) {
        var generator = SeededGenerator(seed)
        let bytes = (0..<Int.random(in: 1...1500, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        bytes.withUnsafeBytes { ICEFuzz.run($0) }
    }

    /// Two agents, and between them somebody who damages and repeats what passes. In the end the damage must not have
    /// kept them apart.
    @Test(arguments: 0..<10)
    func aDamagingNetwork(_ seed: UInt64) {
        let a = Peer(["192.0.2.1"], role: .controlling, components: [.rtp, .rtcp], seed: seed + 1)
        let b = Peer(["198.51.100.1"], components: [.rtp, .rtcp], seed: seed + 100)
        let network = VirtualNetwork(a, b, seed: seed)
        network.duplication = 0.3
        network.delay = 1 * millisecond...200 * millisecond
        introduce(a, b, now: network.now)
        var generator = SeededGenerator(seed)
        for _ in 0..<200 {
            network.run(for: 20 * millisecond)
            for (from, to) in [(a, b), (b, a)] {
                guard let victim = from.sent.randomElement(using: &generator) else { continue }
                var bytes = victim.bytes
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[position] = UInt8.random(in: 0...255, using: &generator)
                to.receive(bytes, local: victim.local, from: from.sockets[victim.local], now: network.now)
            }
            network.settle()
        }
        #expect(network.run(for: 10 * second) { network.all(are: .completed) })
        #expect(network.violations.isEmpty)
    }
}
