import Forwarding
import NetTypes
import PacketPath
import Testing

/// All learning modes and policies against packets from better and worse places (ng-protocol §6.6).
@Suite struct LearningTests {
    /// One packet, and what must hold after it.
    struct Step: Sendable {
        var milliseconds: UInt64
        var source: TransportAddress
        var passes: Bool
        var endpoint: TransportAddress
        var isConfirmed: Bool

        init(
            _ milliseconds: UInt64, _ source: TransportAddress, _ passes: Bool, _ endpoint: TransportAddress,
            _ isConfirmed: Bool
        ) {
            self.milliseconds = milliseconds
            self.source = source
            self.passes = passes
            self.endpoint = endpoint
            self.isConfirmed = isConfirmed
        }
    }

    struct Scenario: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var mode: EndpointLearning
        var policies: [ForeignSourcePolicy] = ForeignSourcePolicy.allCases
        var steps: [Step]
    }

    private typealias P = Peer

    static let window: [Scenario] = [
        Scenario(
            testDescription: "heuristic: exact match is taken for good at once", mode: .heuristic,
            steps: [Step(0, P.signalled, true, P.signalled, true)]),
        Scenario(
            testDescription: "heuristic: ever better sources take over within the window", mode: .heuristic,
            steps: [
                Step(0, P.other, true, P.other, false),
                Step(20, P.samePort, true, P.samePort, false),
                Step(40, P.sameAddress, true, P.sameAddress, false),
                Step(60, P.signalled, true, P.signalled, true),
            ]),
        Scenario(
            testDescription: "heuristic: worse and equal ones do not", mode: .heuristic,
            steps: [
                Step(0, P.samePort, true, P.samePort, false),
                Step(20, P.other, false, P.samePort, false),
                Step(40, P.address("198.51.100.8:4000"), false, P.samePort, false),
                Step(60, P.samePort, true, P.samePort, false),
                Step(2999, P.samePort, true, P.samePort, false),
                Step(3000, P.samePort, true, P.samePort, true),
            ]),
        Scenario(
            testDescription: "heuristic: a silent peer is taken from its first packet after the window",
            mode: .heuristic, steps: [Step(9000, P.other, true, P.other, true)]),
        Scenario(
            testDescription: "immediate: the first packet decides, not the best", mode: .immediate,
            steps: [Step(0, P.other, true, P.other, true), Step(20, P.other, true, P.other, true)]),
        Scenario(
            testDescription: "delayed: everything passes for three seconds, then the next packet decides",
            mode: .delayed,
            steps: [
                Step(0, P.other, true, P.signalled, false),
                Step(20, P.signalled, true, P.signalled, false),
                Step(2999, P.stranger, true, P.signalled, false),
                Step(3000, P.other, true, P.other, true),
            ]),
    ]

    static let afterwards: [Scenario] = [
        Scenario(
            testDescription: "drop: nobody else after an exact match", mode: .heuristic, policies: [.drop],
            steps: [
                Step(0, P.signalled, true, P.signalled, true),
                Step(20, P.sameAddress, false, P.signalled, true),
                Step(9000, P.stranger, false, P.signalled, true),
                Step(9020, P.signalled, true, P.signalled, true),
            ]),
        Scenario(
            testDescription: "drop: not even a better one after the window", mode: .heuristic, policies: [.drop],
            steps: [
                Step(0, P.other, true, P.other, false),
                Step(3000, P.signalled, false, P.other, true),
                Step(3020, P.other, true, P.other, true),
            ]),
        Scenario(
            testDescription: "accept: others pass, the endpoint stays", mode: .heuristic, policies: [.accept],
            steps: [
                Step(0, P.signalled, true, P.signalled, true),
                Step(20, P.stranger, true, P.signalled, true),
                Step(40, P.signalled, true, P.signalled, true),
            ]),
        Scenario(
            testDescription: "accept: within the window worse ones are kept out all the same", mode: .heuristic,
            policies: [.accept],
            steps: [
                Step(0, P.sameAddress, true, P.sameAddress, false),
                Step(20, P.stranger, false, P.sameAddress, false),
                Step(3000, P.stranger, true, P.sameAddress, true),
            ]),
        Scenario(
            testDescription: "follow: the endpoint goes with the last source", mode: .heuristic, policies: [.follow],
            steps: [
                Step(0, P.signalled, true, P.signalled, true),
                Step(20, P.stranger, true, P.stranger, true),
                Step(40, P.stranger, true, P.stranger, true),
                Step(60, P.other, true, P.other, true),
            ]),
        Scenario(
            testDescription: "immediate and drop", mode: .immediate, policies: [.drop],
            steps: [Step(0, P.other, true, P.other, true), Step(20, P.signalled, false, P.other, true)]),
        Scenario(
            testDescription: "immediate and accept", mode: .immediate, policies: [.accept],
            steps: [Step(0, P.other, true, P.other, true), Step(20, P.signalled, true, P.other, true)]),
        Scenario(
            testDescription: "immediate and follow", mode: .immediate, policies: [.follow],
            steps: [Step(0, P.other, true, P.other, true), Step(20, P.signalled, true, P.signalled, true)]),
        Scenario(
            testDescription: "delayed and drop", mode: .delayed, policies: [.drop],
            steps: [Step(3000, P.other, true, P.other, true), Step(3020, P.signalled, false, P.other, true)]),
        Scenario(
            testDescription: "delayed and accept", mode: .delayed, policies: [.accept],
            steps: [Step(3000, P.other, true, P.other, true), Step(3020, P.signalled, true, P.other, true)]),
        Scenario(
            testDescription: "delayed and follow", mode: .delayed, policies: [.follow],
            steps: [Step(3000, P.other, true, P.other, true), Step(3020, P.signalled, true, P.signalled, true)]),
        Scenario(
            testDescription: "off and drop: the first source is heard, the endpoint never moves", mode: .off,
            policies: [.drop],
            steps: [
                Step(0, P.other, true, P.signalled, false),
                Step(20, P.stranger, false, P.signalled, false),
                Step(9000, P.sameAddress, false, P.signalled, false),
                Step(9020, P.other, true, P.signalled, false),
            ]),
        Scenario(
            testDescription: "off and drop: the signalled address takes the place of another", mode: .off,
            policies: [.drop],
            steps: [
                Step(0, P.other, true, P.signalled, false),
                Step(20, P.signalled, true, P.signalled, false),
                Step(40, P.other, false, P.signalled, false),
            ]),
        Scenario(
            testDescription: "off: anybody is heard unless it is dropped", mode: .off, policies: [.accept, .follow],
            steps: [
                Step(0, P.other, true, P.signalled, false),
                Step(20, P.stranger, true, P.signalled, false),
                Step(9000, P.signalled, true, P.signalled, false),
            ]),
    ]

    @Test(arguments: window + afterwards)
    func scenario(_ scenario: Scenario) throws {
        for policy in scenario.policies {
            let relay = Relay()
            let (near, far) = (relay.open(0), relay.open(1))
            relay.install(
                plan(
                    near, remote: Peer.signalled, to: [Sink(port: far, traffic: .rtp)], learning: scenario.mode,
                    foreign: policy))
            relay.install(plan(far, remote: Peer.far))
            #expect(try relay.counters(near).endpoint == Peer.signalled, "media goes to a peer that sends nothing")
            let start = relay.now
            for (index, step) in scenario.steps.enumerated() {
                relay.now = start + step.milliseconds * Relay.millisecond
                let sent = relay.arrive(rtp(UInt16(index)), on: near, from: step.source)
                let counters = try relay.counters(near)
                let comment = Comment(rawValue: "\(policy), step \(index)")
                #expect(sent.map(\.destination) == (step.passes ? [Peer.far] : []), comment)
                #expect(counters.endpoint == step.endpoint, comment)
                #expect(counters.isConfirmed == step.isConfirmed, comment)
            }
            let refused = UInt64(scenario.steps.count { !$0.passes })
            #expect(try relay.drops(near, .foreignSource) == refused)
            #expect(try relay.counters(near).rtpIn.errors == refused)
        }
    }

    /// Nobody can be answered at port 0 or at 0.0.0.0, so nobody is learned from there.
    @Test(arguments: EndpointLearning.allCases, ["203.0.113.9:0", "0.0.0.0:6000", "[::]:6000"])
    func impossibleSources(mode: EndpointLearning, source: String) throws {
        let relay = Relay()
        let port = relay.open(0)
        relay.install(plan(port, remote: Peer.signalled, to: [Sink(port: port, traffic: .both)], learning: mode))
        #expect(relay.arrive(rtp(), on: port, from: Peer.address(source)).isEmpty)
        #expect(try relay.drops(port, .foreignSource) == 1)
        #expect(try relay.counters(port).endpoint == Peer.signalled)
    }

    /// Nothing is sent to port 0 or to 0.0.0.0, which would be this machine.
    @Test(arguments: ["192.0.2.1:0", "0.0.0.0:4000", "[::]:4000"])
    func signalledNowhere(remote: String) throws {
        let relay = Relay()
        let port = relay.open(0)
        let effect = relay.install(plan(port, remote: Peer.address(remote), to: [Sink(port: port, traffic: .both)]))
        #expect(effect.endpoint == nil && !effect.endpointChanged)
        #expect(relay.arrive(rtp(), on: port, from: Peer.other).isEmpty)
        #expect(try relay.counters(port).endpoint == nil)
        #expect(try relay.drops(port, .noDestination) == 1)
    }

    /// RTP and RTCP ports learn for themselves.
    @Test func controlPortLearnsAlone() throws {
        let relay = Relay()
        let (media, control) = (relay.open(0), relay.open(1))
        relay.install(plan(media, remote: Peer.signalled))
        relay.install(plan(control, .rtcp, remote: Peer.sameAddress))
        relay.arrive(rtp(), on: media, from: Peer.other)
        #expect(try relay.counters(media).endpoint == Peer.other)
        #expect(try relay.counters(control).endpoint == Peer.sameAddress)
        relay.arrive(rtcp(), on: control, from: Peer.stranger)
        #expect(try relay.counters(media).endpoint == Peer.other)
        #expect(try relay.counters(control).endpoint == Peer.stranger)
    }

    /// On a port that carries both, RTP decides and RTCP must come from the same place.
    @Test(arguments: [Carriage.multiplexed, .rtp])
    func mediaDecidesForControl(carries: Carriage) throws {
        let relay = Relay()
        let port = relay.open(0)
        relay.install(plan(port, carries, remote: Peer.signalled, to: [Sink(port: port, traffic: .both)]))
        #expect(relay.arrive(rtcp(), on: port, from: Peer.other).count == 1)
        #expect(try relay.counters(port).endpoint == Peer.signalled, "RTCP does not move the endpoint")
        relay.arrive(rtp(), on: port, from: Peer.sameAddress)
        #expect(relay.arrive(rtcp(), on: port, from: Peer.other).isEmpty)
        #expect(relay.arrive(rtcp(), on: port, from: Peer.sameAddress).map(\.destination) == [Peer.sameAddress])
        relay.now += 3000 * Relay.millisecond
        relay.arrive(rtp(), on: port, from: Peer.sameAddress)
        #expect(relay.arrive(rtcp(), on: port, from: Peer.other).isEmpty)
        #expect(try relay.counters(port).rtcpIn.errors == 2)
        #expect(try relay.drops(port, .foreignSource) == 2)
    }

    @Test func controlDoesNotLeadAHandover() throws {
        let relay = Relay()
        let port = relay.open(0)
        relay.install(
            plan(port, .multiplexed, remote: Peer.signalled, to: [Sink(port: port, traffic: .both)], foreign: .follow))
        relay.arrive(rtp(), on: port, from: Peer.signalled)
        #expect(relay.arrive(rtcp(), on: port, from: Peer.other).map(\.destination) == [Peer.signalled])
        #expect(relay.arrive(rtp(), on: port, from: Peer.other).map(\.destination) == [Peer.other])
    }
}
