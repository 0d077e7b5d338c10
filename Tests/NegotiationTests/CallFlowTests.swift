import Bencode
import CallControl
import Forwarding
import NetTypes
import TestSupport
import Testing

/// Whole calls as proxies signal them (ng-protocol §11): which ports and addresses the parties are told, and where their
/// packets go.
@Suite struct CallFlowTests {
    private let relay = TestRelay()
    /// A is at 10.0.0.1:4000, B at 10.0.0.2:5000, further answerers at .3, .4 …
    private let callee = Body.audio(at: "10.0.0.2", port: 5000)

    private func callee(_ number: Int, port: UInt16 = 5000) -> Body { .audio(at: "10.0.0.\(number)", port: port) }

    /// Packets that arrive on the port that A was told go to `endpoint`, and leave through `out`.
    private func expectFlow(
        into port: UInt16, outOf out: UInt16, to endpoint: String?, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let flow = TestRelay.Flow(out: out, to: endpoint)
        #expect(relay.rtpFlow(into: port) == [flow], sourceLocation: sourceLocation)
    }

    /// Packets between the ports that A and B were told go both ways.
    private func expectCall(
        a: UInt16, b: UInt16, at endpointA: String = "10.0.0.1:4000", and endpointB: String = "10.0.0.2:5000",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        expectFlow(into: a, outOf: b, to: endpointB, sourceLocation: sourceLocation)
        expectFlow(into: b, outOf: a, to: endpointA, sourceLocation: sourceLocation)
    }

    private func establish() -> (a: UInt16, b: UInt16) {
        let toB = relay.offer(.audio()).section.port
        return (relay.answer(callee).section.port, toB)
    }

    @Test(arguments: [Tags("A"), Tags("A", "B"), Tags("B", "A"), Tags("B")])
    func row1PlainCall(_ end: Tags) {
        let ports = establish()
        #expect(ports.a % 2 == 0 && ports.b % 2 == 0 && ports.a != ports.b)
        expectCall(a: ports.a, b: ports.b)
        #expect(relay.rtcpFlow(into: ports.a + 1) == [.init(out: ports.b + 1, to: "10.0.0.2:5001")])
        #expect(relay.rtcpFlow(into: ports.b + 1) == [.init(out: ports.a + 1, to: "10.0.0.1:4001")])
        // RTCP that comes to the RTP port finds its way, too.
        #expect(relay.rtcpFlow(into: ports.a) == [.init(out: ports.b + 1, to: "10.0.0.2:5001")])
        #expect(relay.delete(end).warning == nil)
        #expect(relay.plane.openPorts == 0)
    }

    @Test func row2Retransmission() {
        let first = relay.offer(.audio())
        #expect(relay.offer(.audio()).lines == first.lines)
        let answer = relay.answer(callee)
        #expect(relay.answer(callee).lines == answer.lines)
        #expect(relay.plane.openPorts == 4)
    }

    @Test func row3ProvisionalAndFinalAnswerOfOneParty() {
        let toB = relay.offer(.audio()).section.port
        let first = relay.answer(callee).section
        #expect(relay.answer(callee).section.lines == first.lines)
        let codecs = relay.answer(.audio(at: "10.0.0.2", port: 5000, formats: "0")).section
        #expect(codecs.port == first.port)
        #expect(codecs.formats == ["0"])
        let moved = relay.answer(callee(3)).section
        #expect(moved.port != first.port)
        expectCall(a: moved.port, b: toB, and: "10.0.0.3:5000")
        // A may not know its new port yet.
        expectFlow(into: first.port, outOf: toB, to: "10.0.0.3:5000")
    }

