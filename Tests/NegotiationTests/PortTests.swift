import Bencode
import Forwarding
import NetTypes
import TestSupport
import Testing

/// Which local ports a party is told (ng-protocol §3.3, sdp-behaviour §3).
@Suite struct PortTests {
    private let relay = TestRelay()
    private let there = Body.audio(at: "10.0.0.2", port: 5000)

    private func toB(_ body: Body, _ options: BencodeDictionary = [:]) -> UInt16 {
        relay.offer(body, Tags("A", "B"), options).section.port
    }

    @Test func portsStandForTheOtherPartysEndpoint() {
        let first = toB(.audio(port: 4000))
        let toA = relay.answer(there).section.port
        #expect(first != toA)
        #expect(toB(.audio(port: 4000)) == first)
        // A moves: B is given other ports, A keeps its own.
        let second = toB(.audio(port: 4100))
        #expect(second != first)
        #expect(relay.answer(there).section.port == toA)
        let third = toB(.audio(at: "10.0.0.11", port: 4000))
        #expect(![first, second].contains(third))
        // A returns, and so do the ports.
        #expect(toB(.audio(port: 4000)) == first)
        #expect(toB(.audio(port: 4100)) == second)
        #expect(relay.plane.openPorts == 8)
    }

    @Test func oldPortsStillReceive() {
        let first = toB(.audio(port: 4000))
        let toA = relay.answer(there).section.port
        let second = toB(.audio(port: 4100))
        // B may refuse: nothing has moved yet, but the new ports are open.
        #expect(relay.rtpFlow(into: first) == [.init(out: toA, to: "10.0.0.1:4000")])
        #expect(relay.rtpFlow(into: second) == [.init(out: toA, to: "10.0.0.1:4000")])
        #expect(relay.rtpFlow(into: toA) == [.init(out: first, to: "10.0.0.2:5000")])
        relay.answer(there)
        // B may still send to the old ports. What A sends leaves through the new ones.
        #expect(relay.rtpFlow(into: first) == [.init(out: toA, to: "10.0.0.1:4100")])
        #expect(relay.rtpFlow(into: second) == [.init(out: toA, to: "10.0.0.1:4100")])
        #expect(relay.rtpFlow(into: toA) == [.init(out: second, to: "10.0.0.2:5000")])
    }

    @Test func answererThatMovesMovesThePortsOfTheOfferer() {
        let port = toB(.audio())
        let first = relay.answer(there).section.port
        let second = relay.answer(.audio(at: "10.0.0.2", port: 5100)).section.port
        #expect(second != first)
        #expect(relay.answer(there).section.port == first)
        #expect(toB(.audio()) == port)
    }

    @Test func portLatchingKeepsThePorts() {
        let first = toB(.audio(port: 4000))
        relay.answer(there)
        #expect(toB(.audio(port: 4100), ["flags": ["port-latching"]]) == first)
        #expect(relay.rtpFlow(into: relay.answer(there).section.port).map(\.out) == [first])
        #expect(relay.plane.openPorts == 4)
    }

    @Test func agentsOfICEKeepTheirPorts() {
        let lines = ["a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901"]
        let first = toB(.audio(port: 4000, lines), ["ICE": "remove"])
        relay.answer(there)
        #expect(toB(.audio(port: 4100, lines), ["ICE": "remove"]) == first)
        let options: BencodeDictionary = ["ICE": "remove", "flags": ["no-port-latching"]]
        #expect(toB(.audio(port: 4200, lines), options) != first)
    }

    @Test(arguments: ["inactive", "sendonly"])
    func whoDoesNotReceiveDoesNotMove(_ direction: String) {
        let first = toB(.audio(port: 4000))
        relay.answer(there)
        #expect(toB(.audio(port: 4100, ["a=" + direction])) == first)
    }

    @Test(arguments: ["recvonly", "sendrecv"])
    func whoReceivesMoves(_ direction: String) {
        let first = toB(.audio(port: 4000))
        relay.answer(there)
        #expect(toB(.audio(port: 4100, ["a=" + direction])) != first)
    }

    @Test func bothSidesHavePortsFromTheOfferOn() {
        let port = relay.offer(.audio()).section.port
        #expect(relay.plane.openPorts == 4)
        let early = relay.plane.snapshot.leased.values.map(\.local.port).filter { $0 != port && $0 != port + 1 }
        let toA = relay.answer(there).section.port
        #expect(Set(early) == [toA, toA + 1])
    }

    @Test func sectionsHavePortsOfTheirOwn() {
        let body = Body(at: "10.0.0.1").section("audio 4000 RTP/AVP 0").section("video 4002 RTP/AVP 96")
        let sections = relay.offer(body).sections
        #expect(sections.count == 2)
        #expect(sections[0].port != sections[1].port)
        #expect(sections.allSatisfy { $0.port % 2 == 0 })
        #expect(relay.plane.openPorts == 8)
    }

    /// A party that moves with every message does not collect ports without end.
    @Test func oldPortsAreGivenUpInTheEnd() {
        relay.offer(.audio())
        relay.answer(there)
        for port in 0..<40 { _ = toB(.audio(port: 6000 + 2 * UInt16(port))) }
        #expect(relay.plane.openPorts <= 2 + 2 * 8)
        let last = toB(.audio(port: 6078))
        #expect(relay.rtpFlow(into: relay.answer(there).section.port).map(\.out) == [last])
        #expect(relay.plane.violations == [])
    }

    @Test func learningStartsOverForANewEndpoint() {
        let port = toB(.audio(port: 4000))
        let toA = relay.answer(there).section.port
        func epoch() -> UInt32? { relay.plane.plan(port: toA)?.learningEpoch }
        func move(_ body: Body, _ options: BencodeDictionary = [:]) {
            _ = toB(body, options)
            relay.answer(there)
        }
        let first = epoch()
        move(.audio(port: 4000))
        #expect(epoch() == first)
        // A hold and its end are no move.
        move(.audio(at: "0.0.0.0", port: 4000))
        #expect(epoch() == first)
        move(.audio(port: 4000))
        #expect(epoch() == first)
        move(.audio(port: 4100))
        #expect(epoch() != first)
        let second = epoch()
        move(.audio(port: 4100), ["flags": ["reset"]])
        #expect(epoch() != second)
        #expect(
            relay.plane.plan(port: port)?.learningEpoch
                == relay.plane.plan(port: toB(.audio(port: 4100)))?.learningEpoch)
    }
}
