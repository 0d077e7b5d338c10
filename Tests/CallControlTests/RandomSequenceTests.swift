import Bencode
import CallControl
import Forwarding
import NetTypes
import TestSupport
import Testing

/// Random sequences of everything a client can do: each request is answered, plans name open ports of their own call
/// only, and in the end every port was given back exactly once.
@Suite struct RandomSequenceTests {
    @Test(arguments: 1...16 as ClosedRange<UInt64>)
    func everyPortIsReleasedOnce(_ seed: UInt64) {
        var script = RandomScript(seed: seed)
        for step in 0..<200 {
            script.perform()
            #expect(script.problems == [], "seed \(seed), step \(step)")
            guard script.problems.isEmpty else { return }
        }
        script.relay.plane.update { $0.failingRequests = [] }
        // Whatever is left goes by itself.
        script.relay.pass(seconds: 130)
        let state = script.relay.plane.snapshot
        #expect(script.relay.list() == [])
        #expect(state.leased.isEmpty)
        #expect(state.plans.isEmpty)
        #expect(state.violations == [])
        #expect(state.releases == state.history.count)
        #expect(state.history.count > 150, "the script must get somewhere")
        #expect(script.accepted > 40, "most offers and answers must get somewhere")
        let numbers = script.relay.statistics()
        let begun = numbers.value("statistics", "totalstatistics", "managedsessions")?.integer
        #expect(begun == Int64(script.begun))
        #expect(numbers.value("statistics", "currentstatistics", "sessionstotal") == 0)
    }
}

/// A client that does not know what it wants.
struct RandomScript {
    let relay: TestRelay
    private(set) var problems: [String] = []
    /// Offers and answers that went well.
    private(set) var accepted = 0
    /// Calls that began.
    private(set) var begun = 0
    private var generator: SeededGenerator
    /// The call that each open port was leased for.
    private var owners: [LocalPortID: String] = [:]
    private var seenLeases = 0

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        relay = TestRelay(
            interfaces: ["in/192.0.2.10", "in/2001:db8::10", "out:a/203.0.113.20", "out:b/203.0.113.21"], workers: 3,
            seed: seed
        ) { configuration in
            configuration.timeouts.media = 60
            configuration.timeouts.silent = 90
            configuration.timeouts.offer = 60
            configuration.timeouts.final = 120
            configuration.timeouts.deleteDelay = 5
            configuration.limits.sessions = 6
        }
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &generator)]
    }

    /// One random request, or a while without one.
    mutating func perform() {
        let call = pick(["c1", "c2", "c3", "c4", "c5", "c6", "c7"])
        if chance(5) {
            relay.plane.update { state in state.failingRequests = [state.requests.count + 1, state.requests.count + 3] }
        }
        let known = relay.list()
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<45: check(relay.offer(body(), tags(), call: call, offerOptions()), of: call)
        case 45..<80: check(relay.answer(body(), tags(), call: call, answerOptions()), of: call)
        case 80..<88:
            let delay = pick([nil, 0, 1, 3] as [Int64?])
            let flags: BencodeDictionary = chance(40) ? ["flags": ["to-tag"]] : [:]
            check(relay.delete(tags(), call: call, delay: delay, flags), of: call)
        case 88..<91: check(relay.query(tags(), call: call), of: call)
        case 91..<93: check(relay.statistics(), of: call)
        default: relay.pass(seconds: Int.random(in: 1...12, using: &generator))
        }
        begun += relay.list().subtracting(known).count
        checkPlans()
    }

    private mutating func check(_ reply: Reply, of call: String) {
        switch reply.result {
        case "ok": if reply.body != nil { accepted += 1 }
        case "error": if reply.errorReason == nil { problems.append("an error without a reason") }
        default: problems.append("no reply")
        }
        let state = relay.plane.snapshot
        for lease in state.history[seenLeases...] { owners[lease.id] = call }
        seenLeases = state.history.count
    }

    private mutating func checkPlans() {
        let state = relay.plane.snapshot
        problems += state.violations
        var agents: [UInt64: ICEPlan] = [:]
        for (port, plan) in state.plans {
            if let ice = plan.ice {
                if agents.updateValue(ice, forKey: ice.agent).map({ $0 != ice }) == true {
                    problems.append("plans disagree about an agent")
                }
                // The second port of a party that multiplexes is none any more.
                if plan.carries != .rtcp, !ice.candidates.contains(where: { $0.port == port }) {
                    problems.append("agent without its port")
                }
            }
            if plan.port != port { problems.append("plan under a wrong name") }
            for sink in plan.sinks {
                if owners[sink.port] != owners[port] { problems.append("plan names a port of another call") }
                if state.leased[sink.port] == nil { problems.append("plan names a port that was closed") }
                if sink.port.worker != port.worker { problems.append("plan names a port of another worker") }
            }
            if let remote = plan.remote, let local = state.leased[port]?.local,
                remote.address.family != local.address.family || remote.address.isUnspecified || remote.port == 0
            {
                problems.append("plan sends to \(remote)")
            }
        }
        for port in state.leased.keys where state.plans[port] == nil { problems.append("port \(port) has no plan") }
    }
}

