import Bencode
import CallControl
import Diagnosis
import NetTypes
import Simulation
import TestSupport
import Testing

/// Good calls of kinds that are easily taken for broken ones.
enum FurtherGoodCalls {
    static let all: [Scenario] = plain + secure

    private static let plain = [
        Scenario("lost a third at the beginning only", .loss) { stage in
            let call = try stage.plainCall()
            call.a.losesOneOf = 3
            stage.run(20)
            #expect(stage.diagnosis?.severity == .fault)
            call.a.losesOneOf = 0
            stage.run(30)
            #expect(stage.diagnosis?.severity == .note)
            let sentence = stage.diagnosis?.sentence ?? ""
            #expect(sentence.contains("were lost"), "\(sentence)")
        },
        Scenario("was irregular at the beginning only", .jitter) { stage in
            let call = try stage.plainCall()
            call.a.samples = 2000
            stage.run(40)
            call.a.samples = 160
            stage.run(10)
            #expect(stage.diagnosis?.severity == .note)
            #expect(stage.diagnosis?.sentence.contains("before") == true)
        },
        Scenario("silence at the beginning only", .healthy) { stage in
            let call = try stage.plainCall()
            call.b.content = .silence
            stage.run(30)
            #expect(stage.diagnosis?.cause == .onlySilence)
            call.b.content = .speech
            stage.run(10)
        },
        Scenario("speech and sparse comfort noise by turns", .healthy) { stage in
            let call = try stage.plainCall({ $0.body(formats: "8 13") }, { $0.body(formats: "8 13") })
            for _ in 0..<6 {
                call.b.content = .speech
                stage.run(3)
                (call.b.content, call.b.interval, call.b.samples) = (.noise, 200_000_000, 1600)
                stage.run(4)
                (call.b.interval, call.b.samples) = (20_000_000, 160)
            }
            call.b.content = .speech
            stage.run(2)
        },
        Scenario("held and resumed with a new stream", .healthy) { stage in
            let call = try stage.plainCall()
            stage.run(20)
            stage.renegotiate(call.a, call.a.body("sendonly"), call.b, call.b.body("recvonly"))
            (call.a.talks, call.b.talks) = (false, false)
            stage.run(120)
            call.a.restart()
            stage.renegotiate(call.a, call.a.body(), call.b, call.b.body())
            (call.a.talks, call.b.talks) = (true, true)
            stage.run(10)
        },
        Scenario("music while it rings, from the callee's side alone", .healthy) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B"))
            a.talks = false
            b.take(stage.offer(a.body("recvonly")))
            a.take(stage.answer(b.body("sendonly"), options: ["sip-code": .integer(183)]))
            stage.run(40)
            #expect(stage.verdict(from: "B")?.cause == .healthy)
            #expect(stage.verdict(from: "A")?.cause == .notDue)
        },
        Scenario("audio and video", .healthy) { stage in
            _ = try stage.videoCall()
            stage.run(12)
        },
        Scenario("rtcp-mux is offered and not taken", .healthy) { stage in
            let call = try stage.plainCall({ $0.body("sendrecv", ["a=rtcp-mux"]) })
            (call.a.reports, call.b.reports) = (.full(0), .full(0))
            stage.run(20)
        },
        Scenario("transferred by re-INVITE: another callee's address, stream and codec", .healthy) { stage in
            let call = try stage.plainCall()
            stage.run(20)
            call.b.signalled = place("198.51.100.77:7200")
            call.b.source = call.b.signalled
            call.b.restart(ssrc: 0x7777)
            call.b.payloadType = 0
            stage.renegotiate(call.b, call.b.body(), call.a, call.a.body())
            stage.run(0.3)
            #expect(stage.diagnosis?.severity != .fault, "\(stage.diagnosis?.account ?? "")")
            stage.run(10)
        },
        Scenario("early media of two branches, and one wins", .healthy) { stage in
            let (a, b, c) = (stage.phone("A"), stage.phone("B"), stage.phone("C", at: "198.51.100.7:4200"))
            b.take(stage.offer(a.body(), options: ["via-branch": "one"]))
            c.take(stage.offer(a.body(), options: ["via-branch": "two"]))
            a.take(stage.answer(b.body(), "A", "B", options: ["via-branch": "one", "sip-code": .integer(183)]))
            c.talks = false
            stage.run(6)
            b.talks = false
            c.talks = true
            a.take(stage.answer(c.body(), "A", "C", options: ["via-branch": "two", "sip-code": .integer(200)]))
            stage.run(10)
        },
        Scenario("fax over T.38 in a section of its own, the audio off", .healthy) { stage in
            let call = try stage.plainCall()
            stage.run(10)
            let fax = ["a=T38FaxVersion:0"]
            stage.renegotiate(
                call.a, call.a.body(formats: "t38", profile: "udptl", type: "image", fax), call.b,
                call.b.body(formats: "t38", profile: "udptl", type: "image", fax))
            for phone in [call.a, call.b] { phone.content = .raw([0, 1, 5, 0, 1, 2, 3, 4, 5]) }
            stage.run(20)
        },
        Scenario("the answer comes after a minute of ringing", .healthy) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B"))
            b.talks = false
            b.take(stage.offer(a.body()))
            stage.run(60)
            b.talks = true
            a.take(stage.answer(b.body()))
            stage.run(6)
        },
        Scenario("half a second and hung up", .healthy) { stage in
            let call = try stage.plainCall()
            stage.run(0.5)
            (call.a.talks, call.b.talks) = (false, false)
            stage.delete()
            stage.run(2)
            #expect(stage.diagnosis?.hasEnded == true)
        },
        Scenario("the callee speaks before its answer is passed on", .healthy) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B"))
            b.take(stage.offer(a.body()))
            stage.run(2)
            #expect(stage.diagnosis?.severity != .fault, "\(stage.diagnosis?.account ?? "")")
            a.take(stage.answer(b.body()))
            stage.run(8)
        },
        Scenario("another codec by re-INVITE, a moment ago", .healthy) { stage in
            let call = try stage.plainCall()
            stage.run(20)
            stage.renegotiate(call.a, call.a.body(formats: "9"), call.b, call.b.body(formats: "9"))
            call.a.payloadType = 9
            stage.run(0.2)
            #expect(stage.diagnosis?.severity != .fault, "\(stage.diagnosis?.account ?? "")")
            call.b.payloadType = 9
            stage.run(6)
        },
        Scenario("nothing but digits from the caller", .healthy) { stage in
            let lines = ["a=rtpmap:101 telephone-event/8000"]
            let call = try stage.plainCall(
                { $0.body(formats: "8 101", lines) }, { $0.body(formats: "8 101", lines) })
            (call.a.payloadType, call.a.size, call.a.samples) = (101, 4, 0)
            stage.run(10)
        },
        Scenario("digits between the speech", .healthy) { stage in
            let lines = ["a=rtpmap:101 telephone-event/8000"]
            let call = try stage.plainCall(
                { $0.body(formats: "8 101", lines) }, { $0.body(formats: "8 101", lines) })
            for _ in 0..<8 {
                (call.a.payloadType, call.a.size, call.a.samples) = (101, 4, 0)
                stage.run(0.3)
                (call.a.payloadType, call.a.size, call.a.samples) = (8, 160, 160)
                stage.run(1)
            }
        },
        Scenario("an announcement server that never listens", .notDue) { stage in
            let call = try stage.plainCall({ $0.body("recvonly") }, { $0.body("sendonly") })
            call.a.talks = false
            stage.run(60)
            #expect(stage.verdict(from: "B")?.cause == .healthy)
        },
        Scenario("ZRTP between the packets", .healthy) { stage in
            let call = try stage.plainCall()
            let hello: [UInt8] = [0x10, 0, 0, 1] + Array("ZRTP".utf8) + [UInt8](repeating: 9, count: 40)
            var step = 0
            stage.run(12) {
                step += 1
                if step % 20 == 0, let target = call.a.target { stage.send(hello, from: call.a.source, to: target) }
            }
        },
        Scenario("two audio sections, one of them rejected", .healthy) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B"))
            b.take(stage.offer(a.body() + "m=audio 5000 RTP/AVP 8\r\n"))
            a.take(stage.answer(b.body() + "m=audio 0 RTP/AVP 8\r\n"))
            stage.run(10)
        },
        Scenario("long ptime, and few packets", .healthy) { stage in
            let call = try stage.plainCall()
            for phone in [call.a, call.b] { (phone.interval, phone.samples, phone.size) = (120_000_000, 960, 960) }
            stage.run(30)
        },
    ]

    private static let secure = [
        Scenario("new SDES keys by re-INVITE", .healthy) { stage in
            let call = try stage.secureCall(.sdes, .sdes)
            stage.run(20)
            #expect(stage.world.negotiate(call.a, call.b) == nil)
            stage.run(10)
        },
        Scenario("a new handshake and an ICE restart", .healthy) { stage in
            let call = try stage.secureCall(.webRTC, .plain)
            stage.run(20)
            call.a.isMuted = true
            try call.a.renew(settlingWithin: 10 * World.second)
            #expect(stage.world.negotiate(call.a, call.b) == nil)
            stage.run(4)
            call.a.isMuted = false
            stage.run(10)
        },
        Scenario("the NAT of a WebRTC end forgets, and ICE finds it again", .healthy) { stage in
            let call = try stage.secureCall(.webRTC, .plain)
            stage.run(20)
            call.a.rebind(to: place("203.0.113.4:41000"), gap: 10 * World.second)
            stage.run(20)
        },
        Scenario("WebRTC to WebRTC for two minutes", .healthy) { stage in
            _ = try stage.secureCall(.webRTC, .webRTC)
            stage.run(120)
        },
    ]
}
