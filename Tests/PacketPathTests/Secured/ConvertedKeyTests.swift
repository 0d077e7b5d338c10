import Forwarding
import NetTypes
import RTP
import SRTP
import SRTPKeying
import Testing

@testable import PacketPath

/// Conversion between encrypted sides. One keystream must never serve two texts, so that with one key on both sides what
/// is converted needs another SSRC.
@Suite struct ConvertedKeyTests {
    private let relay = Relay()
    private let converter = Converter(streams: 16)
    private let ring = ConversionRing(bytes: 1 << 20)
    private let (a, b): (LocalPortID, LocalPortID)

    init() {
        (a, b) = (relay.open(0), relay.open(1))
    }

    private func install(sending: SDESAttribute, _ conversions: [Conversion]) {
        var there = plan(a, .multiplexed, remote: Peer.signalled, to: [Sink(port: b, traffic: .both)])
        there.security = .sdes(receiving: sdes(1), sending: sdes(2))
        there.conversions = conversions
        relay.install(there)
        var back = plan(b, .multiplexed, remote: Peer.far, to: [Sink(port: a, traffic: .both)])
        back.security = .sdes(receiving: sdes(3), sending: sending)
        relay.install(back)
    }

    private func speak(_ end: SecureEnd, _ number: UInt16) throws -> (arrived: [UInt8], sent: [Relay.Sent]) {
        let packet = try end.protect(rtp(number, timestamp: UInt32(number) * 160))
        let direct = relay.arrive(packet, on: a, from: Peer.signalled, room: 100)
        return (packet, direct + relay.convert(converter, through: ring))
    }

    @Test func bothSidesHaveTheirOwnKeys() throws {
        install(sending: sdes(4), [.toALaw])
        let near = try SecureEnd(sending: sdes(1), receiving: sdes(2))
        let far = try SecureEnd(sending: sdes(3), receiving: sdes(4))
        for number in 1...5 as ClosedRange<UInt16> {
            let sent = try speak(near, number).sent
            try #require(sent.count == 1)
            let clear = try far.unprotect(sent[0].bytes)
            #expect(clear.count == 172 && clear[1] & 0x7F == 8)
            #expect(clear[8..<12] == [0, 0, 0x11, 0x11])
        }
    }

    @Test func oneKeyOnBothSidesGivesAnotherStream() throws {
        install(sending: sdes(1), [])
        let near = try SecureEnd(sending: sdes(1), receiving: sdes(2))
        let far = try SecureEnd(sending: sdes(3), receiving: sdes(1))
        // Passed through, then converted.
        for number in 1...3 as ClosedRange<UInt16> {
            let (packet, sent) = try speak(near, number)
            #expect(sent.map(\.bytes) == [packet])
            _ = try far.unprotect(packet)
        }
        install(sending: sdes(1), [.toALaw])
        var sources: Set<ArraySlice<UInt8>> = []
        for number in 4...9 as ClosedRange<UInt16> {
            let (packet, sent) = try speak(near, number)
            try #require(sent.count == 1)
            sources.insert(sent[0].bytes[8..<12])
            #expect(sent[0].bytes[8..<12] != packet[8..<12])
            let clear = try far.unprotect(sent[0].bytes)
            #expect(clear.count == 172 && clear[1] & 0x7F == 8)
        }
        #expect(sources.count == 1, "one stream")
        // Without conversions it stays what it is, and never again the ciphertext of the same index.
        install(sending: sdes(1), [])
        let (packet, sent) = try speak(near, 10)
        #expect(sent.count == 1 && sent[0].bytes[8..<12] != packet[8..<12])
    }

    /// Reports are changed, and have no other SSRC to go under.
    @Test func oneKeyOnBothSidesKeepsReportsBack() throws {
        install(sending: sdes(1), [.toALaw])
        let near = try SecureEnd(sending: sdes(1), receiving: sdes(2))
        _ = try speak(near, 1)
        let report = try near.protect(rtcp(), isRTCP: true)
        #expect(relay.arrive(report, on: a, from: Peer.signalled, room: 100).isEmpty)
        #expect(try relay.drops(a, .blocked) == 1)
    }

    /// The key of the way out becomes that of the way in while packets are under way.
    @Test func aKeyThatBecomesTheSameOnTheWayCounts() throws {
        install(sending: sdes(4), [.toALaw])
        let near = try SecureEnd(sending: sdes(1), receiving: sdes(2))
        let packet = try near.protect(rtp(1))
        #expect(relay.arrive(packet, on: a, from: Peer.signalled, room: 100).isEmpty)
        install(sending: sdes(1), [.toALaw])
        let sent = relay.convert(converter, through: ring)
        #expect(sent.count == 1 && sent[0].bytes[8..<12] != packet[8..<12])
    }
}
