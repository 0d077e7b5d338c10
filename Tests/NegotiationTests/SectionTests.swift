import Bencode
import Forwarding
import TestSupport
import Testing

/// Rejected, added, missing and removed sections (sdp-behaviour §8).
@Suite struct SectionTests {
    private let relay = TestRelay()
    private let two = Body(at: "10.0.0.1").section("audio 4000 RTP/AVP 0").section("video 4002 RTP/AVP 96")
    private let twoBack = Body(at: "10.0.0.2").section("audio 5000 RTP/AVP 0").section("video 5002 RTP/AVP 96")

    private func heads(_ reply: Reply) -> [String] {
        reply.sections.map {
            "\($0.type) \($0.port == 0 ? "0" : "PORT") \($0.transport) \($0.formats.joined(separator: " "))"
        }
    }

    @Test func rejectedSectionHasNothingButItsName() {
        let body = Body(at: "10.0.0.1").section("audio 0 RTP/AVP 8 0", ["a=mid:x", "a=sendonly", "b=AS:64"])
            .section("video 4002 RTP/AVP 96")
        let sections = relay.offer(body).sections
        #expect(sections[0].lines == ["m=audio 0 RTP/AVP 8 0", "c=IN IP4 0.0.0.0", "a=mid:x"])
        #expect(sections[1].port != 0)
        #expect(relay.plane.openPorts == 4)
    }

