import Forwarding
import NetTypes
import PacketPath
import Testing

@Suite struct CounterTests {
    private let relay = Relay()

    /// Every reason for a drop on a port in the clear, once each, and what the other numbers say then.
    @Test(arguments: DropReason.allCases.prefix { $0 != .notKeyed })
    func drops(reason: DropReason) throws {
        let port = relay.open(0)
        let wayOut = [Sink(port: port, traffic: .both)]
        var installed: ForwardingPlan? = plan(port, remote: Peer.signalled, to: wayOut, learning: .immediate)
        var packet = rtp()
        var source = Peer.signalled
        switch reason {
        case .malformed: packet = [1, 2, 3]
        case .foreignSource: source = Peer.stranger
        case .noSink: installed?.sinks = []
        case .noDestination: installed?.remote = nil
        case .blocked: installed?.isBlocked = true
        default: break
        }
        if let installed { relay.install(installed) }
        if reason == .foreignSource { relay.arrive(rtp(), on: port, from: Peer.signalled) }
        let before = try relay.counters(port)
        let sent = relay.arrive(packet, on: port, from: source, isTruncated: reason == .truncated)
        if reason == .sendFailed { relay.refuse(port, count: packet.count, isRTCP: false) }
        let after = try relay.counters(port)
        #expect(sent.isEmpty == (reason != .sendFailed))
        var expected = [UInt64](repeating: 0, count: DropReason.allCases.count)
        expected[Int(reason.rawValue)] = 1
        #expect(after.drops == expected)
        let isAccepted = [.noSink, .noDestination, .blocked, .sendFailed].contains(reason)
        #expect(after.rtpIn.packets - before.rtpIn.packets == (isAccepted ? 1 : 0))
        #expect(after.rtpIn.bytes - before.rtpIn.bytes == (isAccepted ? 172 : 0))
        #expect(after.rtpIn.errors == (reason == .sendFailed ? 0 : 1))
        #expect(after.rtpOut.errors == (reason == .sendFailed ? 1 : 0))
        #expect(after.rtpOut.packets == before.rtpOut.packets && after.rtpOut.bytes == before.rtpOut.bytes)
        #expect((after.lastPacketNanoseconds == relay.now) == (isAccepted || reason == .foreignSource))
    }

    /// Every drop counts in the sums of all ports, too.
    @Test func dropsOfAllPorts() throws {
        let port = relay.open(0)
        relay.install(plan(port, remote: Peer.signalled, to: [Sink(port: port, traffic: .both)]))
        relay.arrive([1, 2, 3], on: port, from: Peer.signalled)
        relay.arrive(rtp(), on: port, from: Peer.signalled)
        relay.refuse(port, count: 172, isRTCP: false)
        _ = relay.open(1)
        let expected = try relay.counters(port).drops
        #expect(expected.reduce(0, +) == 2)
        #expect(relay.table.drops() == expected)
        relay.close(port)
        #expect(relay.table.drops() == expected)
        #expect(relay.table.drops()[Int(DropReason.sendFailed.rawValue)] == 1)
    }

