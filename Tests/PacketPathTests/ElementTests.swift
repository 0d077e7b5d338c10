import Forwarding
import NetTypes
import Testing

/// Sinks that add an element to the header extension: the `mid` in a bundle.
@Suite struct ElementTests {
    private let relay = Relay()

    private func stamped(_ packet: [UInt8], _ element: [UInt8]) -> [UInt8] {
        [packet[0] | 0x10] + packet[1..<12] + [0xBE, 0xDE, 0, 1] + element + packet[12...]
    }

    /// Two sections of a bundle that leave through one port, each with its own name; RTCP without.
    @Test func namesTheSection() throws {
        let (near, far) = (relay.open(0), relay.open(1))
        let elements = try ["a", "b"].map { try #require(HeaderElement(identifier: 5, value: $0.utf8)) }
        relay.install(
            plan(
                near, .multiplexed, remote: Peer.signalled,
                to: [
                    Sink(port: far, traffic: .both, payloadTypes: PayloadTypeSet([0]), element: elements[0]),
                    Sink(port: far, traffic: .rtp, payloadTypes: PayloadTypeSet([8]), element: elements[1]),
                ]))
        relay.install(plan(far, .multiplexed, remote: Peer.far))
        for (type, letter) in [(0, "a"), (8, "b")] as [(UInt8, Character)] {
            let packet = rtp(5, payloadType: type)
            let sent = relay.arrive(packet, on: near, from: Peer.signalled)
            #expect(sent.map(\.bytes) == [stamped(packet, [0x50, letter.asciiValue ?? 0, 0, 0])])
        }
        #expect(relay.arrive(rtcp(), on: near, from: Peer.signalled).map(\.bytes) == [rtcp()])
        #expect(try relay.counters(far).rtpOut.packets == 2)
        relay.install(plan(near, .multiplexed, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)]))
        #expect(relay.arrive(rtp(6), on: near, from: Peer.signalled).map(\.bytes) == [rtp(6)])
    }

    /// A fork that adds nothing gets the packet as it came.
    @Test func forksDiffer() throws {
        let (near, bundled, plain) = (relay.open(0), relay.open(1), relay.open(2))
        let element = try #require(HeaderElement(identifier: 1, value: "0".utf8))
        relay.install(
            plan(
                near, remote: Peer.signalled,
                to: [Sink(port: bundled, traffic: .rtp, element: element), Sink(port: plain, traffic: .rtp)]))
        relay.install(plan(bundled, remote: Peer.far))
        relay.install(plan(plain, remote: Peer.other))
        let sent = relay.arrive(rtp(1), on: near, from: Peer.signalled)
        #expect(sent.map(\.bytes) == [stamped(rtp(1), [0x10, 0x30, 0, 0]), rtp(1)])
    }

    @Test func valuesThatFit() {
        #expect(HeaderElement(identifier: 1, value: "".utf8) == nil)
        #expect(HeaderElement(identifier: 0, value: "a".utf8) == nil)
        #expect(HeaderElement(identifier: 15, value: "a".utf8) == nil)
        #expect(HeaderElement(identifier: 1, value: String(repeating: "a", count: 17).utf8) == nil)
        let element = HeaderElement(identifier: 14, value: [1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(element?.low == 0x0807_0605_0403_0201 && element?.high == 9 && element?.valueCount == 9)
    }
}
