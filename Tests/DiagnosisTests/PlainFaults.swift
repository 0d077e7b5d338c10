import Bencode
import CallControl
import Diagnosis
import Forwarding
import NetTypes
import Replay
import Simulation
import TestSupport
import Testing

/// Calls between plain phones that something is wrong with.
enum PlainFaults {
    static let all: [Scenario] = arrival + addresses + signalling + wayOut + content

    private static let arrival: [Scenario] = [
        Scenario("nothing arrives from the caller", .nothingArrives) { stage in
            let call = try stage.plainCall()
            call.a.talks = false
            stage.run(12)
            #expect(stage.verdict(from: "B")?.cause == .healthy)
            #expect(stage.diagnosis?.sentence.contains("from the caller to the callee") == true)
        },
        .plain("nothing arrives at all", .nothingArrives, says: "in either direction") { call in
            (call.a.talks, call.b.talks) = (false, false)
        },
        .plain("only RTCP, which says that media was sent", .onlyRTCP, says: "got lost on the way") { call in
            call.a.reports = .empty
            call.a.losesOneOf = 1
        },
        .plain("RTP goes to the port for RTCP", .wrongPort) { call in call.a.target = call.a.reportTarget },
        .plain("STUN is all that comes", .onlySTUN) { call in
            call.a.content = .raw(
                [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 7, count: 12))
        },
        .plain("DTLS is all that comes", .unexpectedDTLS) { call in
            call.a.content = .raw([22, 0xFE, 0xFD] + [UInt8](repeating: 1, count: 60))
        },
        .plain("what comes is no RTP", .unknownPackets) { call in
            call.a.content = .raw([UInt8](repeating: 0x50, count: 60))
        },
        Scenario("media stops after ten seconds", .mediaStopped) { stage in
            let call = try stage.plainCall()
            stage.run(10)
            call.b.talks = false
            stage.run(20)
            #expect(stage.verdict(from: "A")?.cause == .healthy)
        },
        Scenario("media gets lost on the way after ten seconds, and reports count on", .mediaStopped) { stage in
            let call = try stage.plainCall()
            call.b.reports = .full(0)
            stage.run(10)
            call.b.losesOneOf = 1
            stage.run(65)
            #expect(stage.verdict(from: "B")?.sentence.contains("get lost on the way") == true)
        },
        Scenario("media stops with the re-INVITE", .mediaStopped) { stage in
            let call = try stage.plainCall()
            stage.run(20)
            stage.renegotiate(call.a, call.a.body(), call.b, call.b.body())
            call.a.talks = false
            stage.run(15)
            #expect(stage.verdict(from: "A")?.sentence.contains("since the last offer or answer") == true)
        },
        Scenario("the end said goodbye", .goodbye) { stage in
            let call = try stage.plainCall()
            stage.run(10)
            call.b.talks = false
            stage.sayGoodbye(call.b, of: call.b.ssrc)
            stage.run(15)
        },
        Scenario("the call ended without media", .nothingArrives) { stage in
            let call = try stage.plainCall()
            call.b.talks = false
            stage.run(12)
            stage.delete()
            stage.run(30)
            #expect(stage.diagnosis?.hasEnded == true)
        },
        Scenario("the delete was delayed, and media was missing before", .nothingArrives) { stage in
            let call = try stage.plainCall()
            call.b.talks = false
            stage.run(12)
            stage.delete(delay: 30)
            call.a.talks = false
            stage.run(20)
        },
    ]

