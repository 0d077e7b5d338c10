import Bencode
import Forwarding
import TestSupport
import Testing

/// A call between a browser and a PBX, offer by offer, with all that is checked on the way.
struct Dialogue {
    /// Who.
    enum Side: CaseIterable, Sendable {
        case browser, pbx

        var other: Side { self == .browser ? .pbx : .browser }
        var tag: String { self == .browser ? "B" : "P" }
    }

    /// What the proxy's script says.
    enum Options: CaseIterable, Sendable {
        /// `ICE=force DTLS=passive SDES-off RTP/SAVPF` and `ICE=remove RTP/AVP`.
        case plain
        /// The same with `rtcp-mux-offer` and `rtcp-mux-demux`, and no profile in the answer to the browser.
        case muxed
        /// As many scripts for browsers have it: bundle accepted, one port, trickle.
        case bundled

        func towards(_ side: Side, isAnswer: Bool = false) -> BencodeDictionary {
            var options: BencodeDictionary = ["replace": ["origin", "session-connection"], "SDES": ["off"]]
            switch side {
            case .browser:
                options.append("ICE", "force")
                options.append("DTLS", "passive")
                if self == .plain || !isAnswer { options.append("transport-protocol", "RTP/SAVPF") }
                if self == .muxed { options.append("rtcp-mux", ["offer"]) }
                if self == .bundled {
                    options.append("rtcp-mux", ["require"])
                    options.append("bundle", ["accept", "offer"])
                    options.append("flags", ["trickle-ICE", "generate-mid"])
                }
            case .pbx:
                options.append("ICE", "remove")
                options.append("transport-protocol", "RTP/AVP")
                if self != .plain { options.append("rtcp-mux", ["demux"]) }
                if self == .bundled { options.append("bundle", ["accept"]) }
            }
            return options
        }
    }

    let relay = TestRelay()
    let caller: Side
    let options: Options
    var browser = BrowserAgent()
    var pbx = PBXAgent()
    /// The first offer names both parties.
    var isLate = false
    private var leg: Leg?

    /// What runs towards the browser.
    private struct Leg: Equatable {
        var port: UInt16
        var pbxPort: UInt16
        var fragment: String
        var tlsID: String
        var setup: String
        var security: SecurityPlan?
        var agent: UInt64?
    }

    init(caller: Side, options: Options) {
        self.caller = caller
        self.options = options
    }

    mutating func setDirection(_ direction: String, by side: Side) {
        let opposite = ["sendonly": "recvonly", "recvonly": "sendonly"][direction] ?? direction
        browser.direction = side == .browser ? direction : opposite
        pbx.direction = side == .pbx ? direction : opposite
    }

    mutating func setVideo(_ video: [String?]) {
        browser.video = video
        pbx.video = video
    }

    private func rules(towards side: Side, _ offer: Body?) -> DescriptionRules {
        DescriptionRules(offer: offer, hasICE: side == .browser, hasDTLS: side == .browser)
    }

    private func offer(from side: Side) -> (Body, Reply) {
        let body = side == .browser ? browser.body() : pbx.body()
        let tags = leg == nil && !isLate ? Tags(side.tag) : Tags(side.tag, side.other.tag)
        return (body, relay.offer(body, tags, options.towards(side.other)))
    }

    /// An offer that is answered.
    mutating func exchange(
        from side: Side, rejecting rejected: Set<Int> = [], restarts: Bool = false,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let (body, offer) = offer(from: side)
        #expect(rules(towards: side.other, nil).violations(in: offer) == [], sourceLocation: location)
        try #require(offer.result == "ok")
        let back =
            side == .browser
            ? pbx.body(rejecting: rejected) : browser.body(answering: offer, rejecting: rejected)
        let answer = relay.answer(
            back, Tags(side.tag, side.other.tag), options.towards(side, isAnswer: true))
        #expect(rules(towards: side, body).violations(in: answer) == [], sourceLocation: location)
        try #require(answer.result == "ok")
        try check(
            toBrowser: side == .browser ? answer : offer, toPBX: side == .browser ? offer : answer,
            isAnswer: side == .browser, restarts: restarts, location)
    }

    /// An offer that the other side refuses.
    mutating func refuse(from side: Side, _ location: SourceLocation = #_sourceLocation) {
        let plans = relay.plane.snapshot.plans
        let (_, offer) = offer(from: side)
        #expect(rules(towards: side.other, nil).violations(in: offer) == [], sourceLocation: location)
        let now = relay.plane.snapshot.plans
        for (id, plan) in plans { #expect(now[id] == plan, sourceLocation: location) }
    }

    private mutating func check(
        toBrowser: Reply, toPBX: Reply, isAnswer: Bool, restarts: Bool, _ location: SourceLocation
    ) throws {
        let section = toBrowser.section
        let plan = try #require(relay.plane.plan(port: section.port), sourceLocation: location)
        var new = Leg(
            port: section.port, pbxPort: toPBX.section.port, fragment: section.values(of: "ice-ufrag").joined(),
            tlsID: section.values(of: "tls-id").joined(), setup: section.values(of: "setup").joined(),
            security: plan.security, agent: plan.ice?.agent)
        guard case .dtls(let dtls) = plan.security else {
            Issue.record("no DTLS: \(String(describing: plan.security))", sourceLocation: location)
            return
        }
        #expect(relay.plane.plan(port: new.pbxPort)?.security == nil, sourceLocation: location)
        #expect(plan.ice?.local.usernameFragment == new.fragment, sourceLocation: location)
        #expect(plan.ice?.remote?.usernameFragment == browser.fragment, sourceLocation: location)
        // The role in an answer is the one that runs.
        if isAnswer {
            #expect(new.setup == (dtls.role == .client ? "active" : "passive"), sourceLocation: location)
            browser.answersAs = dtls.role == .client ? "passive" : "active"
        }
        checkFlow(toBrowser, toPBX, location)
        if var old = leg {
            if restarts {
                #expect(new.fragment != old.fragment, sourceLocation: location)
                (old.fragment, old.tlsID) = (new.fragment, new.tlsID)
            }
            let role = new.setup
            old.setup = role
            new.setup = role
            #expect(new == old, sourceLocation: location)
        }
        leg = new
    }

    /// Media of every open section goes to the other side, also while it is on hold.
    private func checkFlow(_ toBrowser: Reply, _ toPBX: Reply, _ location: SourceLocation) {
        let isBundled = toBrowser.sessionLines.contains { $0.hasPrefix("a=group:BUNDLE") }
        let shared = toBrowser.sections.map(\.port).first { $0 != 0 }
        for (near, far) in zip(toBrowser.sections, toPBX.sections) where near.port != 0 && far.port != 0 {
            let port = isBundled ? shared ?? 0 : near.port
            #expect(relay.rtpFlow(into: port).contains { $0.out == far.port }, sourceLocation: location)
            #expect(relay.rtpFlow(into: far.port).map(\.out) == [port], sourceLocation: location)
        }
    }

    func end() {
        relay.delete()
        #expect(relay.plane.openPorts == 0)
        #expect(relay.plane.violations == [])
    }
}
