import Forwarding
import NetTypes
import Replay
import Simulation
import Testing

/// Media and reports from elsewhere than the peers, and packets of the peers that somebody has touched.
@Suite struct ForeignMediaTests {
    static let secure: [SimulatedPeer.Flavor] = [.sdes, .dtls, .webRTC]

    /// Sends what strangers may send to all ports of the call.
    private static func intrude(_ call: Call, _ number: Int) {
        for peer in [call.caller, call.callee] {
            guard let rtp = peer.relay, let rtcp = peer.relayRTCP else { continue }
            for source in Stranger.all {
                call.world.inject(strangeRTP(number), at: rtp, from: source)
                call.world.inject(strangeRTCP, at: rtp, from: source)
                call.world.inject(strangeRTCP, at: rtcp, from: source)
            }
        }
    }

    /// Keys, not addresses, decide there: not even what comes first is let in, nor what has the peer's address.
    @Test(arguments: secure)
    func beforeMediaOnSecureLegs(_ flavor: SimulatedPeer.Flavor) throws {
        let call = try Call(flavor, flavor)
        for number in 0..<50 {
            Self.intrude(call, number)
            for peer in [call.caller, call.callee] {
                guard let relay = peer.relay else { continue }
                call.world.inject(strangeRTP(number), at: relay, from: peer.mapped)
                call.world.inject(strangeRTCP, at: relay, from: peer.mapped)
            }
        }
        call.talk(seconds: 5) { Self.intrude(call, $0) }
        call.expectUndisturbed()
    }

    /// In the clear the first one is heard until the peer itself sends, and then nobody else.
    @Test func onPlainLegs() throws {
        let call = try Call(.plain, .plain)
        Self.intrude(call, 0)
        call.world.run(seconds: 1)
        let before = call.world.ledger.injected
        var redirected = 0
        call.world.observer = { sent in
            if Stranger.all.contains(sent.destination) { redirected += 1 }
        }
        for peer in [call.caller, call.callee] { peer.isMuted = false }
        call.world.run(seconds: 1)
        let early = redirected
        call.talk(seconds: 10) { Self.intrude(call, $0) }
        #expect(call.world.ledger.injected == before && redirected == early && early <= 4)
        let sent = (call.caller.streams + call.callee.streams).reduce(0) { $0 + $1.sent }
        #expect(call.caller.received + call.callee.received + early == sent)
    }

    /// Nothing authentic comes through twice, and nothing changed comes through at all.
    @Test(arguments: secure)
    func replaysAndChanges(_ flavor: SimulatedPeer.Flavor) throws {
        let call = try Call(flavor, .plain)
        let world = call.world
        var old: [[UInt8]] = []
        var tapped: [[UInt8]] = []
        world.wiretap = { _, destination, bytes in
            guard bytes[0] >= 128, destination == call.caller.relay else { return }
            if tapped.count < 12 { tapped.append(bytes) }
            if old.count < 400 { old.append(bytes) }
        }
        guard let relay = call.caller.relay else { return }
        call.talk(seconds: 6) { step in
            // Each bit of packets that are still on their way, and the packets themselves from elsewhere.
            for packet in tapped.suffix(1) {
                for bit in (step % 7)..<packet.count * 8 where bit % 7 == step % 7 {
                    var changed = packet
                    changed[bit / 8] ^= 1 << UInt8(bit % 8)
                    world.inject(changed, at: relay, from: call.caller.mapped)
                }
                world.inject(Array(packet.dropLast()), at: relay, from: call.caller.mapped)
                for source in Stranger.all { world.inject(packet, at: relay, from: source) }
            }
            tapped = []
            for packet in old.dropLast(4).suffix(20) { world.inject(packet, at: relay, from: call.caller.mapped) }
        }
        #expect(old.count > 200)
        call.expectUndisturbed()
    }

    /// A relay without rtcp-mux has a port for reports alone, which learns by itself.
    @Test func reportsFromElsewhere() throws {
        let call = try Call(.plain, .plain)
        call.talk(seconds: 5)
        for number in 0..<100 { Self.intrude(call, number) }
        call.expectUndisturbed()
        let drops = call.world.plane.openPorts.map { call.world.plane.counters(of: $0.id) }
            .reduce(0) { $0 + $1.drops[Int(DropReason.foreignSource.rawValue)] }
        #expect(drops == 100 * 2 * 9)
    }
}
