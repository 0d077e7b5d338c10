import DataPlane
import Forwarding
import NetTypes
import Testing

/// Packets through real sockets, with either backend.
struct RelayTests {
    @Test(arguments: backends)
    func twoPartiesHearEachOther(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_099)
        let (caller, callee) = (try MediaPeer(), try MediaPeer())
        let (left, right) = (try plane.leasePair(), try plane.leasePair())
        try plane.join(left[0], to: caller.address, right[0], to: callee.address)
        try plane.join(left[1], to: caller.address, right[1], to: callee.address, carries: .rtcp)
        for number in 0..<50 {
            try caller.send(rtp(number), to: left[0].local)
            try callee.expect(rtp(number), from: right[0].local)
            try callee.send(rtp(number, ssrc: 9), to: right[0].local)
            try caller.expect(rtp(number, ssrc: 9), from: left[0].local)
        }
        try caller.send(receiverReport, to: left[1].local)
        try callee.expect(receiverReport, from: right[1].local)

        let counters = plane.counters(of: [left[0].id, right[0].id, right[1].id])
        #expect(counters[0]?.rtpIn.packets == 50)
        #expect(counters[0]?.rtpOut.packets == 50)
        #expect(counters[1]?.rtpIn.bytes == 50 * 172)
        #expect(counters[2]?.rtcpOut.packets == 1)
        #expect(plane.backendInUse == backend)
    }

    @Test(arguments: backends)
    func multiplexedAndSeparateControlMeet(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_099)
        let browser = try MediaPeer()
        let (phone, phoneControl) = (try MediaPeer(), try MediaPeer())
        let muxed = try plane.leaseSingle()
        let pair = try plane.leasePair()
        var inward = plan(muxed, to: browser.address, sinks: [], carries: .multiplexed)
        inward.sinks = [Sink(port: pair[0].id, traffic: .rtp), Sink(port: pair[1].id, traffic: .rtcp)]
        try plane.installAndWait([
            inward,
            plan(pair[0], to: phone.address, sinks: [muxed]),
            plan(pair[1], to: phoneControl.address, sinks: [muxed], carries: .rtcp),
        ])
        try browser.send(rtp(1), to: muxed.local)
        try phone.expect(rtp(1), from: pair[0].local)
        try browser.send(receiverReport, to: muxed.local)
        try phoneControl.expect(receiverReport, from: pair[1].local)
        try phone.send(rtp(2), to: pair[0].local)
        try browser.expect(rtp(2), from: muxed.local)
        try phoneControl.send(receiverReport, to: pair[1].local)
        try browser.expect(receiverReport, from: muxed.local)
    }

    @Test(arguments: backends)
    func forksGetCopies(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_099)
        let source = try MediaPeer()
        let listeners = [try MediaPeer(), try MediaPeer()]
        let inward = try plane.leaseSingle()
        let outward = [try plane.leaseSingle(), try plane.leaseSingle()]
        try plane.installAndWait([
            plan(inward, to: source.address, sinks: outward),
            plan(outward[0], to: listeners[0].address, sinks: []),
            plan(outward[1], to: listeners[1].address, sinks: []),
        ])
        for number in 0..<20 {
            try source.send(rtp(number), to: inward.local)
            for index in 0..<2 { try listeners[index].expect(rtp(number), from: outward[index].local) }
        }
    }

    @Test(arguments: backends)
    func addressFamiliesMix(backend: DataPlaneConfiguration.Backend) throws {
        let six = IPAddress(ipv6High: 0, low: 1)
        let plane = try makePlane(backend, ports: 20_000...20_099) { configuration in
            configuration.pools.append(PortPoolConfiguration(address: six, minimum: 21_000, maximum: 29_999))
        }
        let (caller, callee) = (try MediaPeer(), try MediaPeer(on: six))
        let left = try plane.leaseSingle()
        let right = try plane.lease(PortRequest(worker: 0, pool: PortPoolID(1), isPair: false, tos: 0x20))[0]
        #expect(right.local.address == six)
        try plane.join(left, to: caller.address, right, to: callee.address)
        try caller.send(rtp(1), to: left.local)
        try callee.expect(rtp(1), from: right.local)
        try callee.send(rtp(2), to: right.local)
        try caller.expect(rtp(2), from: left.local)
    }

    @Test(arguments: backends)
    func nothingIsForwardedWithoutPlan(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_099)
        let peer = try MediaPeer()
        let port = try plane.leaseSingle()
        #expect(plane.counters(of: [port.id]) == [PortCounters()])
        try peer.send(rtp(1), to: port.local)
        // The worker may sleep until something concerns it.
        let other = try plane.leaseSingle()
        plane.install([plan(other, to: peer.address, sinks: [])])
        try eventually("the packet was dropped") {
            plane.counters(of: [port.id])[0]?.drops[Int(DropReason.noSink.rawValue)] == 1
        }
    }

    @Test(arguments: backends)
    func swappingPlansLosesNothing(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_099)
        let caller = try MediaPeer()
        let callees = [try MediaPeer(), try MediaPeer()]
        let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
        try plane.join(left, to: caller.address, right, to: callees[0].address)
        let total = 2000
        var received: [Int] = [0, 0]
        for number in 0..<total {
            plane.install([plan(right, to: callees[number / 7 % 2].address, sinks: [left], tos: UInt8(number % 2 * 4))])
            try caller.send(rtp(number), to: left.local)
            // At most 64 under way: no socket buffer may overflow.
            guard number % 64 == 63 || number == total - 1 else { continue }
            try eventually("all packets arrived") {
                for index in 0..<2 { while callees[index].receive(within: 0) != nil { received[index] += 1 } }
                return received[0] + received[1] == number + 1
            }
        }
        #expect(received[0] > 0 && received[1] > 0)
        #expect(plane.counters(of: [right.id])[0]?.rtpOut.packets == UInt64(total))
    }

    @Test(arguments: backends, [2048, 1000])
    func oversizedDatagramsAreDropped(backend: DataPlaneConfiguration.Backend, largest: Int) throws {
        let plane = try makePlane(backend, ports: 20_000...20_099) { $0.largestDatagram = largest }
        let (caller, callee) = (try MediaPeer(), try MediaPeer())
        let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
        try plane.join(left, to: caller.address, right, to: callee.address)
        for payload in [largest + 100, 9000, 40_000] { try caller.send(rtp(1, payload: payload), to: left.local) }
        let fitting = rtp(2, payload: largest - 12)
        try caller.send(fitting, to: left.local)
        try callee.expect(fitting, from: right.local)
        #expect(plane.counters(of: [left.id])[0]?.drops[Int(DropReason.truncated.rawValue)] == 3)
    }

    @Test(arguments: backends)
    func emptyDatagramsDoNotStopReception(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_099)
        let (caller, callee) = (try MediaPeer(), try MediaPeer())
        let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
        try plane.join(left, to: caller.address, right, to: callee.address)
        for number in 0..<20 {
            try caller.send([], to: left.local)
            try caller.send(rtp(number), to: left.local)
            try callee.expect(rtp(number), from: right.local)
        }
    }

    @Test(arguments: backends)
    func unreachablePeersDoNotStopReception(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_099)
        let (caller, callee) = (try MediaPeer(), try MediaPeer())
        let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
        // Nobody listens there: each packet is answered with an ICMP message.
        try plane.join(left, to: caller.address, right, to: TransportAddress(freshAddress(), 9))
        for number in 0..<20 { try caller.send(rtp(number), to: left.local) }
        try eventually("packets went out") { plane.counters(of: [right.id])[0]?.rtpOut.packets ?? 0 >= 20 }
        try plane.join(left, to: caller.address, right, to: callee.address)
        try callee.send(rtp(1), to: right.local)
        try caller.expect(rtp(1), from: left.local)
        try caller.send(rtp(2), to: left.local)
        try callee.expect(rtp(2), from: right.local)
    }

    @Test(arguments: backends)
    func refusedPacketsAreCounted(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_099)
        let caller = try MediaPeer()
        let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
        // An IPv4 socket cannot send to an IPv6 address.
        try plane.join(left, to: caller.address, right, to: TransportAddress(IPAddress(ipv6High: 0, low: 1), 9))
        for number in 0..<10 { try caller.send(rtp(number), to: left.local) }
        try eventually("the refusals are counted") { plane.statistics()[0].sendErrors == 10 }
        try eventually("the port shows them") {
            let counters = plane.counters(of: [right.id])[0]
            return counters?.drops[Int(DropReason.sendFailed.rawValue)] == 10 && counters?.rtpOut.packets == 0
        }
        try caller.send(rtp(1), to: right.local)
        try caller.expect(rtp(1), from: left.local)
    }

    @Test(arguments: backends)
    func latencyModeNeverGathers(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_099) { $0.maximumWaitMicroseconds = 0 }
        let (caller, callee) = (try MediaPeer(), try MediaPeer())
        let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
        try plane.join(left, to: caller.address, right, to: callee.address)
        for number in 0..<5000 {
            try caller.send(rtp(number), to: left.local)
            try callee.expect(rtp(number), from: right.local)
        }
        #expect(plane.statistics()[0].currentWaitMicroseconds == 0)
    }

    @Test(arguments: backends)
    func statisticsAddUp(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_099)
        let (caller, callee) = (try MediaPeer(), try MediaPeer())
        let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
        try plane.join(left, to: caller.address, right, to: callee.address)
        for number in 0..<100 {
            try caller.send(rtp(number), to: left.local)
            try callee.expect(rtp(number), from: right.local)
        }
        try eventually("the turn was published") { plane.statistics()[0].packetsReceived == 100 }
        let statistics = plane.statistics()[0]
        #expect(statistics.packetsSent == 100)
        #expect((1...100).contains(statistics.batches))
        #expect(statistics.wakeUps > 0)
        #expect(statistics.openPorts == 2)
        #expect(statistics.sendErrors == 0)
        #expect(statistics.receiveErrors == 0)
        #expect(statistics.socketErrors == 0)
    }
}
