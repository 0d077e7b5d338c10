import Forwarding
import NetTypes
import PacketPath
import Testing

/// Late messages about a port that was released must not touch the one that took its place.
@Suite struct SlotReuseTests {
    private let relay = Relay()

    @Test func stalePlansAndClosesAreIgnored() throws {
        let old = relay.open(4, generation: 1)
        relay.install(plan(old, remote: Peer.signalled))
        relay.close(old)
        #expect(relay.install(plan(old, remote: Peer.stranger)).isStale)
        let new = relay.open(4, generation: 2)
        relay.install(plan(new, remote: Peer.far))
        #expect(relay.install(plan(old, remote: Peer.stranger)).isStale)
        relay.close(old)
        #expect(try relay.counters(new).endpoint == Peer.far)
        #expect(relay.table.snapshot(of: old) == nil)
    }

    @Test func neverOpened() {
        let port = LocalPortID(worker: 3, slot: 9, generation: 0)
        #expect(relay.install(plan(port)).isStale)
        relay.close(port)
        #expect(relay.table.snapshot(of: port) == nil)
        _ = relay.open(20)
        #expect(relay.table.snapshot(of: port) == nil, "memory of slots below an open one is in order")
        #expect(relay.install(plan(port)).isStale)
        #expect(relay.table.snapshot(of: LocalPortID(worker: 3, slot: .max, generation: 0)) == nil)
    }

    /// A plan that still names a port as its sink, after another call has got the slot.
    @Test func staleSinkLeadsNowhere() throws {
        let near = relay.open(0)
        let old = relay.open(1, generation: 1)
        relay.install(plan(old, remote: Peer.far))
        relay.install(plan(near, remote: Peer.signalled, to: [Sink(port: old, traffic: .both)]))
        #expect(relay.arrive(rtp(1), on: near, from: Peer.signalled).count == 1)
        relay.close(old)
        #expect(relay.arrive(rtp(2), on: near, from: Peer.signalled).isEmpty)
        let new = relay.open(1, generation: 2)
        relay.install(plan(new, remote: Peer.other))
        #expect(relay.arrive(rtp(3), on: near, from: Peer.signalled).isEmpty)
        #expect(try relay.counters(new).rtpOut.packets == 0)
        #expect(try relay.drops(near, .noDestination) == 2)
    }

    @Test func numbersStartAtZero() throws {
        let old = relay.open(0, generation: 1)
        relay.install(plan(old, remote: Peer.signalled, to: [Sink(port: old, traffic: .both)], learning: .immediate))
        relay.arrive(rtp(), on: old, from: Peer.other)
        relay.close(old)
        #expect(relay.arrive(rtp(), on: old, from: Peer.other).isEmpty)
        let new = relay.open(0, generation: 2)
        #expect(try relay.counters(new) == PortCounters())
        relay.install(plan(new, remote: Peer.signalled, learning: .immediate))
        #expect(try relay.counters(new).endpoint == Peer.signalled)
    }

    @Test func lateFailureOfAClosedPort() throws {
        let old = relay.open(0, generation: 1)
        relay.install(plan(old, remote: Peer.signalled))
        relay.close(old)
        relay.refuse(old, count: 100, isRTCP: false)
        let new = relay.open(0, generation: 2)
        relay.refuse(old, count: 100, isRTCP: false)
        #expect(try relay.counters(new) == PortCounters())
    }

    /// Long lists of sinks come and go with their ports.
    @Test func sinkMemoryIsReused() throws {
        for generation in 1...50 as ClosedRange<UInt16> {
            let port = relay.open(0, generation: generation)
            for count in [9, 0, 5, 4] {
                relay.install(
                    plan(
                        port, remote: Peer.signalled,
                        to: Array(repeating: Sink(port: port, traffic: .rtp), count: count)))
                #expect(relay.arrive(rtp(), on: port, from: Peer.signalled).count == count)
            }
            if generation % 2 == 0 { relay.close(port) }
        }
    }
}