extension RandomScript {
    private mutating func tags() -> Tags {
        let from = pick(["A", "B", "C"])
        let to = pick([nil, "A", "B", "C", "D"] as [String?])
        return Tags(chance(3) ? nil : from, to, branch: chance(30) ? pick(["b1", "b2"]) : nil)
    }

    private mutating func body() -> Body {
        let address = pick(["10.0.0.1", "10.0.0.2", "10.0.0.3", "0.0.0.0", "2001:db8:9::1"])
        let sections = ["audio", "video", "audio", "image"].prefix(Int.random(in: 1...4, using: &generator))
        var body = Body(at: chance(2) ? nil : address)
        if chance(30) { body = body.session(["a=group:BUNDLE 1 2"]) }
        if chance(30) {
            body = body.session(["a=ice-ufrag:\(pick(["abcd", "efgh"]))", "a=ice-pwd:0123456789012345678901"])
        }
        for (index, type) in sections.enumerated() {
            let port = chance(10) ? 0 : pick([4000, 4002, 5000])
            let transport = pick(["RTP/AVP", "RTP/AVP", "RTP/SAVPF", "UDP/TLS/RTP/SAVPF", "TCP/MSRP"])
            var lines = ["a=" + pick(["sendrecv", "sendonly", "recvonly", "inactive"])]
            if chance(40) { lines.append("a=rtcp-mux") }
            if chance(40) { lines.append("a=mid:\(index + 1)") }
            lines += securityLines()
            if type == "image" {
                body = body.section("image \(port) udptl t38", lines)
            } else {
                body = body.section("\(type) \(port) \(transport) \(pick(["0", "8 0", "96", "8 101"]))", lines)
            }
        }
        return body
    }

    private mutating func securityLines() -> [String] {
        var lines: [String] = []
        if chance(40) {
            let fragment = pick(["abcd", "wxyz"])
            lines += ["a=ice-ufrag:\(fragment)", "a=ice-pwd:\(fragment)0123456789012345678901"]
            lines.append("a=candidate:1 1 UDP 2130706431 10.0.0.1 4000 typ host")
        }
        if chance(40) {
            let octet = pick(["AB", "CD"])
            lines.append("a=fingerprint:sha-256 " + Array(repeating: octet, count: 32).joined(separator: ":"))
            lines.append("a=setup:" + pick(["actpass", "active", "passive", "holdconn"]))
            if chance(50) { lines.append("a=tls-id:" + pick(["first012345678901234", "second01234567890123"])) }
        }
        if chance(30) {
            let key = pick(["d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj", "NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj"])
            lines.append("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key)")
        }
        if chance(10) { lines.append("a=bundle-only") }
        return lines
    }

    private mutating func offerOptions() -> BencodeDictionary {
        var options = answerOptions()
        if chance(30) { options.append("direction", .list([pick(["in", "out", "x"]), pick(["in", "out", "x"])])) }
        if chance(40) {
            options.append("rtcp-mux", .list([pick(["offer", "require", "demux", "accept", "reject"])]))
        }
        if chance(40) { options.append("bundle", .list([pick(["offer", "require", "strict", "accept", "reject"])])) }
        if chance(20) { options.append("sdp-media-remove", .list([pick(["video", "image", "audio"])])) }
        if chance(30) { options.append("address-family", .text(pick(["IP4", "IP6"]))) }
        return options
    }

    private mutating func answerOptions() -> BencodeDictionary {
        var options = BencodeDictionary()
        if chance(30) { options.append("ICE", pick(["force", "remove", "optional", "force-relay"])) }
        if chance(15) { options.append("OSRTP", .list([pick(["offer", "offer-legacy", "accept-legacy", "accept"])])) }
        if chance(40) {
            options.append("transport-protocol", pick(["RTP/AVP", "RTP/SAVP", "UDP/TLS/RTP/SAVPF", "accept"]))
        }
        var flags: [BencodeValue] = []
        for flag in ["port-latching", "no-port-latching", "reset", "loop-protect", "provisional", "new-branch"] {
            if chance(15) { flags.append(.text(flag)) }
        }
        if !flags.isEmpty { options.append("flags", .list(flags)) }
        return options
    }
}
