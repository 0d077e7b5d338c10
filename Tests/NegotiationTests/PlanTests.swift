import Bencode
import CallControl
import Forwarding
import Negotiation
import TestSupport
import Testing

/// Options of a message that show in the plans of the ports (ng-protocol §5.4).
@Suite struct PlanTests {
    /// The plans of the ports that A and B send to.
    private func plans(
        _ options: BencodeDictionary, answer: BencodeDictionary = [:],
        configure: (inout CallControlConfiguration) -> Void = { _ in }
    ) -> (a: ForwardingPlan?, b: ForwardingPlan?) {
        let relay = TestRelay(configure: configure)
        let toB = relay.offer(.audio(formats: "8 0 101", ["a=rtpmap:101 telephone-event/8000"]), Tags("A"), options)
        let toA = relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B"), answer)
        return (relay.plane.plan(port: toA.section.port), relay.plane.plan(port: toB.section.port))
    }

    @Test func defaults() {
        let plans = plans([:])
        #expect(plans.a?.learning == .heuristic)
        #expect(plans.a?.foreignSources == .drop)
        #expect(plans.a?.tos == 0)
        #expect(plans.a?.isBlocked == false)
        #expect(plans.a?.clockRates == [8: 8_000, 0: 8_000, 101: 8_000])
        #expect(plans.a?.eventPayloadTypes == [101])
        // B does not name them, but may send what A takes.
        #expect(plans.b?.eventPayloadTypes == [101])
    }

    @Test(arguments: [
        ("off", EndpointLearning.off), ("immediate", .immediate), ("delayed", .delayed), ("heuristic", .heuristic),
    ])
    func learning(_ word: String, _ learning: EndpointLearning) {
        let plans = plans(["endpoint-learning": .text(word)], configure: { $0.learning = .delayed })
        #expect(plans.a?.learning == learning)
        #expect(plans.b?.learning == .delayed)
    }

    @Test func flagsAreAboutTheSender() {
        var plans = plans(["flags": ["asymmetric", "media-handover"]], answer: ["flags": ["strict-source"]]) {
            $0.foreignSources = .accept
        }
        #expect(plans.a?.learning == .off)
        #expect(plans.a?.foreignSources == .follow)
        #expect(plans.b?.learning == .heuristic)
        #expect(plans.b?.foreignSources == .drop)
        plans = self.plans([:], configure: { $0.foreignSources = .accept })
        #expect(plans.a?.foreignSources == .accept)
    }

    @Test(arguments: [(184, 184), (0, 0), (255, 255), (256, 46), (-1, 46)])
    func tos(_ value: Int, _ tos: Int) {
        let plans = plans(["TOS": .integer(Int64(value))], configure: { $0.rules.tos = 46 })
        #expect(plans.a?.tos == UInt8(tos))
        #expect(plans.b?.tos == UInt8(tos))
    }

    @Test func tosIsThatOfTheLastOffer() {
        let relay = TestRelay()
        let port = relay.offer(.audio(), Tags("A"), ["TOS": 184]).section.port
        relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B"), ["TOS": 8])
        #expect(relay.plane.plan(port: port)?.tos == 184)
        relay.offer(.audio(), Tags("A", "B"), ["TOS": -1])
        #expect(relay.plane.plan(port: port)?.tos == 184)
        relay.offer(.audio(), Tags("A", "B"))
        #expect(relay.plane.plan(port: port)?.tos == 0)
    }

    @Test func iceKeepsItsCredentialsUntilARestartIsAnswered() throws {
        func offer(_ fragment: String) -> Body {
            .audio(["a=ice-ufrag:\(fragment)", "a=ice-pwd:abcdefghijklmnopqrstuvwx"])
        }
        let relay = TestRelay()
        relay.offer(offer("abcd"), Tags("A"), ["ICE": "remove"])
        let port = relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B"), ["ICE": "force"]).section.port
        let former = try #require(relay.plane.plan(port: port)?.ice)
        relay.offer(offer("efgh"), Tags("A", "B"), ["ICE": "remove"])
        #expect(relay.plane.plan(port: port)?.ice?.agent == former.agent)
        #expect(relay.plane.plan(port: port)?.ice?.local == former.local)
        relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B"), ["ICE": "force"])
        let restarted = try #require(relay.plane.plan(port: port)?.ice)
        #expect(restarted.agent == former.agent)
        #expect(restarted.local != former.local)
    }

