import RTP
import Testing

/// One more element in the header extension (RFC 8285).
@Suite struct HeaderElementTests {
    private func adding(_ value: [UInt8], to packet: [UInt8], room: Int = 64, as identifier: UInt8 = 3) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0xFF, count: packet.count + room)
        let count = packet.withUnsafeBytes { bytes in
            buffer.withUnsafeMutableBytes { buffer in
                RTPHeader(bytes)?.copy(bytes, to: buffer, adding: identifier, value: words(value), count: value.count)
            }
        }
        return count.map { Array(buffer[..<$0]) }
    }

    private func words(_ value: [UInt8]) -> (UInt64, UInt64) {
        func word(_ octets: some Sequence<UInt8>) -> UInt64 {
            octets.enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64($1.offset * 8) }
        }
        return (word(value.prefix(8)), word(value.dropFirst(8).prefix(8)))
    }

    @Test(arguments: [
        ("80 00 0001 00000000 00000001 55", "90 00 0001 00000000 00000001 BEDE 0001 31 AA BB 00 55"),
        ("81 00 0001 00000000 00000001 00000009", "91 00 0001 00000000 00000001 00000009 BEDE 0001 31 AA BB 00"),
        (
            "90 00 0001 00000000 00000001 BEDE 0001 10 CC 00 00 55",
            "90 00 0001 00000000 00000001 BEDE 0002 10 CC 00 00 31 AA BB 00 55"
        ),
        ("90 00 0001 00000000 00000001 BEDE 0000 55", "90 00 0001 00000000 00000001 BEDE 0001 31 AA BB 00 55"),
        (
            "B0 00 0001 00000000 00000001 1000 0001 01 00 00 00 55 01",
            "B0 00 0001 00000000 00000001 1000 0002 01 00 00 00 03 02 AA BB 55 01"
        ),
    ])
    func added(packet: String, result: String) {
        #expect(adding([0xAA, 0xBB], to: hex(packet)) == hex(result))
    }

    @Test(arguments: [
        "90 00 0001 00000000 00000001 BEDE 0001 31 CC CC 00",  // there already
        "90 00 0001 00000000 00000001 1000 0001 03 00 00 00",
        "90 00 0001 00000000 00000001 BEDE 0001 F0 CC 00 00",  // nothing behind identifier 15 is read
        "90 00 0001 00000000 00000001 BEDE 0001 1F CC 00 00",  // longer than the extension
        "90 00 0001 00000000 00000001 BEDE 0001 00 00 00 20",
        "90 00 0001 00000000 00000001 1000 0001 00 00 00 07",
        "90 00 0001 00000000 00000001 1234 0001 10 CC 00 00",  // not RFC 8285
    ])
    func leftAlone(packet: String) {
        #expect(adding([0xAA], to: hex(packet)) == nil)
    }

    @Test func limits() {
        let packet = hex("80 00 0001 00000000 00000001 55")
        let longest = adding(Array(1...16), to: packet)
        #expect(longest?.count == packet.count + 24 && longest?[17..<33].elementsEqual(1...16) == true)
        #expect(adding(Array(1...17), to: packet) == nil && adding([], to: packet) == nil)
        #expect(adding([1], to: packet, as: 0) == nil && adding([1], to: packet, as: 15) == nil)
        #expect(adding([1, 2, 3], to: packet, room: 8) != nil && adding([1, 2, 3], to: packet, room: 7) == nil)
        let other = RTPHeader(payloadType: 0, sequenceNumber: 1, timestamp: 0, ssrc: 0)
        let short = packet[..<4].withUnsafeBytes { bytes in
            var buffer = [UInt8](repeating: 0, count: 64)
            return buffer.withUnsafeMutableBytes { other.copy(bytes, to: $0, adding: 1, value: (0, 0), count: 1) }
        }
        #expect(short == nil, "a header that was not read from the packet")
    }
}
