import Forwarding
import NetTypes
import RTP
import Testing

@testable import PacketPath

/// RTCP about streams that are converted says nothing that is not true behind the relay.
@Suite struct ConvertedReportTests {
    private let relay = Relay()
    private let converter = Converter(streams: 16)
    private let ring = ConversionRing(bytes: 1 << 20)
    private let (a, b): (LocalPortID, LocalPortID)

    init() {
        (a, b) = (relay.open(0), relay.open(1))
        var there = plan(a, .multiplexed, remote: Peer.signalled, to: [Sink(port: b, traffic: .both)])
        there.conversions = [.toOpus]
        relay.install(there)
        var back = plan(b, .multiplexed, remote: Peer.far, to: [Sink(port: a, traffic: .both)])
        back.conversions = [
            Conversion(source: Conversion.toOpus.target, target: Conversion.toOpus.source)
        ]
        back.clockRates = [111: 48_000]
        relay.install(back)
        // A's stream 5 becomes Opus; of 10 packets one is lost before the relay.
        for number in 0..<10 as Range<UInt16> where number != 4 {
            relay.arrive(rtp(number, timestamp: UInt32(number) * 160, ssrc: 5), on: a, from: Peer.signalled)
            _ = relay.convert(converter, through: ring)
        }
    }

    private func parts(_ sent: [Relay.Sent]) -> [(
        type: UInt8, sender: UInt32?, info: SenderInformation?, blocks: [ReportBlock]
    )] {
        guard let bytes = sent.first?.bytes else { return [] }
        return bytes.withUnsafeBytes { datagram in
            #expect(RTCPReader.isCompound(datagram))
            var reader = RTCPReader(datagram)
            var all: [(type: UInt8, sender: UInt32?, info: SenderInformation?, blocks: [ReportBlock])] = []
            while let part = reader.nextSound() {
                all.append(
                    (
                        part.type.rawValue, part.senderSSRC, part.senderInformation,
                        part.reportBlocks.map(Array.init) ?? []
                    ))
            }
            return all
        }
    }

    private func block(_ ssrc: UInt32) -> ReportBlock {
        ReportBlock(
            ssrc: ssrc, fractionLost: 200, cumulativeLost: 99, extendedHighestSequenceNumber: 0x5_1234, jitter: 77,
            lastReport: 0xABCD_0123, delaySinceLastReport: 65_536)
    }

    @Test func aSenderReportTellsOfTheOutgoingStream() throws {
        var builder = RTCPBuilder()
        builder.appendSenderReport(
            ssrc: 5,
            information: SenderInformation(
                ntpTimestamp: 0x1234_5678_9ABC_DEF0, rtpTimestamp: 1600, packets: 777, octets: 88_888),
            blocks: [block(12)])
        builder.appendSourceDescription(ssrc: 5, cname: "a@b")
        let sent = relay.arrive(builder.bytes, on: a, from: Peer.signalled)
        let parts = parts(sent)
        #expect(parts.map(\.type) == [200, 202] && sent.first?.bytes.count == builder.bytes.count)
        let info = try #require(parts.first?.info)
        #expect(info.ntpTimestamp == 0x1234_5678_9ABC_DEF0)
        // The first packet has the source's own timestamp, from there on it is six times as fast.
        #expect(info.rtpTimestamp == 1600 * 6)
        #expect(info.packets == 10 && info.octets >= 10 && info.octets < 88_888)
        // Stream 12 is not converted.
        #expect(parts[0].blocks == [block(12)])
    }

    @Test func aBlockTellsHowTheRelayReceives() throws {
        var builder = RTCPBuilder()
        builder.appendReceiverReport(ssrc: 6, blocks: [block(5), block(12)])
        let parts = parts(relay.arrive(builder.bytes, on: b, from: Peer.far))
        #expect(parts.map(\.type) == [201])
        let mine = try #require(parts.first?.blocks.first)
        #expect(mine.ssrc == 5 && mine.cumulativeLost == 1 && mine.extendedHighestSequenceNumber == 9)
        #expect(mine.fractionLost == 25)
        #expect(mine.lastReport == 0xABCD_0123 && mine.delaySinceLastReport == 65_536)
        #expect(parts[0].blocks[1] == block(12))
        // The next one is about the time since then.
        let next = self.parts(relay.arrive(builder.bytes, on: b, from: Peer.far))
        #expect(next[0].blocks[0].fractionLost == 0 && next[0].blocks[0].cumulativeLost == 1)
    }