    @Test func answererRejectsOneOfTwo() {
        let toB = relay.offer(two).sections
        let body = Body(at: "10.0.0.2").section("audio 5000 RTP/AVP 0").section("video 0 RTP/AVP 96")
        let toA = relay.answer(body)
        #expect(heads(toA) == ["audio PORT RTP/AVP 0", "video 0 RTP/AVP 96"])
        #expect(relay.rtpFlow(into: toB[0].port).map(\.to) == ["10.0.0.1:4000"])
        // What is rejected leads nowhere.
        #expect(relay.rtpFlow(into: toB[1].port) == [])
        #expect(relay.plane.plan(port: toB[1].port)?.remote == nil)
        for plan in relay.plane.snapshot.plans.values {
            for sink in plan.sinks { #expect(relay.plane.number(of: sink.port) != toB[1].port) }
        }
    }

    @Test func rejectedSectionComesBackWithItsPorts() {
        let first = relay.offer(two)
        let toA = relay.answer(twoBack)
        let off = Body(at: "10.0.0.1").section("audio 4000 RTP/AVP 0").section("video 0 RTP/AVP 96")
        #expect(heads(relay.offer(off, Tags("A", "B"))) == ["audio PORT RTP/AVP 0", "video 0 RTP/AVP 96"])
        let offBack = Body(at: "10.0.0.2").section("audio 5000 RTP/AVP 0").section("video 0 RTP/AVP 96")
        #expect(heads(relay.answer(offBack)) == ["audio PORT RTP/AVP 0", "video 0 RTP/AVP 96"])
        #expect(relay.offer(two, Tags("A", "B")).sections.map(\.port) == first.sections.map(\.port))
        #expect(relay.answer(twoBack).sections.map(\.port) == toA.sections.map(\.port))
        #expect(relay.rtpFlow(into: first.sections[1].port).map(\.to) == ["10.0.0.1:4002"])
        #expect(relay.plane.openPorts == 8)
    }

    @Test func laterOfferAddsASection() {
        let first = relay.offer(.audio(formats: "0"))
        relay.answer(.audio(at: "10.0.0.2", port: 5000, formats: "0"))
        let second = relay.offer(two, Tags("A", "B"))
        #expect(heads(second) == ["audio PORT RTP/AVP 0", "video PORT RTP/AVP 96"])
        #expect(second.sections[0].port == first.section.port)
        let toA = relay.answer(twoBack)
        #expect(relay.rtpFlow(into: toA.sections[1].port).map(\.to) == ["10.0.0.2:5002"])
        #expect(relay.plane.openPorts == 8)
    }

    @Test func laterOfferWithFewerSections() {
        relay.offer(two)
        let toA = relay.answer(twoBack)
        let reply = relay.offer(.audio(formats: "0"), Tags("A", "B"))
        #expect(heads(reply) == ["audio PORT RTP/AVP 0", "video 0 RTP/AVP 96"])
        relay.answer(Body(at: "10.0.0.2").section("audio 5000 RTP/AVP 0").section("video 0 RTP/AVP 96"))
        #expect(relay.rtpFlow(into: toA.sections[1].port) == [])
    }

    @Test func answerWithFewerSections() {
        let toB = relay.offer(two)
        let reply = relay.answer(.audio(at: "10.0.0.2", port: 5000, formats: "0"))
        #expect(reply.sections.map(\.type) == ["audio", "video"])
        #expect(relay.rtpFlow(into: toB.sections[0].port).map(\.to) == ["10.0.0.1:4000"])
        #expect(relay.rtpFlow(into: toB.sections[1].port) == [])
    }

    @Test func answerWithMoreSections() {
        relay.offer(.audio(formats: "0"))
        let reply = relay.answer(twoBack)
        #expect(reply.sections.count == 2)
        #expect(relay.plane.violations == [])
    }

    @Test(arguments: [
        (["video"], ["audio"]), (["audio"], ["video"]), (["image"], ["audio", "video"]),
        (["VIDEO"], ["audio"]),
    ])
    func removedFromTheOffer(_ removed: [String], _ left: [String]) {
        let options: BencodeDictionary = ["sdp-media-remove": .list(removed.map(BencodeValue.text))]
        let reply = relay.offer(two, Tags("A"), options)
        #expect(reply.sections.map(\.type) == left)
        #expect(reply.sections.allSatisfy { $0.port != 0 })
    }

    /// The answer has no section for what the answerer was not shown; the offerer is told in its place that it is
    /// rejected.
    @Test(arguments: ["video", "audio"])
    func answerIsMappedToTheOfferersSections(_ removed: String) {
        let options: BencodeDictionary = ["sdp-media-remove": [.text(removed)]]
        let toB = relay.offer(two, Tags("A"), options)
        let left = removed == "video" ? 0 : 1
        let head = left == 0 ? "audio 5000 RTP/AVP 0" : "video 5002 RTP/AVP 96"
        let toA = relay.answer(Body(at: "10.0.0.2").section(head))
        #expect(toA.sections.map(\.type) == ["audio", "video"])
        #expect(toA.sections[left].port != 0)
        #expect(toA.sections[1 - left].port == 0)
        #expect(relay.rtpFlow(into: toB.section.port).map(\.to) == ["10.0.0.1:\(4000 + 2 * left)"])
        #expect(relay.rtpFlow(into: toA.sections[left].port).map(\.to) == ["10.0.0.2:\(5000 + 2 * left)"])
        // The callee's re-INVITE has one section, too.
        let reinvite = relay.offer(Body(at: "10.0.0.2").section(head), Tags("B", "A"))
        #expect(reinvite.sections.map { $0.port != 0 } == (left == 0 ? [true, false] : [false, true]))
        #expect(reinvite.sections[left].port == toA.sections[left].port)
    }

    @Test func opaqueSectionIsRelayedAsItIs() {
        let lines = ["a=T38FaxVersion:0", "a=floorid:1"]
        let toB = relay.offer(Body(at: "10.0.0.1").section("image 4000 udptl t38", lines)).section
        #expect(toB.lines == ["m=image \(toB.port) udptl t38", "c=IN IP4 198.51.100.7"] + lines)
        let toA = relay.answer(Body(at: "10.0.0.2").section("image 5000 udptl t38")).section
        #expect(relay.plane.plan(port: toB.port)?.carries == .opaque)
        #expect(relay.rtpFlow(into: toB.port) == [.init(out: toA.port, to: "10.0.0.1:4000")])
        #expect(relay.rtpFlow(into: toA.port) == [.init(out: toB.port, to: "10.0.0.2:5000")])
        // The port above leads to the port above.
        #expect(relay.rtpFlow(into: toA.port + 1) == [.init(out: toB.port + 1, to: "10.0.0.2:5001")])
    }

    @Test func sectionOverTCPIsNotRelayed() {
        let lines = ["a=path:msrp://10.0.0.1:9"]
        let body = Body(at: "10.0.0.1").section("audio 4000 RTP/AVP 0").section("message 4009 TCP/MSRP *", lines)
        let section = relay.offer(body).sections[1]
        #expect(section.lines == ["m=message 4009 TCP/MSRP *", "c=IN IP4 10.0.0.1"] + lines)
        #expect(relay.plane.openPorts == 4)
    }

    @Test func audioBecomesFax() {
        relay.offer(.audio(formats: "0"))
        let toA = relay.answer(.audio(at: "10.0.0.2", port: 5000, formats: "0"))
        let fax = Body(at: "10.0.0.2").section("image 5000 udptl t38")
        let reply = relay.offer(fax, Tags("B", "A")).section
        #expect(reply.port == toA.section.port)
        #expect(reply.lines.first == "m=image \(reply.port) udptl t38")
        let back = relay.answer(Body(at: "10.0.0.1").section("image 4000 udptl t38"), Tags("B", "A")).section
        #expect(relay.plane.plan(port: reply.port)?.carries == .opaque)
        #expect(relay.rtpFlow(into: back.port) == [.init(out: reply.port, to: "10.0.0.1:4000")])
        #expect(relay.plane.openPorts == 4)
    }
}
