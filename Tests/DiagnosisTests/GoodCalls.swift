import Bencode
import CallControl
import DTLS
import Diagnosis
import Forwarding
import NetTypes
import Replay
import SRTPKeying
import Simulation
import TestSupport
import Testing

/// Calls that nothing is wrong with, at many moments.
enum GoodCalls {
    static let all: [Scenario] = plain + moments + holds + unusual + secure

    private static let plain = [
        Scenario("two phones", .healthy) { stage in
            _ = try stage.plainCall()
            stage.run(10)
        },
        Scenario("with reports", .healthy) { stage in
            let call = try stage.plainCall()
            (call.a.reports, call.b.reports) = (.full(0), .full(2))
            stage.run(60)
        },
        Scenario("the proxy keeps digits back", .healthy) { stage in
            let events = ["a=rtpmap:101 telephone-event/8000"]
            let call = try stage.plainCall(
                { $0.body(formats: "8 101", events) }, { $0.body(formats: "8 101", events) })
            #expect(stage.world.relay.request("block DTMF", [:]).result == "ok")
            var tick = 0
            stage.run(10) {
                tick += 1
                call.a.payloadType = tick % 100 < 10 ? 101 : 8
            }
        },
        Scenario("over IPv6", .healthy, configure: { $0.interfaces = InterfaceTable(specs: ["2001:db8::10"]) }) {
            stage in
            _ = try stage.plainCall(a: "[2001:db8:1::4]:4000", b: "[2001:db8:2::6]:4100")
            stage.run(10)
        },
        Scenario(
            "between IPv4 and IPv6", .healthy,
            configure: { $0.interfaces = InterfaceTable(specs: ["192.0.2.10", "2001:db8::10"]) }
        ) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B", at: "[2001:db8:2::6]:4100"))
            b.take(stage.offer(a.body(), options: ["address-family": "IP6"]))
            a.take(stage.answer(b.body(), options: ["address-family": "IP4"]))
            stage.run(10)
        },
        Scenario("phones behind NAT, with private addresses in their SDP", .healthy) { stage in
            let a = stage.phone("A", at: "203.0.113.4:41000", signalled: "192.168.1.2:4000")
            let b = stage.phone("B", at: "198.51.100.6:52000", signalled: "10.0.0.3:4100")
            b.take(stage.offer(a.body()))
            a.take(stage.answer(b.body()))
            stage.run(12)
        },
        Scenario(
            "everything on a private network", .healthy,
            configure: {
                $0.interfaces = InterfaceTable(specs: ["10.1.1.5"])
            }
        ) { stage in
            _ = try stage.plainCall(a: "10.1.1.20:4000", b: "10.1.1.21:4100")
            stage.run(10)
        },
        Scenario("other ptime, other codec", .healthy) { stage in
            let call = try stage.plainCall({ $0.body(formats: "9") }, { $0.body(formats: "9") })
            for phone in [call.a, call.b] {
                (phone.payloadType, phone.interval, phone.samples, phone.size) = (9, 30_000_000, 240, 240)
            }
            stage.run(10)
        },
        Scenario("each end sends another codec of those agreed", .healthy) { stage in
            let call = try stage.plainCall()
            call.b.payloadType = 0
            stage.run(10)
        },
        Scenario("dynamic numbers that differ", .healthy) { stage in
            let call = try stage.plainCall(
                { $0.body(formats: "96", ["a=rtpmap:96 opus/48000/2"]) },
                { $0.body(formats: "111", ["a=rtpmap:111 opus/48000/2"]) })
            (call.a.payloadType, call.b.payloadType) = (111, 96)
            (call.a.samples, call.b.samples) = (960, 960)
            stage.run(10)
        },
        Scenario("one in fifty packets is lost", .healthy) { stage in
            let call = try stage.plainCall()
            call.a.losesOneOf = 50
            stage.run(20)
        },
        Scenario("video alone", .healthy) { stage in
            let lines = ["a=rtpmap:96 H264/90000"]
            let call = try stage.plainCall(
                { $0.body(formats: "96", type: "video", lines) }, { $0.body(formats: "96", type: "video", lines) })
            for phone in [call.a, call.b] {
                (phone.payloadType, phone.interval, phone.samples, phone.size) = (96, 33_000_000, 3000, 1100)
            }
            stage.run(10)
        },
    ]

    private static let moments = [
        Scenario("it rings", .unanswered) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B"))
            b.talks = false
            b.take(stage.offer(a.body()))
            stage.run(45)
        },
        Scenario("early media after a provisional answer", .healthy) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B"))
            b.take(stage.offer(a.body()))
            a.take(stage.answer(b.body(), options: ["sip-code": .integer(183)]))
            stage.run(8)
            stage.answer(b.body(), options: ["sip-code": .integer(200)])
            stage.run(2)
        },
        Scenario("a second after the answer", .tooEarly) { stage in
            let call = try stage.plainCall()
            (call.a.talks, call.b.talks) = (false, false)
            stage.run(1)
        },
        Scenario("media begins late", .healthy) { stage in
            let call = try stage.plainCall()
            call.b.talks = false
            stage.run(4)
            #expect(stage.diagnosis?.severity != .fault)
            call.b.talks = true
            stage.run(4)
        },
        Scenario("on hold the old way, with a zero address", .notDue) { stage in
            let call = try stage.plainCall()
            stage.run(8)
            let home = call.a.signalled
            call.a.signalled = place("0.0.0.0:4000")
            stage.renegotiate(call.a, call.a.body(), call.b, call.b.body())
            call.a.signalled = home
            call.a.talks = false
            stage.run(60)
        },
        Scenario("resumed after hold", .healthy) { stage in
            let call = try stage.plainCall()
            stage.run(8)
            stage.renegotiate(call.a, call.a.body("inactive"), call.b, call.b.body("inactive"))
            (call.a.talks, call.b.talks) = (false, false)
            stage.run(60)
            stage.renegotiate(call.a, call.a.body(), call.b, call.b.body())
            stage.run(1)
            #expect(stage.diagnosis?.severity != .fault)
            (call.a.talks, call.b.talks) = (true, true)
            stage.run(8)
        },
        Scenario("a re-INVITE that moves the caller", .healthy) { stage in
            let call = try stage.plainCall()
            stage.run(8)
            call.a.signalled = place("203.0.113.50:7000")
            call.a.source = call.a.signalled
            stage.renegotiate(call.a, call.a.body(), call.b, call.b.body())
            stage.run(10)
        },
        Scenario("a re-INVITE that waits for its answer", .healthy) { stage in
            let call = try stage.plainCall()
            stage.run(8)
            stage.offer(call.a.body("sendonly"), "A", to: "B")
            stage.run(10)
        },
        Scenario("a re-INVITE that was refused, and a pause long after it", .pause) { stage in
            let call = try stage.plainCall()
            stage.run(8)
            stage.offer(call.a.body("sendonly"), "A", to: "B")
            stage.run(20)
            call.b.talks = false
            stage.run(8)
        },
        Scenario("hung up, with the usual delay", .healthy) { stage in
            let call = try stage.plainCall()
            stage.run(30)
            (call.a.talks, call.b.talks) = (false, false)
            stage.run(0.5)
            stage.delete(delay: 30)
            stage.run(40)
            #expect(stage.diagnosis?.hasEnded == true)
        },
        Scenario("about to end", .ending) { stage in
            let call = try stage.plainCall()
            stage.run(30)
            (call.a.talks, call.b.talks) = (false, false)
            stage.delete(delay: 30)
            stage.run(15)
        },
        Scenario("one end has not heard of the end", .ending) { stage in
            let call = try stage.plainCall()
            stage.run(30)
            call.a.talks = false
            stage.delete(delay: 30)
            stage.run(15)
        },
    ]

    /// Who holds, with what it and the other end say, and whether it sends music.
    private static let holds = [
        ("on hold with music", "sendonly", "recvonly", true), ("on hold without music", "sendonly", "recvonly", false),
        ("on hold, inactive", "inactive", "inactive", false),
    ].map { (name: String, held: String, answered: String, hasMusic: Bool) in
        Scenario(name, .notDue) { stage in
            let call = try stage.plainCall()
            stage.run(8)
            stage.renegotiate(call.a, call.a.body(held), call.b, call.b.body(answered))
            (call.a.talks, call.b.talks) = (hasMusic, false)
            stage.run(60)
            if hasMusic { #expect(stage.verdict(from: "A")?.cause == .healthy) }
        }
    }

    private static let unusual = [
        Scenario("speech with long pauses, without comfort noise", .healthy) { stage in
            let call = try stage.plainCall()
            call.a.spurt = 3_000_000_000
            stage.run(20)
        },
        Scenario("muted, with silence suppression", .pause) { stage in
            let call = try stage.plainCall()
            call.b.spurt = 2_000_000_000
            stage.run(12)
            call.b.talks = false
            stage.run(20)
        },
        Scenario("muted, and reports go on", .pause) { stage in
            let call = try stage.plainCall()
            call.b.reports = .full(0)
            stage.run(12)
            call.b.talks = false
            stage.run(25)
        },
        Scenario("muted for minutes, and reports say that nothing is sent", .pause) { stage in
            let call = try stage.plainCall()
            call.b.reports = .full(0)
            stage.run(12)
            call.b.talks = false
            stage.run(150)
            #expect(stage.verdict(from: "B")?.sentence.contains("reports that it sends nothing") == true)
        },
        Scenario("muted for minutes, and reports count what went elsewhere before", .pause) { stage in
            let call = try stage.plainCall()
            call.b.reports = .full(0)
            call.b.sentBefore = 5000
            stage.run(12)
            call.b.talks = false
            stage.run(150)
            #expect(stage.verdict(from: "B")?.sentence.contains("reports that it sends nothing") == true)
        },
        Scenario("a goodbye, a moment ago", .goodbye) { stage in
            let call = try stage.plainCall()
            stage.run(10)
            call.b.talks = false
            stage.sayGoodbye(call.b, of: call.b.ssrc)
            stage.run(7)
        },
        Scenario("a goodbye of another stream, and a pause", .pause) { stage in
            let call = try stage.plainCall()
            stage.run(10)
            call.b.talks = false
            stage.sayGoodbye(call.b, of: 9)
            stage.run(14)
            #expect(stage.verdict(from: "B")?.cause == .pause)
        },
        Scenario("an announcement: one sends, the other listens", .notDue) { stage in
            let call = try stage.plainCall({ $0.body("sendonly") }, { $0.body("recvonly") })
            call.b.talks = false
            stage.run(20)
            #expect(stage.verdict(from: "A")?.cause == .healthy)
        },
        Scenario("fax over T.38, one way for now", .idle) { stage in
            let call = try stage.plainCall()
            stage.run(6)
            let lines = ["a=T38FaxVersion:0"]
            stage.renegotiate(
                call.a, call.a.body(formats: "t38", profile: "udptl", type: "image", lines), call.b,
                call.b.body(formats: "t38", profile: "udptl", type: "image", lines))
            call.a.content = .raw([0, 1, 5, 0, 1, 2, 3, 4, 5])
            call.b.talks = false
            stage.run(20)
            #expect(stage.verdict(from: "A")?.cause == .healthy)
        },
        Scenario("a fork that lost, a fork that won", .healthy) { stage in
            let (a, b, c) = (
                stage.phone("A"), stage.phone("B"), stage.phone("C", at: "198.51.100.7:4200")
            )
            b.take(stage.offer(a.body(), options: ["via-branch": "one"]))
            c.take(stage.offer(a.body(), options: ["via-branch": "two"]))
            (b.talks, c.talks, a.talks) = (false, false, false)
            stage.run(5)
            a.take(stage.answer(c.body(), "A", "C", options: ["via-branch": "two"]))
            (c.talks, a.talks) = (true, true)
            stage.run(8)
            #expect(stage.diagnosis?.directions.contains { $0.cause == .forkedAway } == true)
        },
        Scenario("a further offer waits while the call goes on", .healthy) { stage in
            let call = try stage.plainCall()
            stage.run(8)
            let third = stage.phone("C", at: "198.51.100.8:4300")
            third.take(stage.offer(call.a.body(), options: ["via-branch": "three"]))
            third.talks = false
            stage.run(12)
        },
        Scenario("codecs that the relay converts", .healthy) { stage in
            let call = try stage.plainCall({ $0.body(formats: "8") }, { $0.body(formats: "0") })
            (call.a.payloadType, call.b.payloadType) = (8, 0)
            stage.run(10)
        },
        Scenario("comfort noise that the callee has not agreed to, in a pause", .healthy) { stage in
            let call = try stage.plainCall({ $0.body(formats: "8 0 13") }, { $0.body(formats: "8") })
            stage.run(8)
            call.a.content = .noise
            stage.run(0.1)
        },
        Scenario("STUN keepalives and empty datagrams between the packets", .healthy) { stage in
            let call = try stage.plainCall()
            let stun: [UInt8] = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 7, count: 12)
            var step = 0
            stage.run(10) {
                step += 1
                guard step % 50 == 0, let target = call.a.target else { return }
                for bytes in [stun, [0], [13, 10, 13, 10]] { stage.send(bytes, from: call.a.source, to: target) }
            }
        },
        Scenario("a few ICMP messages before the callee listens", .healthy) { stage in
            let call = try stage.plainCall()
            for _ in 0..<3 {
                if let target = call.b.target { stage.world.plane.fail(111, at: target, to: call.b.signalled) }
            }
            stage.run(12)
        },
        Scenario("the callee has no port for RTCP (ICMP)", .healthy) { stage in
            let call = try stage.plainCall()
            call.a.reports = .full(0)
            stage.run(12) {
                guard let target = call.b.reportTarget else { return }
                stage.world.plane.fail(
                    111, at: target, to: TransportAddress(call.b.signalled.address, call.b.signalled.port + 1))
            }
        },
        Scenario("forged ICMP against a call that works", .healthy) { stage in
            let call = try stage.plainCall()
            stage.run(12) {
                if let target = call.b.target { stage.world.plane.fail(111, at: target, to: call.b.signalled) }
            }
        },
        Scenario("a stranger tries a few packets", .secondSource) { stage in
            let call = try stage.plainCall()
            stage.run(8)
            var step = 0
            stage.run(6) {
                step += 1
                guard step % 100 == 0, let target = call.a.target else { return }
                stage.send([UInt8](repeating: 0x80, count: 60), from: place("192.0.2.200:9"), to: target)
            }
            #expect(stage.diagnosis?.severity == .note)
        },
        Scenario("a new SSRC in the middle", .healthy) { stage in
            let call = try stage.plainCall()
            stage.run(8)
            call.a.restart()
            stage.run(8)
        },
        Scenario("rtcp-mux on both sides", .healthy) { stage in
            let call = try stage.plainCall(
                { $0.body("sendrecv", ["a=rtcp-mux"]) }, { $0.body("sendrecv", ["a=rtcp-mux"]) })
            (call.a.reports, call.b.reports) = (.full(0), .full(0))
            stage.run(30)
        },
        Scenario("an audio section, and a rejected one for video", .healthy) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B"))
            b.take(stage.offer(a.body() + "m=video 5000 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"))
            a.take(stage.answer(b.body() + "m=video 0 RTP/AVP 96\r\n"))
            stage.run(10)
            #expect(stage.verdict(from: "A", section: 1)?.cause == .rejected)
            #expect(stage.diagnosis?.cause == .healthy)
        },
        Scenario("audio is rejected, and video passes", .rejected) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B"))
            let video = "m=video 5000 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"
            b.take(stage.offer(a.body() + video), section: 1)
            let rejected = b.body().replacingPrefix("m=audio", with: "m=audio 0 RTP/AVP 8")
            a.take(stage.answer(rejected + video), section: 1)
            for phone in [a, b] { (phone.payloadType, phone.samples) = (96, 1800) }
            stage.run(10)
            #expect(stage.diagnosis?.cause == .rejected)
            #expect(stage.verdict(from: "A", section: 1)?.cause == .healthy)
        },
    ]

    private static let secure: [Scenario] =
        [
            ("WebRTC to a phone", .webRTC, .plain), ("a phone to WebRTC", .plain, .webRTC),
            ("WebRTC to WebRTC", .webRTC, .webRTC), ("DTLS without ICE", .dtls, .plain),
            ("SDES to a phone", .sdes, .plain), ("SDES to SDES", .sdes, .sdes), ("SDES to WebRTC", .sdes, .webRTC),
        ].map { (name: String, caller: SimulatedPeer.Flavor, callee: SimulatedPeer.Flavor) in
            Scenario(name, .healthy) { stage in
                _ = try stage.secureCall(caller, callee)
                stage.run(10)
            }
        } + [
            Scenario("WebRTC, the relay being the DTLS client", .healthy) { stage in
                _ = try stage.secureCall(.plain, .webRTC) { _, b in b.answeredRole = .server }
                stage.run(10)
            },
            Scenario("ICE lite", .healthy) { stage in
                let (a, b) = (try stage.peer("A", .webRTC), stage.phone("B"))
                b.take(stage.offer(a.offer().text, options: SimulatedPeer.Flavor.plain.options))
                a.take(
                    stage.answer(
                        b.body(formats: "0"),
                        options: ["transport-protocol": "UDP/TLS/RTP/SAVPF", "ICE": "force", "ICE-lite": "forward"]
                    ).section, isAnswer: true)
                b.payloadType = 0
                a.isMuted = false
                stage.run(12)
            },
            Scenario("WebRTC while the handshake runs", .tooEarly) { stage in
                stage.world.filter = { source, _, bytes in
                    source == place("203.0.113.4:4000") && (bytes.first.map { (20..<64).contains($0) } ?? false)
                        ? nil : bytes
                }
                _ = try stage.secureCall(.webRTC, .plain, connects: false)
                stage.run(1.5)
            },
            Scenario("WebRTC over a network that loses five percent", .loss) { stage in
                let call = try stage.secureCall(.webRTC, .plain)
                _ = call
                stage.world.network = World.Network(lost: 50)
                stage.run(30)
                #expect(stage.diagnosis?.severity == .note)
            },
            Scenario("WebRTC hung up while it was muted, with the usual delay", .pause) { stage in
                let call = try stage.secureCall(.webRTC, .plain)
                stage.run(20)
                call.a.isMuted = true
                stage.run(8)
                call.a.closeAssociation()
                stage.run(0.2)
                stage.delete(delay: 30)
                call.b.isMuted = true
                // Its socket is closed.
                stage.world.filter = { source, destination, bytes in
                    [source, destination].contains(place("203.0.113.4:4000")) ? nil : bytes
                }
                stage.run(40)
                #expect(stage.diagnosis?.hasEnded == true)
            },
            Scenario("SDES hung up", .healthy) { stage in
                let call = try stage.secureCall(.sdes, .plain)
                stage.run(10)
                (call.a.isMuted, call.b.isMuted) = (true, true)
                stage.delete()
                stage.run(10)
                #expect(stage.diagnosis?.hasEnded == true)
            },
        ]
}

extension Stage {
    /// RTCP of a phone that says goodbye for a stream.
    func sayGoodbye(_ phone: Phone, of source: UInt32) {
        let ssrc = (0..<4).reversed().map { UInt8(truncatingIfNeeded: source >> (UInt32($0) * 8)) }
        guard let target = phone.reportTarget else { return }
        send(
            [0x80, 201, 0, 1] + ssrc + [0x81, 203, 0, 1] + ssrc,
            from: TransportAddress(phone.source.address, phone.source.port + 1), to: target)
    }
}