    private static let addresses: [Scenario] = [
        Scenario("the NAT forgets: same address, another port", .addressMismatch) { stage in
            let call = try stage.plainCall()
            stage.run(6)
            call.a.source = place("203.0.113.4:62000")
            stage.run(8)
            #expect(stage.verdict(from: "A")?.sentence.contains("its port has changed") == true)
        },
        Scenario("media moves to another address without an offer", .addressMismatch) { stage in
            let call = try stage.plainCall()
            stage.run(6)
            call.a.source = place("203.0.113.77:9000")
            stage.run(8)
        },
        Scenario("two sources send to one port", .secondSource) { stage in
            let call = try stage.plainCall()
            stage.run(6)
            let second = stage.phone("X", at: "203.0.113.9:5000")
            second.target = call.a.target
            stage.run(10)
        },
        Scenario(
            "the relay named an internal address to a public phone", .unreachableRelay,
            configure: {
                $0.interfaces = InterfaceTable(specs: ["10.1.1.5"])
            }
        ) { stage in
            let call = try stage.plainCall()
            // Packets for the private address never reach the relay.
            (call.a.talks, call.b.talks) = (false, false)
            stage.run(12)
        },
        Scenario("the callee's SDP has a private address, and it only listens", .privateDestination) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B", at: "192.168.1.20:4100"))
            b.take(stage.offer(a.body()))
            a.take(stage.answer(b.body("recvonly")))
            b.talks = false
            stage.run(12)
        },
        Scenario("a private address that must not be learned away", .privateDestination) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B", signalled: "192.168.1.20:4100"))
            b.take(stage.offer(a.body()))
            a.take(stage.answer(b.body(), options: ["flags": .list(["asymmetric"])]))
            stage.run(12)
            #expect(stage.verdict(from: "B")?.severity == .healthy)
        },
        Scenario("the callee's SDP names the machine itself", .noDestination) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B", at: "127.0.0.1:4100"))
            b.take(stage.offer(a.body()))
            a.take(stage.answer(b.body("recvonly")))
            b.talks = false
            stage.run(12)
        },
        Scenario("a phone that must be symmetric sends from elsewhere", .addressMismatch) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B"))
            b.take(stage.offer(a.body(), options: ["flags": .list(["strict-source"])]))
            a.take(stage.answer(b.body()))
            stage.run(1)
            a.source = place("203.0.113.200:1234")
            stage.run(10)
        },
    ]

    private static let signalling: [Scenario] = [
        Scenario("the answer was never passed to the relay", .answerMissing) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B"))
            b.take(stage.offer(a.body()))
            stage.run(12)
            #expect(stage.diagnosis?.severity == .fault)
        },
        Scenario("neither answer nor delete", .answerMissing) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B"))
            b.talks = false
            b.take(stage.offer(a.body()))
            stage.run(250)
        },
        Scenario("the answer to a re-INVITE that moves the caller was not passed", .reofferUnanswered) { stage in
            let call = try stage.plainCall()
            stage.run(8)
            call.a.signalled = place("203.0.113.50:7000")
            stage.offer(call.a.body(), "A", to: "B")
            call.a.source = place("203.0.113.50:7000")
            stage.run(12)
        },
        Scenario("the delete came while both talk on", .deletedEarly) { stage in
            _ = try stage.plainCall()
            stage.run(8)
            stage.delete(delay: 60)
            stage.run(20)
        },
        Scenario("deleted too early, seen afterwards", .deletedEarly) { stage in
            _ = try stage.plainCall()
            stage.run(8)
            stage.delete(delay: 20)
            stage.run(30)
            #expect(stage.diagnosis?.hasEnded == true)
        },
        Scenario("the relay was given the SDP that it had written", .pointsAtRelay) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B"))
            let offer = stage.offer(a.body())
            b.take(offer)
            // A proxy that passes the offer as the answer.
            a.take(stage.answer(offer.body ?? ""))
            b.talks = false
            stage.run(12)
        },
    ]

    private static let wayOut: [Scenario] = [
        Scenario("nobody is at the other end (ICMP)", .unreachable) { stage in
            let call = try stage.plainCall()
            call.b.talks = false
            var step = 0
            stage.run(12) {
                step += 1
                guard step % 100 == 0, let target = call.b.target else { return }
                stage.world.plane.fail(111, at: target, to: call.b.signalled)
            }
            #expect(stage.verdict(from: "A")?.cause == .unreachable)
            #expect(stage.verdict(from: "A")?.sentence.contains("port unreachable") == true)
        },
        Scenario("the callee's address is of the other family", .noDestination) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B", at: "[2001:db8::9]:4100"))
            b.take(stage.offer(a.body()))
            a.take(stage.answer(b.body("recvonly")))
            b.talks = false
            stage.run(12)
            #expect(stage.verdict(from: "A")?.sentence.contains("IPv4") == true)
        },
        Scenario("the receiver reports that it gets nothing", .receiverHearsNothing) { stage in
            let call = try stage.plainCall()
            call.b.reports = .full(255)
            stage.run(20)
            #expect(stage.verdict(from: "B")?.cause == .healthy)
        },
        .plain("the receiver got no further than the first packet", .receiverHearsNothing, for: 40) { call in
            call.b.reports = .stuck
        },
        .plain("half is lost between the relay and the receiver", .lossBehindRelay, for: 20) { call in
            call.b.reports = .full(128)
        },
        Scenario("media is dropped because the proxy wants it so", .blocked) { stage in
            _ = try stage.plainCall(options: ["drop-traffic": "start"])
            stage.run(10)
            #expect(stage.diagnosis?.severity == .note)
        },
        Scenario("one side is blocked because the proxy wants it so", .blocked) { stage in
            try stage.plainCall()
            stage.run(5)
            #expect(
                stage.world.relay.request("block media", ["from-tag": "A", "flags": ["directional"]]).result == "ok")
            stage.run(10)
            #expect(stage.diagnosis?.severity == .note)
        },
        Scenario("one side is blocked, and says nothing", .blocked) { stage in
            let call = try stage.plainCall()
            stage.run(5)
            #expect(
                stage.world.relay.request("block media", ["from-tag": "A", "flags": ["directional"]]).result == "ok")
            call.a.talks = false
            stage.run(10)
            #expect(stage.verdict(from: "A")?.cause == .blocked)
            #expect(stage.verdict(from: "B")?.cause == .healthy)
        },
        Scenario("one side is silenced because the proxy wants it so", .blocked) { stage in
            let call = try stage.plainCall()
            stage.run(5)
            #expect(stage.world.relay.request("silence media", ["from-tag": "A"]).result == "ok")
            stage.run(10)
            let verdict = stage.verdict(from: "A")
            #expect(verdict?.cause == .blocked && verdict?.sentence.contains("silence media") == true)
            // What has no silence is not replaced.
            call.a.payloadType = 107
            stage.run(10)
            #expect(stage.verdict(from: "A")?.cause == .payloadType)
            call.a.payloadType = 8
            #expect(stage.world.relay.request("unsilence media", ["from-tag": "A"]).result == "ok")
            stage.run(10)
            #expect(stage.verdict(from: "A")?.severity != .fault)
            #expect(stage.world.relay.request("silence media", ["from-tag": "A"]).result == "ok")
            stage.run(1)
        },
    ]

    private static let content: [Scenario] = [
        .plain("SRTP where none was agreed", .encrypted, for: 10) { call in call.a.content = .cipher },
        Scenario("a codec that the callee did not take", .codecMismatch) { stage in
            let call = try stage.plainCall({ $0.body(formats: "8 0 9") }, { $0.body(formats: "8") })
            call.a.payloadType = 9
            stage.run(10)
            #expect(stage.verdict(from: "A")?.sentence.contains("G722") == true)
        },
        .plain("a payload type of which nobody has spoken", .payloadType, for: 10) { call in
            call.a.payloadType = 107
        },
        .plain("a third of the packets is lost", .loss, for: 10) { call in call.a.losesOneOf = 3 },
        .plain("the clock of the packets is not that of the codec", .jitter, for: 10) { call in
            call.a.samples = 2000
        },
        Scenario("nothing but comfort noise", .onlySilence) { stage in
            let call = try stage.plainCall({ $0.body(formats: "8 0 13") }, { $0.body(formats: "8 13") })
            call.a.content = .noise
            stage.run(12)
            #expect(stage.diagnosis?.severity == .note)
        },
        .plain("nothing but silence", .onlySilence) { call in call.b.content = .silence },
        Scenario("the codec under another number", .payloadTypeNumber) { stage in
            let call = try stage.plainCall(
                { $0.body(formats: "96", ["a=rtpmap:96 iLBC/8000"]) },
                { $0.body(formats: "111", ["a=rtpmap:111 iLBC/8000"]) })
            (call.a.payloadType, call.b.payloadType) = (96, 96)
            stage.run(10)
            #expect(stage.diagnosis?.severity == .note)
        },
    ]
}
