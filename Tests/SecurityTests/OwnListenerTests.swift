import Bencode
import CallControl
import Forwarding
import Negotiation
import NetTypes
import Replay
import Simulation
import TestSupport
import Testing

/// A call whose media is to go to where the relay takes requests.
@Suite struct OwnListenerTests {
    @Test(arguments: ["\(SimulatedRelay.address):2223", "127.0.0.1:2223", "[::ffff:192.0.2.10]:2223"])
    func known(_ text: String) throws {
        let table = InterfaceTable(specs: [SimulatedRelay.address])
        let address = try #require(TransportAddress(text))
        for bound in ["0.0.0.0:2223", "127.0.0.1:2223", "\(SimulatedRelay.address):2223"] {
            let listeners = OwnListeners([try #require(TransportAddress(bound))], interfaces: table)
            let isReached = bound.hasPrefix("0.") || bound.hasPrefix("127") == text.hasPrefix("127")
            #expect(listeners.contains(address) == isReached, "\(bound)")
            #expect(!listeners.contains(TransportAddress(address.address, 2224)))
        }
        #expect(!OwnListeners().contains(address))
    }

    @Test func advertised() throws {
        let table = InterfaceTable(specs: ["192.0.2.10!198.51.100.7"])
        let listeners = OwnListeners([try #require(TransportAddress("192.0.2.10:2223"))], interfaces: table)
        #expect(listeners.contains(try #require(TransportAddress("198.51.100.7:2223"))))
    }

    /// In `c=` and `m=`, in `a=rtcp`, and as a candidate.
    @Test func nothingIsSentThere() throws {
        let table = InterfaceTable(specs: [SimulatedRelay.address])
        let place = try #require(TransportAddress("\(SimulatedRelay.address):2223"))
        let world = try World(seed: 1) {
            $0.rules.ownListeners = OwnListeners([TransportAddress(.unspecified(.ipv4), 2223)], interfaces: table)
        }
        var reached = 0
        world.observer = { if $0.destination == place { reached += 1 } }
        let candidate = "a=candidate:1 1 udp 2130706431 \(SimulatedRelay.address) 2223 typ host"
        let bodies = [
            Body(at: SimulatedRelay.address).section("audio 2223 RTP/AVP 0"),
            Body(at: "203.0.113.4").section(
                "audio 4000 RTP/AVP 0", ["a=rtcp:2223 IN IP4 \(SimulatedRelay.address)"]),
            Body(at: "203.0.113.4").section(
                "audio 4000 RTP/AVP 0",
                ["a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=rtcp-mux", candidate]),
        ]
        for (number, body) in bodies.enumerated() {
            let call = "call\(number)"
            let offer = world.relay.request("offer", call: call, ["from-tag": "a", "sdp": .text(body.text)])
            let answer = world.relay.request(
                "answer", call: call,
                ["from-tag": "a", "to-tag": "b", "sdp": .text(Body.audio(at: "198.51.100.6", port: 4100).text)])
            #expect(offer.result == "ok" && answer.result == "ok")
            let relay = offer.section
            let target = TransportAddress(try #require(IPAddress(relay.address)), relay.port)
            for step in 0..<20 {
                world.inject(strangeRTP(step), at: target, from: Stranger.place("198.51.100.6:4100"))
                world.inject(
                    strangeRTCP, at: TransportAddress(target.address, target.port + 1),
                    from: Stranger.place("198.51.100.6:4101"))
                world.run(seconds: 1)
            }
        }
        #expect(reached == 0)
    }
}
