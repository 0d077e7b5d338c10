import Forwarding
import NetTypes
import SRTP
import SRTPKeying
import Testing

@testable import PacketPath

/// An encrypted port (`near`) whose packets leave in the clear through another (`far`), and the way back.
@Suite struct SDESTests {
    private let relay = Relay()
    private let near: LocalPortID
    private let far: LocalPortID

    init() {
        near = relay.open(0)
        far = relay.open(1)
    }

    private func installNear(_ receiving: SDESAttribute = sdes(1), _ sending: SDESAttribute = sdes(2)) {
        var near = plan(near, .multiplexed, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)])
        near.security = .sdes(receiving: receiving, sending: sending)
        relay.install(near)
    }

    private func installFar(to sinks: [Sink]? = nil) {
        relay.install(plan(far, .multiplexed, remote: Peer.far, to: sinks ?? [Sink(port: near, traffic: .both)]))
    }

    private func installBoth() {
        installNear()
        installFar()
    }

    private func end(_ suite: CryptoSuite = .aesCM128Tag80) throws -> SecureEnd {
        try SecureEnd(sending: sdes(1, suite), receiving: sdes(2, suite))
    }

    @Test(arguments: CryptoSuite.allCases, [0, 64])
    func bothDirections(suite: CryptoSuite, room: Int) throws {
        installNear(sdes(1, suite), sdes(2, suite))
        installFar()
        let end = try end(suite)
        for number in 1...5 as ClosedRange<UInt16> {
            let sent = relay.arrive(try end.protect(rtp(number)), on: near, from: Peer.signalled)
            #expect(sent.map(\.bytes) == [rtp(number)] && sent.first?.destination == Peer.far)
            let back = relay.arrive(rtp(number, ssrc: 5), on: far, from: Peer.far, room: room)
            #expect(try back.map { try end.unprotect($0.bytes) } == [rtp(number, ssrc: 5)])
            #expect(back.first?.bytes != rtp(number, ssrc: 5) && back.first?.destination == Peer.signalled)
            let report = try end.protect(rtcp(), isRTCP: true)
            #expect(relay.arrive(report, on: near, from: Peer.signalled).map(\.bytes) == [rtcp()])
            let answer = relay.arrive(rtcp(ssrc: 5), on: far, from: Peer.far, room: room)
            #expect(try answer.map { try end.unprotect($0.bytes, isRTCP: true) } == [rtcp(ssrc: 5)])
        }
        #expect(try relay.counters(near).rtpIn.errors == 0 && relay.counters(far).rtpIn.errors == 0)
        #expect(try relay.counters(near).rtpOut.packets == 5 && relay.counters(near).rtcpOut.packets == 5)
    }

    @Test func countsWhatWasOnTheWire() throws {
        installBoth()
        let end = try end()
        relay.arrive(try end.protect(rtp()), on: near, from: Peer.signalled)
        relay.arrive(rtp(), on: far, from: Peer.far)
        #expect(try relay.counters(near).rtpIn.bytes == 182 && relay.counters(near).rtpOut.bytes == 182)
        #expect(try relay.counters(far).rtpIn.bytes == 172 && relay.counters(far).rtpOut.bytes == 172)
    }

    @Test func replayedAndForgedPacketsAreDropped() throws {
        installBoth()
        let end = try end()
        let packet = try end.protect(rtp())
        let report = try end.protect(rtcp(), isRTCP: true)
        for (bytes, isRTCP) in [(packet, false), (report, true)] {
            for place in bytes.indices.dropFirst(2) {
                var forged = bytes
                forged[place] ^= 1
                #expect(relay.arrive(forged, on: near, from: Peer.signalled).isEmpty, "\(isRTCP) \(place)")
            }
            #expect(relay.arrive(bytes, on: near, from: Peer.signalled).count == 1)
            #expect(relay.arrive(bytes, on: near, from: Peer.signalled).isEmpty)
        }
        #expect(try relay.drops(near, .replayed) == 2)
        #expect(relay.arrive(rtp(9), on: near, from: Peer.signalled).isEmpty)
        let drops = try relay.counters(near).drops
        #expect(drops[Int(DropReason.authenticationFailed.rawValue)] > 200)
        #expect(try relay.counters(near).rtpIn.packets == 1 && relay.counters(near).rtcpIn.packets == 1)
    }

    /// Only who has the keys can be learned.
    @Test(arguments: EndpointLearning.allCases)
    func forgedPacketsTeachNothing(learning: EndpointLearning) throws {
        var near = plan(
            near, .multiplexed, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)], learning: learning)
        near.security = .sdes(receiving: sdes(1), sending: sdes(2))
        relay.install(near)
        installFar()
        relay.now += 4_000 * Relay.millisecond
        for number in 1...20 as ClosedRange<UInt16> { relay.arrive(rtp(number), on: self.near, from: Peer.stranger) }
        #expect(try relay.counters(self.near).endpoint == Peer.signalled)
        #expect(try !relay.counters(self.near).isConfirmed)
        let end = try end()
        #expect(relay.arrive(try end.protect(rtp(1)), on: self.near, from: Peer.other).count == 1)
        #expect(try relay.counters(self.near).endpoint == (learning == .off ? Peer.signalled : Peer.other))
        // After learning even the right keys do not help from elsewhere.
        #expect(relay.arrive(try end.protect(rtp(2)), on: self.near, from: Peer.stranger).isEmpty)
        #expect(try relay.drops(self.near, .foreignSource) == 1)
    }

    @Test func nothingPassesWithoutKeys() throws {
        installFar()
        var pending = plan(near, .multiplexed, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)])
        pending.security = .pending
        relay.install(pending)
        #expect(relay.arrive(rtp(), on: near, from: Peer.signalled).isEmpty)
        #expect(relay.arrive(rtcp(), on: near, from: Peer.signalled).isEmpty)
        #expect(relay.arrive(rtp(), on: far, from: Peer.far).isEmpty)
        #expect(try relay.drops(near, .notKeyed) == 2 && relay.drops(far, .notKeyed) == 1)
    }

    /// The same keys keep roll-over counter and replay window, also through a time without.
    @Test(arguments: [false, true])
    func anEqualPlanKeepsTheContexts(pauses: Bool) throws {
        installBoth()
        let end = try end()
        var last: [UInt8] = []
        for round in 0..<3 {
            for number in stride(from: 0, through: 65_000, by: 5_000) {
                last = try end.protect(rtp(UInt16(number)))
                #expect(relay.arrive(last, on: near, from: Peer.signalled).count == 1, "\(round) \(number)")
                let back = relay.arrive(rtp(UInt16(number), ssrc: 5), on: far, from: Peer.far)
                #expect(try back.map { try end.unprotect($0.bytes).count } == [172], "\(round) \(number)")
            }
            if pauses {
                var pending = plan(near, .multiplexed, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)])
                pending.security = .pending
                relay.install(pending)
                #expect(relay.arrive(rtp(), on: near, from: Peer.signalled).isEmpty)
            }
            installNear()
            #expect(relay.arrive(last, on: near, from: Peer.signalled).isEmpty)
        }
        #expect(try relay.drops(near, .replayed) == 3)
    }

    @Test func aNewKeyForOneDirectionLeavesTheOther() throws {
        installBoth()
        let end = try end()
        let packet = try end.protect(rtp())
        #expect(relay.arrive(packet, on: near, from: Peer.signalled).count == 1)
        installNear(sdes(1), sdes(3))
        #expect(relay.arrive(packet, on: near, from: Peer.signalled).isEmpty)
        #expect(try relay.drops(near, .replayed) == 1)
        let other = try SecureEnd(sending: sdes(1), receiving: sdes(3))
        let back = relay.arrive(rtp(), on: far, from: Peer.far)
        #expect(try back.map { try other.unprotect($0.bytes) } == [rtp()])
        installNear(sdes(4), sdes(3))
        #expect(relay.arrive(packet, on: near, from: Peer.signalled).isEmpty)
        #expect(try relay.drops(near, .authenticationFailed) == 1)
    }

    @Test func forksGetBytesOfTheirOwn() throws {
        let third = relay.open(2)
        let fourth = relay.open(3)
        let plain = relay.open(4)
        installNear()
        let ends = [
            try SecureEnd(sending: sdes(1), receiving: sdes(2)),
            try SecureEnd(sending: sdes(5), receiving: sdes(6, .aeadAES256GCM)),
            try SecureEnd(sending: sdes(7), receiving: sdes(8, mki: 4)),
        ]
        var second = plan(third, remote: Peer.other)
        second.security = .sdes(receiving: sdes(5), sending: sdes(6, .aeadAES256GCM))
        relay.install(second)
        second = plan(fourth, remote: Peer.sameAddress)
        second.security = .sdes(receiving: sdes(7), sending: sdes(8, mki: 4))
        relay.install(second)
        relay.install(plan(plain, remote: Peer.samePort))
        installFar(to: [near, plain, third, fourth].map { Sink(port: $0, traffic: .both) })
        for number in 1...3 as ClosedRange<UInt16> {
            let sent = relay.arrive(rtp(number), on: far, from: Peer.far, room: 100)
            try #require(sent.count == 4)
            #expect(sent[1].bytes == rtp(number))
            for (end, place) in zip(ends, [0, 2, 3]) {
                #expect(try end.unprotect(sent[place].bytes) == rtp(number))
            }
        }
    }

    @Test func packetsWithoutRoomForATagAreDropped() throws {
        installBoth()
        let large = rtp(payload: 2030)
        #expect(relay.arrive(large, on: far, from: Peer.far).count == 1)
        #expect(try relay.drops(far, .sendFailed) == 0)
        // Too old for the sender's window, so its index could have been used.
        relay.arrive(rtp(5_000), on: far, from: Peer.far)
        #expect(relay.arrive(rtp(1), on: far, from: Peer.far).isEmpty)
        #expect(try relay.drops(far, .replayed) == 1)
    }

    @Test func legsGoWithTheirPorts() {
        for generation in 2...20 as ClosedRange<UInt16> {
            let port = relay.open(5, generation: generation)
            var plan = plan(port, remote: Peer.signalled)
            plan.security = .sdes(receiving: sdes(1), sending: sdes(2))
            relay.install(plan)
            #expect(relay.path.legCount == 1)
            if generation % 3 == 0 { relay.close(port) }
            if generation % 3 == 1 {
                plan.security = nil
                relay.install(plan)
                #expect(relay.path.legCount == 0)
            }
        }
        relay.close(LocalPortID(worker: 3, slot: 5, generation: 20))
        #expect(relay.path.legCount == 0)
    }
}

