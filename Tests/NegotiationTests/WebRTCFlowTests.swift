import Bencode
import Forwarding
import TestSupport
import Testing

/// Whole calls between a browser and a PBX as a proxy signals them: every description that comes out follows the rules,
/// and what runs goes on running.
@Suite struct WebRTCFlowTests {
    /// Call directions, option sets and who does the step.
    struct Case: CustomTestStringConvertible, Sendable {
        var caller: Dialogue.Side
        var options: Dialogue.Options
        var actor: Dialogue.Side
        var step: Step

        var testDescription: String { "\(caller) calls, \(options), \(step) by \(actor)" }
    }

    /// What a later offer does.
    enum Step: CaseIterable, Sendable {
        case refresh, sendonly, inactive, recvonly, addVideo, addRejectedVideo, restart, gatheringAnew, zeroAddress

        func apply(to dialogue: inout Dialogue, by actor: Dialogue.Side) {
            switch self {
            case .refresh: break
            case .sendonly: dialogue.setDirection("sendonly", by: actor)
            case .inactive: dialogue.setDirection("inactive", by: actor)
            case .recvonly: dialogue.setDirection("recvonly", by: actor)
            case .addVideo, .addRejectedVideo: dialogue.setVideo(["sendrecv"])
            case .restart: if actor == .browser { dialogue.browser.fragment = "nEw1" }
            case .gatheringAnew: dialogue.browser.hasGathered = false
            case .zeroAddress:
                dialogue.pbx.holdsByAddress = actor == .pbx
                dialogue.setDirection(actor == .pbx ? "sendrecv" : "sendonly", by: actor)
            }
        }

        var rejected: Set<Int> { self == .addRejectedVideo ? [1] : [] }
    }

    static let cases: [Case] = Dialogue.Side.allCases.flatMap { caller in
        Dialogue.Options.allCases.flatMap { options in
            Dialogue.Side.allCases.flatMap { actor in
                Step.allCases.map { Case(caller: caller, options: options, actor: actor, step: $0) }
            }
        }
    }

    @Test(arguments: cases)
    func stepAndBack(_ test: Case) throws {
        var dialogue = Dialogue(caller: test.caller, options: test.options)
        try dialogue.exchange(from: test.caller)
        let before = dialogue
        test.step.apply(to: &dialogue, by: test.actor)
        let restarts = test.step == .restart && test.actor == .browser
        try dialogue.exchange(from: test.actor, rejecting: test.step.rejected, restarts: restarts)
        // Once more the same, then back; both by the other side.
        let other = test.actor.other
        try dialogue.exchange(from: other, rejecting: test.step.rejected)
        let fragment = dialogue.browser.fragment
        (dialogue.browser, dialogue.pbx) = (before.browser, before.pbx)
        dialogue.browser.fragment = fragment
        dialogue.setVideo(test.step == .addVideo || test.step == .addRejectedVideo ? [nil] : [])
        try dialogue.exchange(from: other)
        try dialogue.exchange(from: test.actor)
        dialogue.end()
    }

    @Test(arguments: cases)
    func refusedStep(_ test: Case) throws {
        var dialogue = Dialogue(caller: test.caller, options: test.options)
        try dialogue.exchange(from: test.caller)
        let before = dialogue
        test.step.apply(to: &dialogue, by: test.actor)
        dialogue.refuse(from: test.actor)
        (dialogue.browser, dialogue.pbx) = (before.browser, before.pbx)
        try dialogue.exchange(from: test.actor)
        try dialogue.exchange(from: test.actor.other)
        dialogue.end()
    }

    /// Everything in one call, each side in turn.
    @Test(arguments: Dialogue.Side.allCases, Dialogue.Options.allCases)
    func longCall(_ caller: Dialogue.Side, _ options: Dialogue.Options) throws {
        var dialogue = Dialogue(caller: caller, options: options)
        dialogue.browser.marksBundleOnly = options == .bundled
        try dialogue.exchange(from: caller)
        let videos: [[String?]] = [[], ["sendrecv"], [nil], ["sendonly"], ["sendrecv"], [nil]]
        for (round, video) in videos.enumerated() {
            let actor: Dialogue.Side = round.isMultiple(of: 2) ? .browser : .pbx
            dialogue.setVideo(video)
            for direction in ["sendonly", "inactive", "sendrecv"] {
                dialogue.setDirection(direction, by: actor)
                try dialogue.exchange(from: actor)
                dialogue.refuse(from: actor.other)
                try dialogue.exchange(from: actor)
            }
            dialogue.browser.fragment = "gen\(round)"
            try dialogue.exchange(from: .browser, restarts: true)
        }
        dialogue.end()
    }

    /// INVITE without SDP: the called side offers in its 200, the calling one answers in its ACK.
    @Test(arguments: Dialogue.Side.allCases, Dialogue.Options.allCases)
    func lateOffer(_ caller: Dialogue.Side, _ options: Dialogue.Options) throws {
        var dialogue = Dialogue(caller: caller, options: options)
        dialogue.isLate = true
        try dialogue.exchange(from: caller.other)
        try dialogue.exchange(from: caller.other)
        try dialogue.exchange(from: caller)
        dialogue.end()
    }

    /// A PBX calls a browser that is registered twice; both ring with early media, the first one wins.
    @Test(arguments: Dialogue.Options.allCases)
    func forkedCall(_ options: Dialogue.Options) throws {
        let relay = TestRelay()
        let pbx = PBXAgent()
        var (offers, answers): ([Reply], [Reply]) = ([], [])
        for branch in ["b1", "b2"] {
            offers.append(relay.offer(pbx.body(), Tags("P", branch: branch), options.towards(.browser)))
        }
        let rules = DescriptionRules(offer: pbx.body(), hasICE: false, hasDTLS: false)
        for (number, offer) in offers.enumerated() {
            #expect(DescriptionRules(hasICE: true, hasDTLS: true).violations(in: offer) == [])
            var browser = BrowserAgent()
            browser.fragment = "frk\(number)"
            answers.append(
                relay.answer(
                    browser.body(answering: offer), Tags("P", "B\(number)", branch: "b\(number + 1)"),
                    options.towards(.pbx)))
            #expect(rules.violations(in: answers[number]) == [])
        }
        for name in ["ice-ufrag", "tls-id"] {
            #expect(offers[0].section.values(of: name) != offers[1].section.values(of: name))
        }
        var browser = BrowserAgent()
        browser.fragment = "frk0"
        let final = relay.answer(
            browser.body(answering: offers[0]), Tags("P", "B0", branch: "b1"), options.towards(.pbx))
        #expect(final.section.port == answers[0].section.port)
        #expect(relay.rtpFlow(into: final.section.port).map(\.out) == [offers[0].section.port])
        relay.delete(Tags("P", "B1", branch: "b2"))
        // A re-INVITE of the browser that was left.
        let back = relay.offer(browser.body(), Tags("B0", "P"), options.towards(.pbx))
        #expect(back.section.port == final.section.port)
        let end = relay.answer(pbx.body(), Tags("B0", "P"), options.towards(.browser))
        #expect(end.section.port == offers[0].section.port)
        #expect(end.section.values(of: "ice-ufrag") == offers[0].section.values(of: "ice-ufrag"))
        #expect(
            DescriptionRules(offer: browser.body(), hasICE: true, hasDTLS: true).violations(in: end) == [])
        relay.delete()
        #expect(relay.plane.openPorts == 0 && relay.plane.violations == [])
    }
}