    @Test func row4SerialForking() {
        let toB = relay.offer(.audio()).section.port
        relay.answer(callee, Tags("A", "B1"))
        let final = relay.answer(callee(3), Tags("A", "B2")).section
        #expect(final.port != 0)
        expectCall(a: final.port, b: toB, and: "10.0.0.3:5000")
        for tag in ["B1", "B2"] { #expect(relay.query(Tags(tag)).keys("tags") == ["A", "B2"]) }
        #expect(relay.query().value("tags", "B2", "tag-aliases") == ["B1"])
        #expect(relay.delete(Tags("B1")).warning == nil)
        #expect(relay.plane.openPorts == 0)
    }

    /// Whatever the model calls it: the answerer sends to the ports of the only offer there was.
    @Test func row4MediaOfALaterAnswererIsHeard() {
        let toB = relay.offer(.audio()).section.port
        relay.answer(callee, Tags("A", "B1"))
        let final = relay.answer(callee(3), Tags("A", "B2")).section
        expectFlow(into: toB, outOf: final.port, to: "10.0.0.1:4000")
    }

    @Test(
        arguments: [["flags": ["new-branch"]], ["sip-message-type": "reply", "sip-code": 200]] as [BencodeDictionary])
    func row4MediaOfAnAnswererThatIsANewPartyIsHeard(_ options: BencodeDictionary) {
        let toB = relay.offer(.audio()).section.port
        relay.answer(callee, Tags("A", "B1"), options)
        let final = relay.answer(callee(3), Tags("A", "B2"), options).section
        expectFlow(into: toB, outOf: final.port, to: "10.0.0.1:4000")
        #expect(relay.query().keys("tags") == ["A", "B1", "B2"])
        relay.delete()
        #expect(relay.plane.openPorts == 0)
        #expect(relay.plane.violations == [])
    }

    @Test func row5ParallelForkingWithBranches() {
        let toB1 = relay.offer(.audio(), Tags("A", branch: "b1")).section.port
        let toB2 = relay.offer(.audio(), Tags("A", branch: "b2")).section.port
        #expect(toB1 != toB2)
        #expect(relay.plane.openPorts == 6)
        let first = relay.answer(callee(2), Tags("A", "B1", branch: "b1")).section.port
        expectCall(a: first, b: toB1)
        let second = relay.answer(callee(3), Tags("A", "B2", branch: "b2")).section.port
        #expect(second != first)
        expectCall(a: second, b: toB2, and: "10.0.0.3:5000")
        // The first branch wins in the end.
        #expect(relay.answer(callee(2), Tags("A", "B1", branch: "b1")).section.port == first)
        expectCall(a: first, b: toB1)
        relay.delete(Tags("A", branch: "b2"))
        #expect(relay.query().keys("tags") == ["A", "B1"])
        expectCall(a: first, b: toB1)
    }

    /// A gateway plays its announcement while a phone only says that it rings; the caller hears it until one of them
    /// answers for good, or the call goes on.
    @Test(arguments: [true, false])
    func row5EarlyMediaOfABranchGoesOnWhenAnotherRings(_ saysFinal: Bool) {
        let toB1 = relay.offer(.audio(), Tags("A", branch: "b1")).section.port
        let toB2 = relay.offer(.audio(), Tags("A", branch: "b2")).section.port
        let first = relay.answer(callee(2), Tags("A", "B1", branch: "b1")).section.port
        let second = relay.answer(callee(3), Tags("A", "B2", branch: "b2")).section.port
        expectCall(a: second, b: toB2, and: "10.0.0.3:5000")
        expectFlow(into: toB1, outOf: second, to: "10.0.0.1:4000")
        relay.answer(callee(2), Tags("A", "B1", branch: "b1"))
        expectCall(a: first, b: toB1)
        expectFlow(into: toB2, outOf: first, to: "10.0.0.1:4000")
        let final: BencodeDictionary = ["sip-message-type": "reply", "sip-code": 200]
        relay.answer(callee(2), Tags("A", "B1", branch: "b1"), saysFinal ? final : [:])
        if !saysFinal { relay.offer(.audio(), Tags("A", "B1")) }
        expectCall(a: first, b: toB1)
        #expect(relay.rtpFlow(into: toB2) == [])
    }

    /// Somebody new who is called later on is no branch of a fork: the party that was left is not overheard.
    @Test func aPartyThatWasLeftIsNotHeard() {
        let toB = relay.offer(.audio(), Tags("A", branch: "b1")).section.port
        relay.answer(callee(2), Tags("A", "B", branch: "b1"))
        let toC = relay.offer(.audio(), Tags("A", "C")).section.port
        let toA = relay.answer(callee(3), Tags("A", "C")).section.port
        expectCall(a: toA, b: toC, and: "10.0.0.3:5000")
        #expect(relay.rtpFlow(into: toB) == [])
    }

    @Test func row6ParallelForkingWithoutBranches() {
        let toB = relay.offer(.audio()).section.port
        for number in 2...5 {
            let toA = relay.answer(callee(number), Tags("A", "B\(number)")).section.port
            expectCall(a: toA, b: toB, and: "10.0.0.\(number):5000")
        }
        #expect(relay.offer(.audio(), Tags("A", "B3")).section.port == toB)
    }

    /// The first offer comes from the callee, and names the caller.
    @Test func row7LateOffer() {
        let toA = relay.offer(callee, Tags("B", "A")).section.port
        let toB = relay.answer(.audio(), Tags("B", "A")).section.port
        expectCall(a: toA, b: toB)
        #expect(relay.query().keys("tags") == ["A", "B"])
    }

    @Test(arguments: [Tags("A", "B"), Tags("A")])
    func rows8And10ReinviteByTheCaller(_ tags: Tags) {
        let ports = establish()
        #expect(relay.offer(.audio(), tags).section.port == ports.b)
        #expect(relay.answer(callee).section.port == ports.a)
        expectCall(a: ports.a, b: ports.b)
        #expect(relay.plane.openPorts == 4)
    }

    @Test(arguments: [Tags("B", "A"), Tags("B")])
    func rows9And10ReinviteByTheCallee(_ tags: Tags) {
        let ports = establish()
        #expect(relay.offer(callee, tags).section.port == ports.a)
        #expect(relay.answer(.audio(), Tags("B", "A")).section.port == ports.b)
        expectCall(a: ports.a, b: ports.b)
        #expect(relay.plane.openPorts == 4)
    }

    @Test func row12HoldByRejection() {
        let ports = establish()
        let reply = relay.offer(.audio(port: 0), Tags("A", "B"))
        #expect(reply.errorReason == "Error rewriting SDP")
        #expect(reply.body == "")
        expectCall(a: ports.a, b: ports.b)
    }

    @Test func row16MovesAndReturns() {
        let ports = establish()
        let moved = relay.offer(.audio(at: "10.0.0.9", port: 4900), Tags("A", "B")).section.port
        #expect(moved != ports.b)
        relay.answer(callee)
        expectCall(a: ports.a, b: moved, at: "10.0.0.9:4900")
        #expect(relay.offer(.audio(), Tags("A", "B")).section.port == ports.b)
        relay.answer(callee)
        expectCall(a: ports.a, b: ports.b)
    }

    @Test func row17CodecChange() {
        let ports = establish()
        let offer = relay.offer(.audio(formats: "9 96", ["a=rtpmap:96 opus/48000/2"]), Tags("A", "B")).section
        #expect(offer.port == ports.b)
        #expect(offer.formats == ["9", "96"])
        let answer = relay.answer(.audio(at: "10.0.0.2", port: 5000, formats: "96", ["a=rtpmap:96 opus/48000/2"]))
            .section
        #expect(answer.port == ports.a)
        #expect(answer.formats == ["96"])
        #expect(relay.plane.plan(port: ports.a)?.clockRates == [9: 8_000, 96: 48_000])
        #expect(relay.plane.plan(port: ports.b)?.clockRates == [96: 48_000])
    }

    @Test func row21FaxInASectionOfItsOwn() {
        let ports = establish()
        let fax = Body(at: "10.0.0.2").section("audio 0 RTP/AVP 8").section("image 5004 udptl t38")
        let toA = relay.offer(fax, Tags("B", "A")).sections
        #expect(toA.map { $0.port != 0 } == [false, true])
        let back = Body(at: "10.0.0.1").section("audio 0 RTP/AVP 8").section("image 4004 udptl t38")
        let toB = relay.answer(back, Tags("B", "A")).sections
        expectCall(a: toA[1].port, b: toB[1].port, at: "10.0.0.1:4004", and: "10.0.0.2:5004")
        #expect(relay.rtpFlow(into: ports.a) == [])
        // Back to speech on the old ports.
        #expect(relay.offer(.audio(), Tags("A", "B")).section.port == ports.b)
        #expect(relay.answer(callee).section.port == ports.a)
        expectCall(a: ports.a, b: ports.b)
    }

    @Test func row22Transfer() {
        let ports = establish()
        let toC = relay.offer(.audio(), Tags("A", "C")).section.port
        #expect(toC != ports.b)
        let toA = relay.answer(callee(3), Tags("A", "C")).section.port
        expectCall(a: toA, b: toC, and: "10.0.0.3:5000")
        #expect(relay.rtpFlow(into: ports.b) == [])
        #expect(relay.delete(Tags("B")).warning == nil)
        #expect(relay.query().keys("tags") == ["A", "C"])
        expectCall(a: toA, b: toC, and: "10.0.0.3:5000")
        relay.delete(Tags("C"))
        #expect(relay.plane.openPorts == 0)
    }

    @Test func row23Unanswered() {
        relay.offer(.audio())
        relay.delete(Tags("A"), delay: nil)
        relay.pass(seconds: 29)
        #expect(relay.plane.openPorts == 4)
        relay.pass(seconds: 1)
        #expect(relay.plane.openPorts == 0)
    }

    @Test func row24BranchIsDeletedBeforeItsAnswer() {
        let toB1 = relay.offer(.audio(), Tags("A", branch: "b1")).section.port
        relay.offer(.audio(), Tags("A", branch: "b2"))
        relay.delete(Tags("A", branch: "b2"))
        #expect(relay.plane.openPorts == 4)
        let toA = relay.answer(callee, Tags("A", "B1", branch: "b1")).section.port
        expectCall(a: toA, b: toB1)
    }

    @Test func row25RanOutOfPorts() {
        relay.plane.update { $0.exhaustedPools = [PortPoolID(0)] }
        #expect(relay.offer(.audio()).errorReason == "Ran out of ports")
        #expect(relay.list() == [])
        #expect(relay.answer(callee).errorReason == "Unknown call-id")
    }

    @Test func row27EmptyBody() {
        let request: BencodeDictionary = ["command": "offer", "call-id": "call", "from-tag": "A"]
        #expect(Reply(relay.send(request)).errorReason == "No SDP body in message")
        var empty = request
        empty.append("sdp", "")
        #expect(Reply(relay.send(empty)).dictionary.first("sdp") == "")
    }

    @Test func row28Restart() {
        let ports = establish()
        let other = TestRelay(seed: 2)
        #expect(other.answer(callee).errorReason == "Unknown call-id")
        #expect(other.delete(Tags("A")).warning != nil)
        let toB = other.offer(.audio(), Tags("A", "B")).section.port
        let toA = other.answer(callee).section.port
        #expect(other.rtpFlow(into: toA) == [.init(out: toB, to: "10.0.0.2:5000")])
        #expect(ports.a != toA)
    }

    @Test func row29FragmentsBeforeTheAnswer() {
        let fragment =
            "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n"
            + "a=candidate:1 1 UDP 2130706431 10.0.0.1 4000 typ host\r\n"
        let request: BencodeDictionary = [
            "command": "offer", "call-id": "call", "from-tag": "A", "flags": ["fragment"], "sdp": .text(fragment),
        ]
        #expect(relay.send(request) == ["result": "ok"])
        #expect(relay.list() == [])
        let lines = ["a=mid:0", "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=ice-options:trickle"]
        let toB = relay.offer(.audio(lines), Tags("A"), ["ICE": "remove"]).section.port
        #expect(relay.send(request) == ["result": "ok"])
        #expect(relay.plane.openPorts == 4)
        #expect(relay.rtpFlow(into: toB).count == 1)
    }

    @Test func row30EarlyMedia() {
        let toB = relay.offer(.audio()).section.port
        let open = relay.plane.snapshot.leased.values.map(\.local.port).filter { $0 % 2 == 0 && $0 != toB }
        #expect(open.count == 1)
        guard let toA = open.first else { return }
        expectFlow(into: toB, outOf: toA, to: "10.0.0.1:4000")
        expectFlow(into: toA, outOf: toB, to: nil)
        #expect(relay.answer(callee).section.port == toA)
        expectCall(a: toA, b: toB)
    }
}