/// Both sides have agreed on the same keys: ciphertext goes on as it came.
@Suite struct PassThroughTests {
    private let relay = Relay()

    private func call() -> (LocalPortID, LocalPortID) {
        let (near, far) = (relay.open(0), relay.open(1))
        install(near, sdes(1), sdes(2), Peer.signalled, far)
        install(far, sdes(2), sdes(1), Peer.far, near)
        return (near, far)
    }

    private func install(
        _ port: LocalPortID, _ receiving: SDESAttribute, _ sending: SDESAttribute, _ remote: TransportAddress,
        _ sinks: LocalPortID...
    ) {
        var plan = plan(port, .multiplexed, remote: remote, to: sinks.map { Sink(port: $0, traffic: .both) })
        plan.security = .sdes(receiving: receiving, sending: sending)
        relay.install(plan)
    }

    @Test func sameBytes() throws {
        let (near, _) = call()
        let end = try SecureEnd(sending: sdes(1), receiving: sdes(2))
        for number in 1...5 as ClosedRange<UInt16> {
            let packet = try end.protect(rtp(number))
            #expect(relay.arrive(packet, on: near, from: Peer.signalled).map(\.bytes) == [packet])
            #expect(relay.arrive(packet, on: near, from: Peer.signalled).isEmpty)
            var forged = try end.protect(rtp(number + 100))
            forged[20] ^= 4
            #expect(relay.arrive(forged, on: near, from: Peer.signalled).isEmpty)
            let report = try end.protect(rtcp(), isRTCP: true)
            #expect(relay.arrive(report, on: near, from: Peer.signalled).map(\.bytes) == [report])
        }
        #expect(relay.path.slots[0].leg?.pointee.rtpComparison.passesThrough == true)
        #expect(try relay.drops(near, .replayed) == 5 && relay.drops(near, .authenticationFailed) == 5)
    }

