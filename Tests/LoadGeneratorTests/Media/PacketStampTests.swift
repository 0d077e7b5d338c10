import LoadGenerator
import Testing

struct PacketStampTests {
    private func written(_ stamp: PacketStamp, length: Int) -> [UInt8] {
        var payload = [UInt8](repeating: 0xAA, count: length)
        payload.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            stamp.write(to: base, length: length)
        }
        return payload
    }

    private func read(_ payload: [UInt8], length: Int? = nil) -> PacketStamp.Reading? {
        payload.withUnsafeBytes { buffer in
            buffer.baseAddress.map { PacketStamp.read(from: $0, length: length ?? payload.count) }
        }
    }

    private static let stamp = PacketStamp(flow: 0xDEAD_BEEF, number: 1 << 40 + 7, sentAt: 0x0123_4567_89AB_CDEF)

    @Test(arguments: [32, 33, 39, 40, 160, 161, 1188, 1400])
    func roundTrip(length: Int) {
        #expect(read(written(Self.stamp, length: length)) == .intact(Self.stamp))
    }

    @Test func roundTripOfRandomStamps() {
        var random = SplitMix(seed: 1)
        for _ in 0..<2000 {
            let stamp = PacketStamp(
                flow: UInt32(truncatingIfNeeded: random.next()), number: random.next(), sentAt: random.next())
            #expect(read(written(stamp, length: 32 + Int(random.next() % 200))) == .intact(stamp))
        }
    }

    @Test func everyChangedBitShows() {
        let payload = written(Self.stamp, length: 163)
        for bit in 0..<(payload.count * 8) {
            var changed = payload
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(read(changed) == (bit < 32 ? .foreign : .corrupted))
        }
    }

    @Test(arguments: [0, 1, 31])
    func tooShortForAStampIsForeign(length: Int) {
        #expect(read(written(Self.stamp, length: 160), length: length) == .foreign)
    }

    @Test(arguments: 32..<160)
    func cutShortIsCorrupted(length: Int) {
        #expect(read(written(Self.stamp, length: 160), length: length) == .corrupted)
    }

    @Test func arbitraryOctetsAreNeverTakenForAStamp() {
        var random = SplitMix(seed: 2)
        for _ in 0..<5000 {
            let octets = (0..<Int(random.next() % 300 + 1)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            #expect(read(octets) == .foreign)
        }
    }
}
