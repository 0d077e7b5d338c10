import Forwarding
import NetTypes
import SRTP
import SRTPKeying
import Testing

@testable import PacketPath

/// Calls whose two sides have the same keys, and parties that use one key on several ports: no index of a key may come
/// with two plaintexts.
@Suite struct SharedKeyTests {
    private let relay = Relay()

    private func install(
        _ port: LocalPortID, _ carries: Carriage, _ receiving: SDESAttribute, _ sending: SDESAttribute,
        _ remote: TransportAddress, _ sinks: [Sink]
    ) {
        var plan = plan(port, carries, remote: remote, to: sinks)
        plan.security = .sdes(receiving: receiving, sending: sending)
        relay.install(plan)
    }

    /// RTP and RTCP on ports 0 and 1 for one side and 2 and 3 for the other.
    private func callWithoutMultiplexing(farSending: SDESAttribute = sdes(1)) -> [LocalPortID] {
        let ports = (0..<4).map { relay.open($0) }
        let toFar = [Sink(port: ports[2], traffic: .rtp), Sink(port: ports[3], traffic: .rtcp)]
        let toNear = [Sink(port: ports[0], traffic: .rtp), Sink(port: ports[1], traffic: .rtcp)]
        install(ports[0], .rtp, sdes(1), sdes(2), Peer.signalled, toFar)
        install(ports[1], .rtcp, sdes(1), sdes(2), Peer.samePort, toFar)
        install(ports[2], .rtp, sdes(2), farSending, Peer.far, toNear)
        install(ports[3], .rtcp, sdes(2), farSending, Peer.farRTCP, toNear)
        return ports
    }

    @Test func ciphertextPassesWithoutMultiplexing() throws {
        let ports = callWithoutMultiplexing()
        let near = try SecureEnd(sending: sdes(1), receiving: sdes(2))
        let far = try SecureEnd(sending: sdes(2), receiving: sdes(1))
        for number in 1...5 as ClosedRange<UInt16> {
            let packet = try near.protect(rtp(number))
            let sent = relay.arrive(packet, on: ports[0], from: Peer.signalled, room: 100)
            #expect(sent.map(\.bytes) == [packet] && sent.first?.slot == 2)
            #expect(relay.arrive(packet, on: ports[0], from: Peer.signalled).isEmpty)
            let report = try near.protect(rtcp(), isRTCP: true)
            let passed = relay.arrive(report, on: ports[1], from: Peer.samePort, room: 100)
            #expect(passed.map(\.bytes) == [report] && passed.first?.slot == 3)
            let back = try far.protect(rtcp(ssrc: 5), isRTCP: true)
            #expect(relay.arrive(back, on: ports[3], from: Peer.farRTCP, room: 100).map(\.bytes) == [back])
        }
    }

    /// What has to be encrypted anew with the key it came with, for an MKI or a fork, keeps its index.
    @Test func indicesOfASharedKeyAreKept() throws {
        let ports = callWithoutMultiplexing(farSending: sdes(1, mki: 7))
        var lead = try SRTPSender(SRTPPolicy(sdes(1)))
        var far = try SRTPReceiver(SRTPPolicy(sdes(1, mki: 7)))
        // The peer has sent for long when the relay joins: its counters are not at 0.
        let join = SRTPStreamPosition(ssrc: 0x1111, rtpIndex: 3 << 16 | 10, rtcpIndex: 40)
        lead.resume(at: join)
        far.resume(at: join)
        for number in 11...15 as ClosedRange<UInt16> {
            let packet = protected(rtp(number)) { lead.protectRTP($0, length: $1) }
            let sent = relay.arrive(packet, on: ports[0], from: Peer.signalled, room: 100)
            try #require(sent.count == 1)
            // The same keystream for the same octets.
            #expect(sent[0].bytes[..<172] == packet[..<172])
            var bytes = sent[0].bytes
            #expect(bytes.withUnsafeMutableBytes { far.unprotectRTP($0) } == .ok(length: 172))
            let report = protected(rtcp()) { lead.protectRTCP($0, length: $1) }
            let passed = relay.arrive(report, on: ports[1], from: Peer.samePort, room: 100)
            try #require(passed.count == 1)
            #expect(passed[0].bytes[..<(rtcp().count + 4)] == report[..<(rtcp().count + 4)])
            bytes = passed[0].bytes
            #expect(bytes.withUnsafeMutableBytes { far.unprotectRTCP($0) } == .ok(length: rtcp().count))
            #expect(far.lastIndex == UInt64(number) + 30)
        }
    }

    /// RTCP moves onto the port for RTP, and the party to a new port, before or after the old one has gone: the indices
    /// of its key go on.
    @Test(arguments: [false, true])
    func portsWithOneKeyCountTogether(closesFirst: Bool) throws {
        let ports = (0..<3).map { relay.open($0) }
        let far = relay.open(3)
        let peer = try SecureEnd(sending: sdes(1), receiving: sdes(2))
        var last: UInt32?
        for (round, port) in ports.enumerated() {
            if closesFirst, round > 0 { relay.close(ports[round - 1]) }
            install(port, .multiplexed, sdes(1), sdes(2), Peer.signalled, [])
            relay.install(plan(far, .multiplexed, remote: Peer.far, to: [Sink(port: port, traffic: .both)]))
            for number in stride(from: 0, through: 65_000, by: 5_000) {
                let sent = relay.arrive(rtp(UInt16(number)), on: far, from: Peer.far, room: 100)
                #expect(try sent.map { try peer.unprotect($0.bytes) } == [rtp(UInt16(number))], "\(round) \(number)")
            }
            let sent = relay.arrive(rtcp(), on: far, from: Peer.far, room: 100)
            try #require(sent.count == 1)
            let index = sent[0].bytes.dropLast(10).suffix(4).reduce(0) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
            #expect(index == (last.map { $0 + 1 } ?? 0))
            last = index
            #expect(try peer.unprotect(sent[0].bytes, isRTCP: true) == rtcp())
        }
    }

    @Test func aForkKeepsTheIndicesOfASharedKey() throws {
        let ports = callWithoutMultiplexing()
        let third = relay.open(4)
        install(third, .rtp, sdes(2), sdes(1), Peer.other, [])
        install(
            ports[0], .rtp, sdes(1), sdes(2), Peer.signalled,
            [ports[2], third].map { Sink(port: $0, traffic: .both) })
        let near = try SecureEnd(sending: sdes(1), receiving: sdes(2))
        for number in 1...3 as ClosedRange<UInt16> {
            let packet = try near.protect(rtp(number))
            let sent = relay.arrive(packet, on: ports[0], from: Peer.signalled, room: 100)
            #expect(sent.map(\.bytes) == [packet, packet])
            let report = try near.protect(rtcp(), isRTCP: true)
            let passed = relay.arrive(report, on: ports[0], from: Peer.signalled, room: 100)
            #expect(passed.map(\.bytes) == [report, report])
        }
    }
}

private func protected(_ packet: [UInt8], _ protect: (UnsafeMutableRawBufferPointer, Int) -> SRTPResult) -> [UInt8] {
    var buffer = packet + [UInt8](repeating: 0, count: 64)
    let result = buffer.withUnsafeMutableBytes { protect($0, packet.count) }
    guard case .ok(let length) = result else { return [] }
    return Array(buffer[..<length])
}
