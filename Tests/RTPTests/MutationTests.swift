import RTP
import Testing

/// Every parser of the target on the same bytes. Any outcome is fine, but it must come.
enum RTPFuzz {
    static func run(_ bytes: UnsafeRawBufferPointer) -> Int {
        var read = DatagramKind(of: bytes) == .rtcp ? 1 : 0
        if let header = RTPHeader(bytes) {
            read += header.payload(of: bytes)?.count ?? 0
            read += header.headerExtension(of: bytes)?.bytes.count ?? 0
            for index in 0..<16 { read += header.contributor(index, of: bytes) == nil ? 0 : 4 }
        }
        var reader = RTCPReader(bytes)
        while let packet = try? reader.next() {
            read += 1 + (packet.reportBlocks.map { Array($0).count } ?? 0)
            read += packet.senderInformation == nil ? 0 : 1
            read += packet.goodbye?.reason?.count ?? 0
            read += packet.feedback?.controlInformation.count ?? 0
            if var items = packet.sourceDescription {
                while let item = try? items.next() { read += item.value.count }
            }
            if var blocks = packet.extendedReport {
                while let block = try? blocks.next() { read += block.body.count }
            }
        }
        return read
    }
}

@Suite struct MutationTests {
    static let seeds: [[UInt8]] = {
        var compound = RTCPBuilder()
        compound.appendSenderReport(ssrc: 1, information: RTCPTests.information, blocks: [RTCPTests.block])
        compound.appendSourceDescription(ssrc: 1, cname: "user@example.org")
        compound.appendFeedback(.pictureLoss, senderSSRC: 3, mediaSSRC: 4)
        compound.appendGoodbye(ssrc: 1)
        return [
            hex("80 88 1234 0001E240 DEADBEEF 55 55"),
            hex("B2 00 0001 00000000 00000001 0000000A 0000000B BEDE 0001 10AABBCC 01 02 03 00 00 03"),
            hex("80 CF 0005 00000009 04 00 0002 B44DB705 20000000 FE 07 0000"),
            hex("A0 C9 0002 00000001 00 00 00 04"),
            compound.bytes,
        ]
    }()

    @Test(arguments: 0..<8 as Range<UInt64>)
    func mutatedSeeds(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5000 {
            var bytes = Self.seeds.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 0...6, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = .random(in: .min ... .max, using: &generator)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2: bytes.removeSubrange(place...)
                default: bytes.insert(contentsOf: bytes[place...], at: place)
                }
            }
            let read = bytes.withUnsafeBytes { RTPFuzz.run($0) }
            // Nothing is read twice: what all views hold together is bounded by the datagram.
            #expect(read <= 4 * bytes.count + 16)
        }
    }
}
