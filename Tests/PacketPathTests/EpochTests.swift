import Forwarding
import NetTypes
import PacketPath
import Testing

/// What new plans keep of what was learned.
@Suite struct EpochTests {
    private let relay = Relay()
    private let port: LocalPortID

    init() {
        port = relay.open(0)
    }

    private func endpoint() throws -> TransportAddress? { try relay.counters(port).endpoint }

    @Test func equalEpochKeepsAConfirmedEndpoint() throws {
        relay.install(plan(port, remote: Peer.signalled, learning: .immediate, epoch: 7))
        relay.arrive(rtp(), on: port, from: Peer.other)
        let effect = relay.install(plan(port, remote: Peer.samePort, learning: .immediate, epoch: 7))
        #expect(effect == PlanEffect.unchanged(endpoint: Peer.other))
        #expect(try relay.counters(port).isConfirmed)
        #expect(relay.arrive(rtp(2), on: port, from: Peer.samePort).isEmpty)
        #expect(try relay.drops(port, .foreignSource) == 1)
    }

    @Test func newEpochStartsOverWithTheWindowFromNow() throws {
        relay.install(plan(port, remote: Peer.signalled, epoch: 7))
        relay.arrive(rtp(), on: port, from: Peer.signalled)
        relay.now += 10_000 * Relay.millisecond
        let effect = relay.install(plan(port, remote: Peer.samePort, epoch: 8))
        #expect(effect.endpointChanged && effect.endpoint == Peer.samePort)
        #expect(try !relay.counters(port).isConfirmed)
        relay.now += 2_999 * Relay.millisecond
        relay.arrive(rtp(), on: port, from: Peer.other)
        #expect(try endpoint() == Peer.other)
        #expect(try !relay.counters(port).isConfirmed)
        relay.now += Relay.millisecond
        relay.arrive(rtp(), on: port, from: Peer.other)
        #expect(try relay.counters(port).isConfirmed)
    }

    @Test func equalEpochDoesNotProlongTheWindow() throws {
        relay.install(plan(port, remote: Peer.signalled))
        relay.arrive(rtp(), on: port, from: Peer.other)
        relay.now += 2_000 * Relay.millisecond
        relay.install(plan(port, remote: Peer.signalled))
        relay.now += 1_000 * Relay.millisecond
        relay.arrive(rtp(), on: port, from: Peer.other)
        #expect(try relay.counters(port).isConfirmed)
    }

    /// While learning, a new signalled endpoint is compared with the best source so far.
    @Test(arguments: [
        (Peer.other, Peer.other, Peer.other, true),  // now exact
        (Peer.other, Peer.address("203.0.113.9:1"), Peer.other, false),  // now better
        (Peer.other, Peer.address("192.0.2.77:1"), Peer.other, false),  // as before
        (Peer.sameAddress, Peer.address("192.0.2.77:1"), Peer.address("192.0.2.77:1"), false),  // now worse: forgotten
    ])
    func unconfirmedSourceAndNewRemote(
        source: TransportAddress, remote: TransportAddress, expected: TransportAddress, isConfirmed: Bool
    ) throws {
        relay.install(plan(port, remote: Peer.signalled))
        relay.arrive(rtp(), on: port, from: source)
        relay.install(plan(port, remote: remote))
        #expect(try endpoint() == expected)
        #expect(try relay.counters(port).isConfirmed == isConfirmed)
    }

    /// Hold with a zero address: nothing is sent, and what was learned is back with the endpoint.
    @Test func hold() throws {
        relay.install(plan(port, remote: Peer.signalled, to: [Sink(port: port, traffic: .both)], learning: .immediate))
        relay.arrive(rtp(), on: port, from: Peer.other)
        relay.install(plan(port, remote: nil, to: [Sink(port: port, traffic: .both)], learning: .immediate))
        #expect(try endpoint() == nil)
        #expect(relay.arrive(rtp(2), on: port, from: Peer.other).isEmpty)
        #expect(try relay.drops(port, .noDestination) == 1)
        relay.install(plan(port, remote: Peer.signalled, to: [Sink(port: port, traffic: .both)], learning: .immediate))
        #expect(try endpoint() == Peer.other)
        #expect(try relay.counters(port).isConfirmed)
    }

    /// Whoever sends while the other phone rings has not been compared with anything, however long it rings, and does
    /// not own the port when the answer comes.
    @Test(arguments: [EndpointLearning.heuristic, .immediate, .delayed, .off])
    func sourceBeforeTheAnswer(mode: EndpointLearning) throws {
        relay.install(plan(port, remote: nil, learning: mode))
        for milliseconds in [0, 2_000, 4_000] as [UInt64] {
            relay.now += milliseconds * Relay.millisecond
            relay.arrive(rtp(), on: port, from: Peer.stranger)
            #expect(try endpoint() == nil, "nothing is sent to a peer that was not signalled")
        }
        relay.install(plan(port, remote: Peer.signalled, learning: mode))
        #expect(try endpoint() == Peer.signalled)
        #expect(try !relay.counters(port).isConfirmed)
        relay.now += (mode == .delayed ? 3_000 : 0) * Relay.millisecond
        relay.arrive(rtp(), on: port, from: Peer.signalled)
        #expect(try endpoint() == Peer.signalled)
        #expect(try relay.counters(port).isConfirmed == (mode != .off))
        relay.arrive(rtp(), on: port, from: Peer.stranger)
        #expect(try endpoint() == Peer.signalled)
        #expect(try relay.drops(port, .foreignSource) == 1)
    }

    /// Early media of the right phone, from the very address that its answer then names.
    @Test func earlyMediaFromTheSignalledAddress() throws {
        relay.install(plan(port, remote: nil))
        relay.arrive(rtp(), on: port, from: Peer.signalled)
        relay.install(plan(port, remote: Peer.signalled))
        #expect(try relay.counters(port).isConfirmed)
    }

    /// `asymmetric` in the middle of a call: the endpoint is the SDP's again.
    @Test func learningSwitchedOffAndOn() throws {
        relay.install(plan(port, remote: Peer.signalled, learning: .immediate))
        relay.arrive(rtp(), on: port, from: Peer.other)
        relay.install(plan(port, remote: Peer.signalled, learning: .off))
        #expect(try endpoint() == Peer.signalled)
        relay.arrive(rtp(), on: port, from: Peer.stranger)
        relay.install(plan(port, remote: Peer.signalled, learning: .immediate))
        #expect(try endpoint() == Peer.signalled, "what was only heard is not learned")
    }

    @Test func tosIsToldWhenItChanges() {
        var first = plan(port, remote: Peer.signalled)
        first.tos = 0xB8
        #expect(relay.install(first).newTOS == 0xB8)
        #expect(relay.install(first) == PlanEffect.unchanged(endpoint: Peer.signalled))
        first.tos = 0
        #expect(relay.install(first).newTOS == 0)
    }
}

extension PlanEffect {
    static func unchanged(endpoint: TransportAddress?) -> PlanEffect {
        PlanEffect(isStale: false, newTOS: nil, endpointChanged: false, endpoint: endpoint)
    }
}