    @Test func actpassAnsweredToActpassLeavesTheRoleOpen() {
        let relay = TestRelay()
        let port = relay.offer(.audio(), Tags("A"), ["transport-protocol": "UDP/TLS/RTP/SAVPF"]).section.port
        let fingerprint = Array(repeating: "AB", count: 32).joined(separator: ":")
        let answer = Body(at: "10.0.0.2").section(
            "audio 4000 UDP/TLS/RTP/SAVPF 8", ["a=setup:actpass", "a=fingerprint:sha-256 \(fingerprint)"])
        relay.answer(answer, Tags("A", "B"), ["transport-protocol": "RTP/AVP"])
        guard case .dtls(let plan) = relay.plane.plan(port: port)?.security else {
            Issue.record("no DTLS")
            return
        }
        #expect(plan.role == .undecided)
    }

    @Test func trafficIsDroppedUntilItIsNot() {
        let relay = TestRelay()
        let port = relay.offer(.audio(), Tags("A"), ["drop-traffic": "start"]).section.port
        #expect(relay.plane.plan(port: port)?.isBlocked == true)
        relay.answer(.audio(at: "10.0.0.2"))
        #expect(relay.plane.plan(port: port)?.isBlocked == true)
        relay.offer(.audio(), Tags("A", "B"), ["drop-traffic": "stop"])
        #expect(relay.plane.snapshot.plans.values.allSatisfy { !$0.isBlocked })
    }

    @Test func endpointOfAnotherFamilyIsNone() {
        let relay = TestRelay(interfaces: ["192.0.2.10"])
        let toB = relay.offer(.audio(at: "2001:db8:9::1")).section.port
        let toA = relay.answer(.audio(at: "10.0.0.2", port: 5000)).section.port
        #expect(relay.rtpFlow(into: toB).map(\.to) == [nil])
        #expect(relay.rtpFlow(into: toA).map(\.to) == ["10.0.0.2:5000"])
    }

    @Test func familiesAreBridged() {
        let relay = TestRelay(interfaces: ["192.0.2.10", "2001:db8::10"])
        let toB = relay.offer(.audio(at: "2001:db8:9::1"), Tags("A"), ["address-family": "IP4"]).section
        let toA = relay.answer(.audio(at: "10.0.0.2", port: 5000)).section
        #expect([toB.address, toA.address] == ["192.0.2.10", "2001:db8::10"])
        #expect(relay.rtpFlow(into: toB.port) == [.init(out: toA.port, to: "[2001:db8:9::1]:4000")])
        #expect(relay.rtpFlow(into: toA.port) == [.init(out: toB.port, to: "10.0.0.2:5000")])
    }

    @Test func plansAreInstalledOnlyWhenTheyChange() {
        let relay = TestRelay()
        relay.offer(.audio())
        relay.answer(.audio(at: "10.0.0.2"))
        let before = relay.plane.installations
        relay.offer(.audio(), Tags("A", "B"))
        relay.answer(.audio(at: "10.0.0.2"))
        #expect(relay.plane.installations == before)
    }

    @Test func portsOfACallAreOnOneWorker() {
        let relay = TestRelay(workers: 4)
        for number in 0..<8 {
            relay.offer(.audio(), call: "\(number)")
            relay.answer(.audio(at: "10.0.0.2"), call: "\(number)")
            relay.offer(.audio(port: 4100), Tags("A", "B"), call: "\(number)")
        }
        let workers = relay.plane.snapshot.leased.keys.map(\.worker)
        #expect(Set(workers) == [0, 1, 2, 3])
        #expect(relay.plane.violations == [])
    }
}
