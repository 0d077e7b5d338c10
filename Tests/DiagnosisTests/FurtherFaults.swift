import Bencode
import CallControl
import Diagnosis
import NetTypes
import Replay
import Simulation
import TestSupport
import Testing

/// Faults that operators meet less often.
enum FurtherFaults {
    static let all: [Scenario] = plain + secure

    private static let plain = [
        Scenario("the caller sends to the callee's port", .nothingArrives) { stage in
            let call = try stage.plainCall()
            call.a.target = call.b.target
            stage.run(12)
            let sentence = stage.verdict(from: "A")?.sentence ?? ""
            #expect(sentence.contains("port of the other side"), "\(sentence)")
        },
        Scenario("the answer is recvonly by mistake, and both talk", .notDue) { stage in
            _ = try stage.plainCall({ $0.body("sendonly") }, { $0.body("recvonly") })
            stage.run(12)
            let notDue = stage.verdict(from: "B")
            #expect(notDue?.evidence.contains { $0.name == "packets all the same" } == true)
        },
        Scenario("all packets have one sequence number", .replayed) { stage in
            let call = try stage.plainCall()
            call.a.stride = 0
            stage.run(12)
        },
        Scenario("the far network cannot be reached", .unreachable) { stage in
            let call = try stage.plainCall()
            call.b.talks = false
            var step = 0
            stage.run(12) {
                step += 1
                guard step % 100 == 0, let target = call.b.target else { return }
                stage.world.plane.fail(113, at: target, to: call.b.signalled)
            }
            #expect(stage.diagnosis?.sentence.contains("host unreachable") == true)
        },
        Scenario("video stops while audio goes on", .idle) { stage in
            let call = try stage.videoCall()
            stage.run(10)
            call.video.a.talks = false
            stage.run(70)
            #expect(stage.verdict(from: "A", section: 0)?.cause == .healthy)
            #expect(stage.verdict(from: "A", section: 1)?.cause == .idle)
        },
        Scenario("audio stops while video goes on", .mediaStopped) { stage in
            let call = try stage.videoCall()
            stage.run(10)
            call.audio.a.talks = false
            stage.run(70)
            #expect(stage.verdict(from: "A", section: 1)?.cause == .healthy)
        },
        Scenario("a third of the video is lost", .loss) { stage in
            let call = try stage.videoCall()
            call.video.a.losesOneOf = 3
            stage.run(15)
            #expect(stage.verdict(from: "A", section: 0)?.cause == .healthy)
        },
        Scenario("video of a payload type that nobody has spoken of", .payloadType) { stage in
            let call = try stage.videoCall()
            call.video.a.payloadType = 98
            stage.run(10)
        },
        Scenario("the network doubles every packet", .replayed) { stage in
            _ = try stage.secureCall(.plain, .plain)
            stage.world.network = World.Network(doubled: 1000)
            stage.run(12)
            #expect(stage.diagnosis?.severity == .note)
        },
        Scenario("the wrong address in the callee's SDP, which does not speak", .unreachable) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B", at: "198.51.100.200:4100"))
            b.take(stage.offer(a.body()))
            a.take(stage.answer(b.body()))
            b.talks = false
            var step = 0
            stage.run(12) {
                step += 1
                guard step % 100 == 0, let target = b.target else { return }
                stage.world.plane.fail(113, at: target, to: b.signalled)
            }
        },
        Scenario("nothing for T.38 is known of the fax that is sent as audio", .payloadType) { stage in
            let call = try stage.plainCall()
            stage.run(5)
            call.b.payloadType = 98
            stage.run(10)
        },
        Scenario("a call that lasted half a second, without media", .tooEarly) { stage in
            let call = try stage.plainCall()
            (call.a.talks, call.b.talks) = (false, false)
            stage.run(0.5)
            stage.delete()
            stage.run(1)
            #expect(stage.diagnosis?.hasEnded == true)
        },
    ]

    private static let secure = [
        Scenario("both ends want to be the DTLS client", .dtlsIncomplete) { stage in
            let (a, b) = (try stage.peer("A", .dtls), stage.phone("B"))
            b.payloadType = 0
            b.take(
                stage.offer(
                    a.offer().text.replacingPrefix("a=setup", with: "a=setup:passive"),
                    options: SimulatedPeer.Flavor.plain.options))
            var section = stage.answer(b.body(formats: "0"), options: SimulatedPeer.Flavor.dtls.options).section
            section.lines = section.lines.map { $0.hasPrefix("a=setup") ? "a=setup:passive" : $0 }
            a.take(section, isAnswer: true)
            a.isMuted = false
            stage.run(15)
        },
        Scenario("a suite that nobody knows", .keysMissing) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B"))
            let options: BencodeDictionary = ["transport-protocol": "RTP/SAVP"]
            b.take(stage.offer(a.body(profile: "RTP/SAVP", [cryptoLine()]), options: options))
            a.take(
                stage.answer(
                    b.body(profile: "RTP/SAVP", [cryptoLine(suite: "SEED_CTR_128_HMAC_SHA1_80")]), options: options))
            a.talks = false
            stage.run(12)
        },
        Scenario("one way of SRTP only: the callee's key is wrong", .srtpAuthentication) { stage in
            _ = try stage.secureCall(.sdes, .sdes) { _, b in
                b.edit = { $0.replacingPrefix("a=crypto", with: cryptoLine(3)) }
            }
            stage.run(10)
            #expect(stage.verdict(from: "A")?.cause == .healthy)
        },
        Scenario("WebRTC that loses every third packet", .loss) { stage in
            _ = try stage.secureCall(.webRTC, .plain)
            stage.world.filter = { source, _, bytes in
                source == place("203.0.113.4:4000") && bytes[0] >= 128 && bytes[3] % 3 == 0 ? nil : bytes
            }
            stage.run(20)
        },
        Scenario("WebRTC stops after a minute, and its checks go on", .mediaStopped) { stage in
            let call = try stage.secureCall(.webRTC, .plain)
            stage.run(60)
            call.a.endStreams()
            stage.run(70)
        },
    ]
}

extension Stage {
    /// A call of audio and video, on ports of their own.
    func videoCall() throws -> (audio: (a: Phone, b: Phone), video: (a: Phone, b: Phone)) {
        let audio = (a: phone("A"), b: phone("B"))
        let video = (a: phone("AV", at: "203.0.113.4:6000"), b: phone("BV", at: "198.51.100.6:6100"))
        func lines(_ phone: Phone) -> String {
            "m=video \(phone.signalled.port) RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"
        }
        let offer = self.offer(audio.a.body() + lines(video.a) + "a=sendrecv\r\n")
        audio.b.take(offer)
        video.b.take(offer, section: 1)
        let answer = self.answer(audio.b.body() + lines(video.b) + "a=sendrecv\r\n")
        audio.a.take(answer)
        video.a.take(answer, section: 1)
        for phone in [video.a, video.b] {
            (phone.payloadType, phone.interval, phone.samples, phone.size) = (96, 10_000_000, 900, 900)
        }
        return (audio, video)
    }
}