    /// What lists show of a port is what a whole reading of it says.
    @Test func arrivalsAreThoseOfTheSnapshot() throws {
        let (near, far) = (relay.open(0), relay.open(1))
        relay.install(plan(near, .multiplexed, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)]))
        relay.install(plan(far, remote: Peer.far))
        for number in [1, 2, 2, 5, 4, 9] as [UInt16] { relay.arrive(rtp(number), on: near, from: Peer.signalled) }
        relay.arrive(rtp(1, ssrc: 7), on: near, from: Peer.signalled)
        relay.arrive(rtcp(), on: near, from: Peer.signalled)
        relay.arrive([1], on: near, from: Peer.signalled)
        var arrivals = PortArrivals()
        for port in [near, far] { relay.table.add(port, to: &arrivals) }
        let counters = try relay.counters(near)
        #expect(arrivals.traffic.packets == 8 && arrivals.traffic.errors == 1)
        #expect(arrivals.traffic.bytes == counters.rtpIn.bytes + counters.rtcpIn.bytes)
        #expect(counters.ingress.count == 2)
        #expect(arrivals.lost == counters.ingress.reduce(0) { $0 + $1.lost } && arrivals.lost > 0)
        #expect(arrivals.distinct == counters.ingress.reduce(0) { $0 + $1.packets - $1.duplicates })
        let jitter = counters.ingress.map { Double($0.jitter) / Double($0.clockRate) }.max()
        #expect(arrivals.jitterSeconds == jitter)
        relay.close(near)
        var none = PortArrivals()
        relay.table.add(near, to: &none)
        #expect(none == PortArrivals())
    }

    @Test func everythingIsDroppedBeforeTheFirstPlan() throws {
        let port = relay.open(0)
        #expect(relay.arrive(rtp(), on: port, from: Peer.signalled).isEmpty)
        #expect(relay.arrive([], on: port, from: Peer.signalled).isEmpty)
        #expect(try relay.drops(port, .noSink) == 2)
        #expect(try relay.counters(port).lastPacketNanoseconds == 0)
        #expect(try relay.counters(port).endpoint == nil)
    }

    @Test func bytesCountTheWholePayloadOfUDP() throws {
        let (near, far) = (relay.open(0), relay.open(1))
        relay.install(plan(near, .multiplexed, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)]))
        relay.install(plan(far, remote: Peer.far))
        relay.arrive(rtp(1, payload: 160), on: near, from: Peer.signalled)
        relay.arrive(rtp(2, payload: 20), on: near, from: Peer.signalled)
        relay.arrive(rtcp(), on: near, from: Peer.signalled)
        let (into, out) = (try relay.counters(near), try relay.counters(far))
        #expect(into.rtpIn.packets == 2 && into.rtpIn.bytes == 172 + 32)
        #expect(into.rtcpIn.packets == 1 && into.rtcpIn.bytes == 8)
        #expect(out.rtpOut == into.rtpIn && out.rtcpOut == into.rtcpIn)
        #expect(out.rtpIn == PortCounters.Traffic() && into.rtpOut == PortCounters.Traffic())
        relay.refuse(far, count: 8, isRTCP: true)
        let refused = try relay.counters(far)
        #expect(refused.rtcpOut.packets == 0 && refused.rtcpOut.bytes == 0 && refused.rtcpOut.errors == 1)
    }

    /// One error of the receiving port when none of several sinks could send, none when one could.
    @Test func noDestinationOncePerPacket() throws {
        let near = relay.open(0)
        let forks = (1...3).map { relay.open(UInt32($0)) }
        for fork in forks { relay.install(plan(fork)) }
        relay.install(plan(near, remote: Peer.signalled, to: forks.map { Sink(port: $0, traffic: .rtp) }))
        relay.arrive(rtp(1), on: near, from: Peer.signalled)
        #expect(try relay.drops(near, .noDestination) == 1)
        for fork in forks {
            for other in forks { relay.install(plan(other, remote: other == fork ? Peer.far : nil)) }
            #expect(relay.arrive(rtp(2), on: near, from: Peer.signalled).map(\.slot) == [fork.slot])
        }
        #expect(try relay.drops(near, .noDestination) == 1)
        #expect(relay.arrive(rtcp(), on: near, from: Peer.signalled).isEmpty)
        #expect(try relay.drops(near, .noSink) == 1, "no sink takes RTCP")
    }

    /// A list without room loses the transmission, not the count of it.
    @Test func fullList() throws {
        let relay = Relay(room: 2)
        let port = relay.open(0)
        relay.install(
            plan(port, remote: Peer.signalled, to: Array(repeating: Sink(port: port, traffic: .rtp), count: 3)))
        #expect(relay.arrive(rtp(), on: port, from: Peer.signalled).count == 2)
        let counters = try relay.counters(port)
        #expect(counters.rtpOut.packets == 2 && counters.rtpOut.errors == 1)
        #expect(try relay.drops(port, .sendFailed) == 1)
        #expect(counters.rtpIn.errors == 0)
    }

    @Test func listKeepsOrderAndCapacity() {
        var list = TransmissionList(capacity: 2)
        let byte = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
        defer { byte.deallocate() }
        func transmission(_ slot: UInt32) -> Transmission {
            Transmission(
                slot: slot, generation: 0, destination: Peer.far, bytes: UnsafeRawPointer(byte), count: 1, isRTCP: true)
        }
        #expect(list.append(transmission(5)) && list.append(transmission(6)) && !list.append(transmission(7)))
        #expect(list.count == 2 && list[0].slot == 5 && list[1].slot == 6)
        list.removeAll()
        #expect(list.count == 0 && list.append(transmission(8)) && list[0].slot == 8)
    }
}
