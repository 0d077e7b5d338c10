import Forwarding
import NetTypes
import PacketPath
import RTP
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

    /// So do those of further streams, and what the ends have reported, which are kept apart from the others.
    @Test func numbersStartAtZeroInEveryPart() throws {
        let old = relay.open(0, generation: 1)
        relay.install(
            plan(
                old, .multiplexed, remote: Peer.signalled, to: [Sink(port: old, traffic: .both)], learning: .immediate))
        for ssrc in UInt32(1)...6 { relay.arrive(rtp(ssrc: ssrc), on: old, from: Peer.signalled) }
        var report = RTCPBuilder()
        report.appendSenderReport(
            ssrc: 1, information: SenderInformation(ntpTimestamp: 1 << 16, rtpTimestamp: 0, packets: 5, octets: 80))
        relay.arrive(report.bytes, on: old, from: Peer.signalled)
        report = RTCPBuilder()
        report.appendReceiverReport(
            ssrc: 2,
            blocks: [
                ReportBlock(
                    ssrc: 1, fractionLost: 1, cumulativeLost: 1, extendedHighestSequenceNumber: 1, jitter: 1,
                    lastReport: 0, delaySinceLastReport: 0)
            ])
        relay.arrive(report.bytes, on: old, from: Peer.signalled)
        let seen = try relay.counters(old)
        #expect(seen.ingress.map(\.ssrc) == [3, 4, 5, 6] && seen.egress.map(\.ssrc) == [3, 4, 5, 6])
        #expect(seen.ingress.allSatisfy { $0.packets == 1 } && seen.egress.allSatisfy { $0.packets == 1 })
        #expect(seen.senderReports.map(\.packets) == [5] && seen.receptionReports.map(\.reporter) == [2])
        relay.close(old)

        let new = relay.open(0, generation: 2)
        #expect(try relay.counters(new) == PortCounters())
        relay.install(
            plan(new, remote: Peer.signalled, to: [Sink(port: new, traffic: .both)], learning: .immediate))
        for ssrc in UInt32(7)...8 { relay.arrive(rtp(ssrc: ssrc), on: new, from: Peer.signalled) }
        let fresh = try relay.counters(new)
        #expect(fresh.ingress.map(\.ssrc) == [7, 8] && fresh.egress.map(\.ssrc) == [7, 8])
        #expect(fresh.ingress.allSatisfy { $0.packets == 1 } && fresh.receptionReports.isEmpty)
        #expect(fresh.senderReports.isEmpty)
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
