import RTP
import Testing

@Suite struct RTCPTests {
    static let block = ReportBlock(
        ssrc: 0xAABB_CCDD, fractionLost: 51, cumulativeLost: -2, extendedHighestSequenceNumber: 0x0001_FFFE,
        jitter: 77, lastReport: 0xB705_2000, delaySinceLastReport: 0x0005_4000)
    static let information = SenderInformation(
        ntpTimestamp: 0xB44D_B705_2000_0000, rtpTimestamp: 160, packets: 50, octets: 8000)

    /// Everything the builder can say comes back out of the reader.
    @Test func roundTrip() throws {
        var builder = RTCPBuilder()
        builder.appendSenderReport(ssrc: 1, information: Self.information, blocks: [Self.block, Self.block])
        builder.appendReceiverReport(ssrc: 2, blocks: [Self.block])
        builder.appendSourceDescription(ssrc: 1, cname: "user@example.org")
        builder.appendFeedback(.genericNACK, senderSSRC: 3, mediaSSRC: 4, controlInformation: [0, 9, 0, 0])
        builder.appendGoodbye(ssrc: 1)
        try reading(builder.bytes) { bytes in
            #expect(RTCPReader.beginsWithPacket(bytes))
            var reader = RTCPReader(bytes)
            let sender = try #require(try reader.next())
            #expect(sender.type == .senderReport && sender.senderSSRC == 1)
            #expect(sender.senderInformation == Self.information)
            #expect(sender.reportBlocks.map(Array.init) == [Self.block, Self.block])
            #expect(sender.goodbye == nil && sender.feedback == nil && sender.extendedReport == nil)
            let receiver = try #require(try reader.next())
            #expect(receiver.type == .receiverReport && receiver.senderSSRC == 2)
            #expect(receiver.reportBlocks.map(Array.init) == [Self.block])
            #expect(receiver.senderInformation == nil)
            var items = try #require(try reader.next()?.sourceDescription)
            let item = try #require(try items.next())
            #expect(item.ssrc == 1 && item.type == SourceDescriptionReader.Item.cname)
            #expect(String(decoding: item.value, as: UTF8.self) == "user@example.org")
            #expect(try items.next() == nil)
            let feedback = try #require(try reader.next()?.feedback)
            #expect(feedback.format == .genericNACK && feedback.senderSSRC == 3 && feedback.mediaSSRC == 4)
            #expect(feedback.controlInformation.elementsEqual([0, 9, 0, 0]))
            let goodbye = try #require(try reader.next()?.goodbye)
            #expect(goodbye.count == 1 && goodbye.source(0) == 1 && goodbye.source(1) == nil && goodbye.reason == nil)
            #expect(try reader.next() == nil)
        }
    }

    /// CNAMEs of every length fill the chunk up to a multiple of four octets with at least one null.
    @Test(arguments: 0...9)
    func cnameLengths(count: Int) throws {
        var builder = RTCPBuilder()
        builder.appendSourceDescription(ssrc: 7, cname: String(repeating: "x", count: count))
        builder.appendGoodbye(ssrc: 7)
        try reading(builder.bytes) { bytes in
            var reader = RTCPReader(bytes)
            var items = try #require(try reader.next()?.sourceDescription)
            #expect(try items.next()?.value.count == count)
            #expect(try items.next() == nil)
            #expect(try reader.next()?.goodbye?.source(0) == 7)
        }
    }

    @Test func severalChunksAndReason() throws {
        let description = hex("82 CA 0005 00000001 01 01 61 00 00000002 02 02 62 62 00 00 00 00")
        try reading(description) { bytes in
            var reader = RTCPReader(bytes)
            var items = try #require(try reader.next()?.sourceDescription)
            var seen: [UInt32] = []
            while let item = try items.next() { seen.append(item.ssrc) }
            #expect(seen == [1, 2])
        }
        try reading("81 CB 0003 00000001 05 68 65 6C 6C 6F 00 00") { bytes in
            var reader = RTCPReader(bytes)
            let goodbye = try #require(try reader.next()?.goodbye)
            #expect(goodbye.reason.map { String(decoding: $0, as: UTF8.self) } == "hello")
        }
        try reading("81 CB 0002 00000001 09 68 65 6C") { bytes in
            var reader = RTCPReader(bytes)
            let goodbye = try #require(try reader.next()?.goodbye)
            #expect(goodbye.reason == nil)
        }
    }

