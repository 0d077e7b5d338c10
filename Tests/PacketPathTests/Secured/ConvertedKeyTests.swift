import Forwarding
import NetTypes
import RTP
import SRTP
import SRTPKeying
import Testing

@testable import PacketPath

/// Conversion between encrypted sides. One keystream must never serve two texts, so that what is converted needs an SSRC
/// of the relay's own where its key may be, or have been, somebody else's as well.
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
            #expect(clear[8..<12] != [0, 0, 0x11, 0x11])
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

    /// Nobody else has the keys of a handshake, so that the stream keeps its SSRC.
    @Test func afterAHandshakeTheSSRCStays() throws {
        install(sending: sdes(4), [.toALaw])
        var back = plan(b, .multiplexed, remote: Peer.far, to: [Sink(port: a, traffic: .both)])
        back.security = .dtls(try dtls(9))
        relay.install(back)
        relay.path.installKeys(b, association: 9, receiving: policy(3), sending: policy(4), now: relay.now)
        let near = try SecureEnd(sending: sdes(1), receiving: sdes(2))
        let far = try SecureEnd(sending: sdes(3), receiving: sdes(4))
        let sent = try speak(near, 1).sent
        try #require(sent.count == 1)
        #expect(try far.unprotect(sent[0].bytes)[8..<12] == [0, 0, 0x11, 0x11])
    }

    /// Reports are changed, and go under the SSRC of what they are about.
    @Test func oneKeyOnBothSidesGivesReportsAnotherSSRC() throws {
        install(sending: sdes(1), [.toALaw])
        let near = try SecureEnd(sending: sdes(1), receiving: sdes(2))
        let far = try SecureEnd(sending: sdes(3), receiving: sdes(1))
        let media = try speak(near, 1).sent
        try #require(media.count == 1)
        let sent = relay.arrive(
            try near.protect(senderReport(1), isRTCP: true), on: a, from: Peer.signalled, room: 100)
        try #require(sent.count == 1)
        let clear = try far.unprotect(sent[0].bytes, isRTCP: true)
        // Sender report and source description.
        #expect(clear[1] == 200 && clear[4..<8] == media[0].bytes[8..<12])
        #expect(clear[29] == 202 && clear[32..<36] == media[0].bytes[8..<12])
        #expect(try relay.drops(a, .blocked) == 0)
        // What the far end says of that stream comes back as one about the source's.
        var builder = RTCPBuilder()
        let ssrc = media[0].bytes[8..<12].reduce(0) { $0 << 8 | UInt32($1) }
        builder.appendReceiverReport(
            ssrc: 6,
            blocks: [
                ReportBlock(
                    ssrc: ssrc, fractionLost: 200, cumulativeLost: 99, extendedHighestSequenceNumber: 1, jitter: 0,
                    lastReport: 0, delaySinceLastReport: 0)
            ])
        let back = relay.arrive(
            try far.protect(builder.bytes, isRTCP: true), on: b, from: Peer.far, room: 100)
        try #require(back.count == 1)
        let heard = try near.unprotect(back[0].bytes, isRTCP: true)
        #expect(heard.count == 32 && heard[8..<13] == [0, 0, 0x11, 0x11, 0])
    }

    private func senderReport(_ packets: UInt32) -> [UInt8] {
        var builder = RTCPBuilder()
        builder.appendSenderReport(
            ssrc: 0x1111,
            information: SenderInformation(
                ntpTimestamp: 1 << 40, rtpTimestamp: packets * 160, packets: packets, octets: packets * 160))
        builder.appendSourceDescription(ssrc: 0x1111, cname: "a@b")
        return builder.bytes
    }

    /// One side changes its key, and the other one keeps that which both had: no number of the first side's stands for
    /// another packet.
    @Test func aKeyThatIsSharedNoMoreIsNotUsedTwice() throws {
        var streams = Keystreams()
        install(sending: sdes(1), [])
        var near = try SecureEnd(sending: sdes(1), receiving: sdes(2))
        let round = { (number: UInt16, isShared: Bool) in
            let (packet, sent) = try speak(near, number)
            if isShared { streams.enter(packet, isRTCP: false) }
            for one in sent { streams.enter(one.bytes, isRTCP: false) }
            let report = try near.protect(senderReport(UInt32(number)), isRTCP: true)
            if isShared { streams.enter(report, isRTCP: true) }
            let passed = relay.arrive(report, on: a, from: Peer.signalled, room: 100)
            #expect(sent.count == 1 && passed.count == 1, "\(number)")
            for one in passed { streams.enter(one.bytes, isRTCP: true) }
        }
        // Passed through, then converted, then with a key that is not shared, each time at earlier numbers again.
        for number in 100..<110 as Range<UInt16> { try round(number, true) }
        install(sending: sdes(1), [.toALaw])
        for number in 110..<120 as Range<UInt16> { try round(number, true) }
        var there = plan(a, .multiplexed, remote: Peer.signalled, to: [Sink(port: b, traffic: .both)])
        there.security = .sdes(receiving: sdes(7), sending: sdes(2))
        there.conversions = [.toALaw]
        relay.install(there)
        near = try SecureEnd(sending: sdes(7), receiving: sdes(2))
        for number in 120..<140 as Range<UInt16> { try round(number, false) }
    }

    /// As above for reports of the side that is not converted: what they say of the other one is changed.
    @Test(arguments: [false, true])
    func reportsOfTheOtherSideAreNotSentTwiceEither(hasOwnPort: Bool) throws {
        let (c, d) = (relay.open(2), relay.open(3))
        let there = { (key: UInt64, conversions: [Conversion]) in
            var there = plan(
                a, hasOwnPort ? .rtp : .multiplexed, remote: Peer.signalled, to: [Sink(port: b, traffic: .both)])
            there.security = .sdes(receiving: sdes(1), sending: sdes(3))
            there.conversions = conversions
            relay.install(there)
            var back = plan(b, hasOwnPort ? .rtp : .multiplexed, remote: Peer.far, to: [Sink(port: a, traffic: .both)])
            back.security = .sdes(receiving: sdes(key), sending: sdes(4))
            relay.install(back)
            var control = plan(c, .rtcp, remote: Peer.samePort, to: [])
            control.security = there.security
            relay.install(control)
            var reports = plan(d, .rtcp, remote: Peer.farRTCP, to: [Sink(port: c, traffic: .rtcp)])
            reports.security = back.security
            reports.companion = b
            relay.install(reports)
        }
        var streams = Keystreams()
        var builder = RTCPBuilder()
        builder.appendReceiverReport(
            ssrc: 6,
            blocks: [
                ReportBlock(
                    ssrc: 0x1111, fractionLost: 200, cumulativeLost: 99, extendedHighestSequenceNumber: 1, jitter: 0,
                    lastReport: 0, delaySinceLastReport: 0)
            ])
        let (port, source) = hasOwnPort ? (d, Peer.farRTCP) : (b, Peer.far)
        let near = try SecureEnd(sending: sdes(1), receiving: sdes(3))
        var far = try SecureEnd(sending: sdes(3), receiving: sdes(4))
        let round = { (isShared: Bool) in
            let report = try far.protect(builder.bytes, isRTCP: true)
            if isShared { streams.enter(report, isRTCP: true) }
            let passed = relay.arrive(report, on: port, from: source, room: 100)
            #expect(passed.count == 1)
            for one in passed {
                streams.enter(one.bytes, isRTCP: true)
                #expect(try near.unprotect(one.bytes, isRTCP: true).count == builder.bytes.count)
            }
        }
        there(3, [])
        for _ in 0..<3 { try round(true) }
        there(3, [.toALaw])
        _ = try speak(near, 1)
        for _ in 0..<5 { try round(true) }
        there(5, [.toALaw])
        far = try SecureEnd(sending: sdes(5), receiving: sdes(4))
        for _ in 0..<20 { try round(false) }
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

/// What one key has protected: no number may stand for two packets.
private struct Keystreams {
    private var packets: [[UInt8]: [UInt8]] = [:]

    mutating func enter(_ packet: [UInt8], isRTCP: Bool) {
        // SSRC and index, which for RTP is the sequence number as long as that does not wrap.
        var name: [UInt8] = [isRTCP ? 1 : 0]
        name += isRTCP ? packet[4..<8] : packet[8..<12]
        name += isRTCP ? packet.dropLast(10).suffix(4) : packet[2..<4]
        let before = packets.updateValue(packet, forKey: name)
        #expect(before == nil || before == packet, "two packets under \(name)")
    }
}
