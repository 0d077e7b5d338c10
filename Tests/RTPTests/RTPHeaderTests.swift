import RTP
import Testing

@Suite struct RTPHeaderTests {
    @Test func fixedHeader() throws {
        let packet = hex("80 88 1234 0001E240 DEADBEEF 55 55")
        try packet.withUnsafeBytes { bytes in
            let header = try #require(RTPHeader(bytes))
            #expect(header.hasMarker)
            #expect(header.payloadType == 8)
            #expect(header.sequenceNumber == 0x1234)
            #expect(header.timestamp == 123_456)
            #expect(header.ssrc == 0xDEAD_BEEF)
            #expect(header.payloadOffset == 12)
            #expect(!header.hasPadding && !header.hasExtension && header.contributorCount == 0)
            #expect(header.payload(of: bytes)?.count == 2)
            #expect(header.headerExtension(of: bytes) == nil)
            #expect(header.contributor(0, of: bytes) == nil)
        }
    }

    @Test func contributorsExtensionAndPadding() throws {
        let packet = hex("B2 00 0001 00000000 00000001 0000000A 0000000B BEDE 0001 10AABBCC 01 02 03 00 00 03")
        try packet.withUnsafeBytes { bytes in
            let header = try #require(RTPHeader(bytes))
            #expect(header.payloadOffset == 28)
            #expect(header.contributor(0, of: bytes) == 10)
            #expect(header.contributor(1, of: bytes) == 11)
            #expect(header.contributor(2, of: bytes) == nil)
            #expect(header.contributor(-1, of: bytes) == nil)
            let extensionFound = try #require(header.headerExtension(of: bytes))
            #expect(extensionFound.profile == 0xBEDE)
            #expect(extensionFound.bytes.elementsEqual([0x10, 0xAA, 0xBB, 0xCC]))
            #expect(header.payload(of: bytes)?.elementsEqual([1, 2, 3]) == true)
        }
    }

    @Test(arguments: [
        "", "80", "80 00 0001 00000000 000000",  // shorter than twelve bytes
        "00 00 0001 00000000 00000001", "40 00 0001 00000000 00000001", "C0 00 0001 00000000 00000001",  // version
        "81 00 0001 00000000 00000001", "8F 00 0001 00000000 00000001 00000000",  // CSRC list cut short
        "90 00 0001 00000000 00000001", "90 00 0001 00000000 00000001 BEDE00",  // extension header cut short
        "90 00 0001 00000000 00000001 BEDE0001", "90 00 0001 00000000 00000001 BEDEFFFF 00000000",  // data cut short
    ])
    func rejected(text: String) {
        #expect(hex(text).withUnsafeBytes { RTPHeader($0) } == nil)
    }

    /// The padding count is looked at when the payload is asked for, since SRTP encrypts it.
    @Test(
        arguments: [
            ("A0 00 0001 00000000 00000001", nil),
            ("A0 00 0001 00000000 00000001 AA 00", nil),
            ("A0 00 0001 00000000 00000001 AA 03", nil),
            ("A0 00 0001 00000000 00000001 AA 02", 0),
            ("A0 00 0001 00000000 00000001 AA 01", 1),
        ] as [(String, Int?)])
    func padding(text: String, count: Int?) throws {
        try hex(text).withUnsafeBytes { bytes in
            let header = try #require(RTPHeader(bytes))
            #expect(header.payload(of: bytes)?.count == count)
        }
    }

    /// A header is asked about another, shorter buffer than it was read from: no answer, no trap.
    @Test func questionsAboutAnotherBuffer() throws {
        let packet = hex("91 00 0001 00000000 00000001 0000000A BEDE 0001 10AABBCC 01 02")
        let header = try #require(packet.withUnsafeBytes { RTPHeader($0) })
        packet[..<14].withUnsafeBytes { bytes in
            #expect(header.payload(of: bytes) == nil)
            #expect(header.contributor(0, of: bytes) == nil)
            #expect(header.headerExtension(of: bytes) == nil)
        }
    }

    @Test func writesWhatItReads() throws {
        let header = RTPHeader(
            payloadType: 101, sequenceNumber: 65535, timestamp: .max, ssrc: 0x0102_0304, hasMarker: true)
        var packet = [UInt8](repeating: 0xFF, count: 12)
        #expect(packet.withUnsafeMutableBytes { header.write(to: $0) } == 12)
        #expect(packet.withUnsafeBytes { RTPHeader($0) } == header)
        #expect(packet[..<11].withUnsafeBytes { RTPHeader($0) } == nil)
        var short = [UInt8](repeating: 0, count: 11)
        #expect(short.withUnsafeMutableBytes { header.write(to: $0) } == nil)
    }
}