    @Test func whatMeansNothingStaysHere() {
        var builder = RTCPBuilder()
        builder.appendReceiverReport(ssrc: 6)
        builder.appendFeedback(.genericNACK, senderSSRC: 6, mediaSSRC: 5, controlInformation: [0, 1, 0, 0])
        builder.appendFeedback(.pictureLoss, senderSSRC: 6, mediaSSRC: 12)
        builder.appendGoodbye(ssrc: 6)
        #expect(parts(relay.arrive(builder.bytes, on: b, from: Peer.far)).map(\.type) == [201, 206, 203])
        var nack = RTCPBuilder()
        nack.appendFeedback(.genericNACK, senderSSRC: 6, mediaSSRC: 5, controlInformation: [0, 1, 0, 0])
        #expect(relay.arrive(nack.bytes, on: b, from: Peer.far).isEmpty)
    }

    @Test func ofAnExtendedReportTimesAreLeft() {
        // RFC 3611: loss RLE about stream 5, reference time, DLRR.
        let rle: [UInt8] = [1, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 0]
        let time: [UInt8] = [4, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8]
        let delay: [UInt8] = [5, 0, 0, 3, 0, 0, 0, 5, 9, 9, 9, 9, 8, 8, 8, 8]
        let body: [UInt8] = [0, 0, 0, 6] + rle + time + delay
        let report = [0x80, 207, 0, UInt8(body.count / 4)] + body
        let sent = relay.arrive(report, on: b, from: Peer.far)
        #expect(sent.first?.bytes == [0x80, 207, 0, 8, 0, 0, 0, 6] + time + delay)
    }

    /// The end hears a converted stream through more ports than have cells of their own.
    @Test func theStreamMayComeFromAnySink() throws {
        let others = (10..<20).map { relay.open(UInt32($0)) }
        relay.install(
            plan(b, .multiplexed, remote: Peer.far, to: (others + [a]).map { Sink(port: $0, traffic: .both) }))
        var builder = RTCPBuilder()
        builder.appendReceiverReport(ssrc: 6, blocks: [block(5)])
        let parts = parts(relay.arrive(builder.bytes, on: b, from: Peer.far))
        #expect(parts.first?.blocks.first?.cumulativeLost == 1)
    }

    /// RTCP of its own port is about the streams of its companion.
    @Test func reportsOnAPortOfTheirOwnAreRewrittenToo() throws {
        let (control, far) = (relay.open(2), relay.open(3))
        var reports = plan(control, .rtcp, remote: Peer.samePort, to: [Sink(port: far, traffic: .rtcp)])
        reports.companion = a
        relay.install(reports)
        relay.install(plan(far, .rtcp, remote: Peer.farRTCP, to: []))
        var builder = RTCPBuilder()
        builder.appendSenderReport(
            ssrc: 5, information: SenderInformation(ntpTimestamp: 1 << 40, rtpTimestamp: 1600, packets: 1, octets: 1))
        let parts = parts(relay.arrive(builder.bytes, on: control, from: Peer.samePort))
        #expect(parts.first?.info?.rtpTimestamp == 9600 && parts.first?.info?.packets == 10)
    }

    @Test func aReportBeforeAnyPacketLosesItsTime() {
        let c = relay.open(4)
        var there = plan(c, .multiplexed, remote: Peer.other, to: [Sink(port: b, traffic: .both)])
        there.conversions = [.toOpus]
        relay.install(there)
        relay.arrive(rtp(1, ssrc: 99), on: c, from: Peer.other)
        var builder = RTCPBuilder()
        builder.appendSenderReport(
            ssrc: 99, information: SenderInformation(ntpTimestamp: 1 << 40, rtpTimestamp: 1, packets: 1, octets: 1),
            blocks: [block(12)])
        let parts = parts(relay.arrive(builder.bytes, on: c, from: Peer.other))
        #expect(parts.map(\.type) == [201] && parts.first?.blocks == [block(12)])
    }
}