    /// A fork joins in the third round of sequence numbers: the relay's own sender goes on from there.
    @Test func theSenderGoesOnWhereTheStreamStands() throws {
        let (near, far) = call()
        let third = relay.open(2)
        relay.install(plan(third, remote: Peer.other))
        let end = try SecureEnd(sending: sdes(1), receiving: sdes(2))
        let farEnd = try SecureEnd(sending: sdes(2), receiving: sdes(1))
        for round in 0..<6 {
            if round == 3 { install(near, sdes(1), sdes(2), Peer.signalled, far, third) }
            if round == 5 { install(near, sdes(1), sdes(2), Peer.signalled, far) }
            for number in stride(from: 0, through: 65_000, by: 5_000) {
                let plain = rtp(UInt16(number))
                let sent = relay.arrive(try end.protect(plain), on: near, from: Peer.signalled)
                try #require(sent.count == (round == 3 || round == 4 ? 2 : 1))
                #expect(try farEnd.unprotect(sent[0].bytes) == plain)
                if sent.count == 2 { #expect(sent[1].bytes == plain) }
            }
            let sent = relay.arrive(try end.protect(rtcp(), isRTCP: true), on: near, from: Peer.signalled)
            #expect(try farEnd.unprotect(sent[0].bytes, isRTCP: true) == rtcp())
        }
    }

    @Test(arguments: ["suite", "key", "mki", "parameters"])
    func otherKeysAreTranslated(difference: String) throws {
        let (near, far) = (relay.open(0), relay.open(1))
        var other = sdes(1)
        switch difference {
        case "suite": other = sdes(1, .aesCM128Tag32)
        case "key": other = sdes(9)
        case "mki": other = sdes(1, mki: 1)
        default: other.parameters.unencryptedSRTP = true
        }
        install(near, sdes(1), sdes(2), Peer.signalled, far)
        install(far, sdes(2), other, Peer.far, near)
        let end = try SecureEnd(sending: sdes(1), receiving: sdes(2))
        let farEnd = try SecureEnd(sending: sdes(2), receiving: other)
        let packet = try end.protect(rtp())
        let sent = relay.arrive(packet, on: near, from: Peer.signalled, room: 100)
        #expect(try sent.map { try farEnd.unprotect($0.bytes) } == [rtp()])
        #expect(sent.first?.bytes != packet)
    }
}
