import Capture
import NetTypes
import Testing

@Suite struct PcapngTests {
    private static let source = TransportAddress(IPAddress(ipv4: 0x0A00_0001), 4000)
    private static let destination = TransportAddress(IPAddress(ipv4: 0xC000_0201), 30_000)

    @Test func whatIsWrittenIsRead() throws {
        var writer = PcapngWriter(application: "millrace", comment: "a call")
        let wire = writer.addInterface(name: "wire", description: "as on the wire")
        let clear = writer.addInterface(name: "clear", description: "decrypted", linkType: .ethernet)
        #expect((wire, clear) == (0, 1))
        let first = DatagramFrame.make(from: Self.source, to: Self.destination, payload: [1, 2, 3])
        writer.addPacket(
            first.bytes, interface: wire, nanoseconds: 1_700_000_000_123_456_789, direction: .inbound,
            comments: ["one", "zwei ü"])
        let second = DatagramFrame.make(
            from: Self.destination, to: Self.source, payload: Array(0..<12), originalCount: 172, linkType: .ethernet)
        writer.addPacket(
            second.bytes, originalCount: second.originalCount, interface: clear, nanoseconds: 1_700_000_000_200_000_000)
        writer.addStatistics(interface: wire, nanoseconds: 1_700_000_001_000_000_000, received: 2, dropped: 1)

        var reader = try CaptureReader(writer.bytes)
        let one = try #require(try reader.next())
        #expect(one.nanoseconds == 1_700_000_000_123_456_789)
        #expect(one.interfaceName == "wire")
        #expect(one.comments == ["one", "zwei ü"])
        #expect(one.frame == first.bytes)
        let datagram = try #require(CapturedDatagram(one))
        #expect(datagram.source == Self.source)
        #expect(datagram.destination == Self.destination)
        #expect(Array(one.frame[datagram.payload]) == [1, 2, 3])
        let two = try #require(try reader.next())
        #expect(two.linkType == .ethernet)
        #expect(two.interface == 1)
        let cut = try #require(CapturedDatagram(two))
        #expect(cut.originalCount == 172)
        #expect(cut.payload.count == 12)
        #expect(try reader.next() == nil)
        #expect(!reader.isTruncated)
    }

    @Test func blocksAreCompleteWheneverTheyAreTaken() throws {
        var writer = PcapngWriter(application: "millrace")
        var file = writer.take()
        #expect(writer.bytes.isEmpty)
        _ = writer.addInterface(name: "wire", description: "")
        file += writer.take()
        for number in 0..<5 {
            writer.addPacket([UInt8](repeating: 0x45, count: number), interface: 0, nanoseconds: UInt64(number))
            file += writer.take()
            #expect(file.count % 4 == 0)
        }
        var reader = try CaptureReader(file)
        var lengths: [Int] = []
        while let record = try reader.next() { lengths.append(record.frame.count) }
        #expect(lengths == [0, 1, 2, 3, 4])
    }

    @Test func aLongCommentIsCutBetweenCharacters() throws {
        var writer = PcapngWriter(application: "millrace")
        _ = writer.addInterface(name: "wire", description: "")
        writer.addPacket([1], interface: 0, nanoseconds: 0, comments: [String(repeating: "ü", count: 40_000)])
        var reader = try CaptureReader(writer.bytes)
        let comment = try #require(try reader.next()?.comments.first)
        #expect(comment == String(repeating: "ü", count: 32_767))
    }

    /// A section in network byte order, with milliseconds, an interface per kind of block, and unknown blocks.
    @Test func theOtherByteOrderAndOlderBlocksAreRead() throws {
        func big32(_ values: UInt32...) -> [UInt8] {
            values.flatMap { [UInt8($0 >> 24), UInt8($0 >> 16 & 255), UInt8($0 >> 8 & 255), UInt8($0 & 255)] }
        }
        func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
            big32(type, UInt32(body.count + 12)) + body + big32(UInt32(body.count + 12))
        }
        let section = block(0x0A0D_0D0A, big32(0x1A2B_3C4D, 0x0001_0000, .max, .max))
        // if_tsresol = 3, if_tsoffset = 10 s.
        let options = big32(0x0009_0001, 0x0300_0000, 0x000E_0008, 0, 10, 0)
        let interface = block(1, big32(0x0065_0000, 2) + options)
        let unknown = block(0xBAD, big32(1, 2, 3))
        let enhanced = block(6, big32(0, 0, 5_000, 2, 9) + [0x45, 0x46, 0, 0])
        let simple = block(3, big32(7) + [1, 2, 3, 4, 5, 6, 7, 0])
        let old = block(2, big32(0, 0, 6_000, 1, 1) + [0x60, 0, 0, 0])
        var reader = try CaptureReader(section + interface + unknown + enhanced + simple + old)
        let first = try #require(try reader.next())
        #expect(first.nanoseconds == 15_000_000_000)
        #expect(first.frame == [0x45, 0x46])
        #expect(first.originalCount == 9)
        #expect(first.linkType == .raw)
        // Cut to the snap length of the interface.
        #expect(try reader.next()?.frame == [1, 2])
        #expect(try reader.next()?.nanoseconds == 16_000_000_000)
        #expect(try reader.next() == nil)
    }

    @Test func aFileThatEndsEarlyGivesWhatItHas() throws {
        var writer = PcapngWriter(application: "millrace")
        _ = writer.addInterface(name: "wire", description: "")
        writer.addPacket([1, 2, 3, 4], interface: 0, nanoseconds: 0)
        writer.addPacket([5, 6, 7, 8], interface: 0, nanoseconds: 0)
        var reader = try CaptureReader(Array(writer.bytes.dropLast(5)))
        #expect(try reader.next()?.frame == [1, 2, 3, 4])
        #expect(try reader.next() == nil)
        #expect(reader.isTruncated)
    }

    @Test func whatIsNoCaptureIsRefused() {
        #expect(throws: CaptureError.unknownFormat) { try CaptureReader([]) }
        #expect(throws: CaptureError.unknownFormat) { try CaptureReader([UInt8](repeating: 7, count: 100)) }
        var writer = PcapngWriter(application: "millrace")
        writer.addPacket([1], interface: 3, nanoseconds: 0)
        #expect(throws: CaptureError.self) {
            var reader = try CaptureReader(writer.bytes)
            _ = try reader.next()
        }
    }
}
