import Forwarding
import SRTPKeying
import Testing

@testable import PacketPath

/// What taps see on encrypted ports.
@Suite struct SecuredObservationTests {
    private let relay = Relay()
    private let near: LocalPortID
    private let far: LocalPortID

    init() {
        near = relay.open(0)
        far = relay.open(1)
    }

    private func packets() -> [ObservedPacket] {
        relay.path.publishTaps()
        var packets: [ObservedPacket] = []
        while let item = relay.path.taps.next(worker: near.worker) {
            if case .packet(let packet) = item { packets.append(packet) }
        }
        return packets
    }

    private func tapBoth() {
        for port in [near, far] { relay.path.tap(port, at: [.wire, .clear], now: relay.now) }
    }

    @Test func ciphertextAndPlaintextAreBothSeen() throws {
        var plan1 = plan(near, .multiplexed, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)])
        plan1.security = .sdes(receiving: sdes(1), sending: sdes(2))
        relay.install(plan1)
        relay.install(plan(far, .multiplexed, remote: Peer.far, to: [Sink(port: near, traffic: .both)]))
        tapBoth()
        let end = try SecureEnd(sending: sdes(1), receiving: sdes(2))
        let cipher = try end.protect(rtp(1))
        relay.arrive(cipher, on: near, from: Peer.signalled)
        let inward = packets()
        #expect(inward.map(\.points) == [.wireIn, .clearIn, [.wireOut, .clearOut]])
        #expect(inward.map(\.bytes) == [cipher, rtp(1), rtp(1)])
        #expect(inward.map(\.port) == [near, near, far])

        let sent = relay.arrive(rtp(2), on: far, from: Peer.far)
        let outward = packets()
        #expect(outward.map(\.points) == [[.wireIn, .clearIn], .clearOut, .wireOut])
        #expect(outward.map(\.bytes) == [rtp(2), rtp(2), sent[0].bytes])
        #expect(try end.unprotect(outward[2].bytes) == rtp(2))

        var forged = try end.protect(rtp(3))
        forged[20] ^= 1
        relay.arrive(forged, on: near, from: Peer.signalled)
        let refused = packets()
        #expect(refused.map(\.points) == [.wireIn])
        #expect(refused.map(\.fate) == [.dropped(.authenticationFailed)])
    }

    @Test func ciphertextThatPassesThroughIsSeenInTheClear() throws {
        for (own, other, remote) in [(near, far, Peer.signalled), (far, near, Peer.far)] {
            var plan = plan(own, .multiplexed, remote: remote, to: [Sink(port: other, traffic: .both)])
            let (receiving, sending) = own == near ? (sdes(1), sdes(2)) : (sdes(2), sdes(1))
            plan.security = .sdes(receiving: receiving, sending: sending)
            relay.install(plan)
        }
        tapBoth()
        let end = try SecureEnd(sending: sdes(1), receiving: sdes(2))
        for number in 1...3 as ClosedRange<UInt16> {
            let cipher = try end.protect(rtp(number))
            #expect(relay.arrive(cipher, on: near, from: Peer.signalled).map(\.bytes) == [cipher])
            let seen = packets()
            #expect(seen.map(\.points) == [.wireIn, .clearIn, .clearOut, .wireOut])
            #expect(seen.map(\.bytes) == [cipher, rtp(number), rtp(number), cipher])
        }
    }
}
