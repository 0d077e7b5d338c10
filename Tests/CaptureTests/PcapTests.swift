import Capture
import NetTypes
import Testing

@Suite struct PcapTests {
    @Test func whatIsWrittenIsRead() throws {
        var file = PcapFormat.header(.raw)
        PcapFormat.append([0x45, 1], nanoseconds: 1_700_000_000_000_001_999, to: &file)
        PcapFormat.append([0x60], originalCount: 200, nanoseconds: 5, to: &file)
        var reader = try CaptureReader(file)
        let first = try #require(try reader.next())
        #expect(first.nanoseconds == 1_700_000_000_000_001_000)
        #expect(first.frame == [0x45, 1])
        #expect(try reader.next()?.originalCount == 200)
        #expect(try reader.next() == nil)
    }

    @Test(arguments: [9_000, 9])
    func theOtherByteOrderIsRead(fraction: UInt64) throws {
        let magic: [UInt8] = fraction == 9 ? [0xA1, 0xB2, 0x3C, 0x4D] : [0xA1, 0xB2, 0xC3, 0xD4]
        let file: [UInt8] =
            magic + [0, 2, 0, 4] + [UInt8](repeating: 0, count: 8) + [0, 0, 255, 255, 0, 0, 0, 1]
            + [0, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2]
        var reader = try CaptureReader(file)
        let record = try #require(try reader.next())
        #expect(record.nanoseconds == 7_000_000_000 + fraction)
        #expect(record.linkType == .ethernet)
        #expect(record.frame == [1, 2])
        #expect(record.originalCount == 3)
    }

    @Test func aLengthBeyondReasonIsRefused() throws {
        var file = PcapFormat.header(.raw)
        file += [0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 127, 0, 0, 0, 0]
        var reader = try CaptureReader(file)
        #expect(throws: CaptureError.malformed(offset: 24)) { _ = try reader.next() }
    }
}

@Suite struct FrameTests {
    private static func record(_ linkType: LinkType, _ frame: [UInt8]) -> CaptureRecord {
        CaptureRecord(
            nanoseconds: 0, interface: 0, interfaceName: nil, linkType: linkType, frame: frame,
            originalCount: frame.count, comments: [])
    }

    private static let four = (
        TransportAddress(IPAddress(ipv4: 0x0A00_0001), 4000), TransportAddress(IPAddress(ipv4: 0xC000_0201), 30_000)
    )
    private static let six = (
        TransportAddress(IPAddress(ipv6High: 0x2001_0DB8_0000_0000, low: 1), 4000),
        TransportAddress(IPAddress(ipv6High: 0x2001_0DB8_0000_0000, low: 2), 30_000)
    )

    @Test func everyLinkTypeLeadsToTheDatagram() throws {
        for (source, destination) in [Self.four, Self.six] {
            let ip = DatagramFrame.make(from: source, to: destination, payload: [9, 8, 7]).bytes
            let type: [UInt8] = source.address.family == .ipv4 ? [8, 0] : [0x86, 0xDD]
            let mac = [UInt8](repeating: 2, count: 12)
            let frames: [(LinkType, [UInt8])] = [
                (.raw, ip), (.null, [2, 0, 0, 0] + ip), (.loop, [0, 0, 0, 2] + ip), (.ethernet, mac + type + ip),
                (.ethernet, mac + [0x81, 0, 0, 5] + type + ip),
                (.ethernet, mac + [0x88, 0xA8, 0, 5, 0x81, 0, 0, 6] + type + ip),
                (.linuxCooked, [UInt8](repeating: 0, count: 14) + type + ip),
                (.linuxCooked2, type + [UInt8](repeating: 0, count: 18) + ip),
            ]
            for (linkType, frame) in frames {
                let datagram = try #require(CapturedDatagram(Self.record(linkType, frame)), "\(linkType.rawValue)")
                #expect(datagram.source == source)
                #expect(datagram.destination == destination)
                #expect(Array(frame[datagram.payload]) == [9, 8, 7])
            }
        }
        // Padding behind the packet, as Ethernet has it.
        let ip = DatagramFrame.make(from: Self.four.0, to: Self.four.1, payload: [9]).bytes
        let padded = Self.record(.raw, ip + [0, 0, 0, 0])
        #expect(CapturedDatagram(padded)?.payload.count == 1)
    }

    @Test func fragmentsAndOthersArePassedOver() throws {
        var frame = DatagramFrame.make(from: Self.four.0, to: Self.four.1, payload: [9, 8, 7]).bytes
        frame[6] = 0x20
        #expect(CapturedDatagram(Self.record(.raw, frame)) == nil)
        frame[6] = 0
        frame[7] = 1
        #expect(CapturedDatagram(Self.record(.raw, frame)) == nil)
        frame[7] = 0
        frame[9] = 6
        #expect(CapturedDatagram(Self.record(.raw, frame)) == nil)
        var six = DatagramFrame.make(from: Self.six.0, to: Self.six.1, payload: [9, 8, 7]).bytes
        six[6] = 44
        #expect(CapturedDatagram(Self.record(.raw, six)) == nil)
    }

    @Test func extensionHeadersAreSteppedOver() throws {
        var six = DatagramFrame.make(from: Self.six.0, to: Self.six.1, payload: [9, 8, 7]).bytes
        six.insert(contentsOf: [17, 0, 1, 4, 0, 0, 0, 0], at: 40)
        six[6] = 60
        six[5] += 8
        let record = Self.record(.raw, six)
        let datagram = try #require(CapturedDatagram(record))
        #expect(Array(six[datagram.payload]) == [9, 8, 7])
    }

    /// The sum over everything that a checksum covers is 0xFFFF.
    @Test(arguments: [0, 1, 2, 159, 160, 65_507])
    func checksumsAreRight(count: Int) {
        func sum(_ bytes: [UInt8]) -> UInt64 {
            var sum: UInt64 = 0
            for (place, byte) in bytes.enumerated() { sum += UInt64(byte) << (place % 2 == 0 ? 8 : 0) }
            while sum > 0xFFFF { sum = sum >> 16 + sum & 0xFFFF }
            return sum
        }
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let four = DatagramFrame.make(from: Self.four.0, to: Self.four.1, payload: payload).bytes
        #expect(sum(Array(four[..<20])) == 0xFFFF)
        let length4: [UInt8] = Array(four[24...25])
        #expect(sum(Array(four[12..<20]) + [0, 17] + length4 + four[20...]) == 0xFFFF)
        let six = DatagramFrame.make(from: Self.six.0, to: Self.six.1, payload: payload).bytes
        let length6: [UInt8] = Array(six[44...45])
        #expect(sum(Array(six[8..<40]) + [0, 17] + length6 + six[40...]) == 0xFFFF)
    }
}