    @Test func extendedReport() throws {
        // Receiver reference time (RFC 3611 §4.4), then an unknown block without content.
        try reading("80 CF 0005 00000009 04 00 0002 B44DB705 20000000 FE 07 0000") { bytes in
            var reader = RTCPReader(bytes)
            var blocks = try #require(try reader.next()?.extendedReport)
            let first = try #require(try blocks.next())
            #expect(first.type == ExtendedReportReader.Block.receiverReferenceTime && first.body.count == 8)
            let second = try #require(try blocks.next())
            #expect(second.type == 0xFE && second.specific == 7 && second.body.isEmpty)
            #expect(try blocks.next() == nil)
        }
        try reading("80 CF 0002 00000009 04 00 0002") { bytes in
            var reader = RTCPReader(bytes)
            var blocks = try #require(try reader.next()?.extendedReport)
            #expect(throws: RTCPError.truncatedContent) { try blocks.next() }
        }
    }

    @Test func padding() throws {
        try reading("A0 C9 0002 00000001 00 00 00 04") { bytes in
            var reader = RTCPReader(bytes)
            let packet = try #require(try reader.next())
            #expect(packet.body.count == 4)
            #expect(try reader.next() == nil)
        }
        // Padding is for the last packet only (RFC 3550 §6.4.1).
        try reading("A0 C9 0002 00000001 00 00 00 04 80 C9 0001 00000001") { bytes in
            var reader = RTCPReader(bytes)
            _ = try reader.next()
            #expect(throws: RTCPError.invalidPadding) { try reader.next() }
        }
    }

    @Test(arguments: [
        ("80 C9 00", RTCPError.truncatedHeader),
        ("40 C9 0001 00000001", .wrongVersion(1)),
        ("80 BF 0001 00000001", .notRTCP(191)),
        ("80 E0 0001 00000001", .notRTCP(224)),
        ("80 C9 0002 00000001", .truncatedPacket),
        ("80 C9 FFFF 00000001", .truncatedPacket),
        ("A0 C9 0001 00000000", .invalidPadding),
        ("A0 C9 0001 00000003", .invalidPadding),
        ("A0 C9 0001 00000008", .invalidPadding),
    ])
    func malformed(text: String, error: RTCPError) throws {
        try reading(text) { bytes in
            #expect(throws: error) {
                var reader = RTCPReader(bytes)
                _ = try reader.next()
            }
        }
    }

    /// Counts that promise more than there is.
    @Test(arguments: [
        "81 C8 0006 00000001 0000000000000000 00000000 00000000 00000000",
        "82 C9 0007 00000001 000000000000000000000000000000000000000000000000", "82 CB 0001 00000001",
        "81 CD 0001 00000001", "80 CF 0000",
    ])
    func overcommitted(text: String) throws {
        try reading(text) { bytes in
            var reader = RTCPReader(bytes)
            let packet = try #require(try reader.next())
            #expect(packet.reportBlocks == nil && packet.goodbye == nil && packet.feedback == nil)
            #expect(packet.extendedReport == nil)
        }
    }

    @Test(arguments: [
        "81 CA 0000", "81 CA 0001 00000001", "81 CA 0002 00000001 01 09 61 61", "82 CA 0002 00000001 00000000",
        "81 CA 0002 00000001 01 01 61 01",
    ])
    func truncatedDescription(text: String) throws {
        try reading(text) { bytes in
            var reader = RTCPReader(bytes)
            var items = try #require(try reader.next()?.sourceDescription)
            #expect(throws: RTCPError.truncatedContent) {
                while try items.next() != nil {}
            }
        }
    }

    @Test(arguments: [
        ("80 C9 0001 00000001", true), ("80 C9 0001 00000001 E1A2B3", true), ("80 CB 0000", true),
        ("80 C9 0001 000000", false), ("80 C9", false), ("", false), ("80 00 0000", false), ("C0 C9 0000", false),
    ])
    func firstPacketOnly(text: String, isSound: Bool) {
        #expect(hex(text).withUnsafeBytes { RTCPReader.beginsWithPacket($0) } == isSound)
    }

    /// The example of RFC 3550 figure 2: A = b710:8000, LSR = b705:2000, DLSR = 0005:4000 make 6.125 s.
    @Test func roundTripTimeOfTheRFC() {
        #expect(Self.block.roundTrip(receivedAt: 0xB710_8000) == 0x0006_2000)
        #expect(Self.information.shortTimestamp == 0xB705_2000)
        var unheard = Self.block
        unheard.lastReport = 0
        #expect(unheard.roundTrip(receivedAt: 0xB710_8000) == nil)
        #expect(Self.block.roundTrip(receivedAt: 0xB705_2000) == nil)
    }
}
