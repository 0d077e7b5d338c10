import Glibc

/// Names one packet of one stream.
package struct PacketTag: Hashable {
    package var stream: Int
    package var index: Int
}

/// RTP of one SSRC, or the reports of one source, each packet of which can be made again from its number.
package final class MediaStream {
    /// What has become of a packet, as bits.
    struct Fate: OptionSet {
        let rawValue: UInt8
        static let arrived = Fate(rawValue: 1)
        static let forwarded = Fate(rawValue: 2)
        static let delivered = Fate(rawValue: 4)
    }

    package let number: Int
    package let ssrc: UInt32
    package let isRTCP: Bool
    /// Sequence number of the first packet.
    package let firstSequence: UInt16
    /// What sequence numbers go up by: what lies between was lost before it came near.
    package let stride: Int
    /// Nanoseconds from packet to packet.
    let interval: UInt64
    /// Packets in a row, and nanoseconds of silence after them.
    let spurt: Int
    let pause: UInt64
    private let size: Int
    private let pattern: [UInt8]
    var nextAt: UInt64 = 0
    var fates: [Fate] = []
    /// Index of the latest packet that the relay let in, how many it let in, and how many of them went on.
    package var highest = -1
    package var accepted = 0
    package var forwarded = 0

    init(
        _ number: Int, ssrc: UInt32, isRTCP: Bool = false, firstSequence: UInt16, stride: Int = 1, interval: UInt64,
        spurt: Int = .max, pause: UInt64 = 0, size: Int = 160
    ) {
        self.number = number
        self.ssrc = ssrc
        self.isRTCP = isRTCP
        self.firstSequence = firstSequence
        self.stride = stride
        self.interval = interval
        self.spurt = spurt
        self.pause = pause
        self.size = size
        pattern = (0..<(size + 256)).map { UInt8(truncatingIfNeeded: ($0 &* 167) ^ ($0 >> 3) ^ number) }
    }

    /// With roll-overs, what the relay must have counted for the packet of this index (RFC 3550 §6.4.1).
    package func extendedSequence(_ index: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: Int(firstSequence) + index * stride)
    }

    /// The packet of this index in the clear.
    func packet(_ index: Int) -> [UInt8] {
        let count = isRTCP ? 28 : 12 + size
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            func store(_ word: UInt32, _ offset: Int) {
                bytes.storeBytes(of: word.bigEndian, toByteOffset: offset, as: UInt32.self)
            }
            if isRTCP {
                store(0x80C8_0006, 0)
                store(ssrc, 4)
                store(UInt32(number), 8)
                store(UInt32(index), 12)
                store(UInt32(truncatingIfNeeded: index &* 7919), 16)
                store(UInt32(index), 20)
                store(UInt32(truncatingIfNeeded: index &* 160), 24)
            } else {
                let sequence = UInt32(extendedSequence(index) & 0xFFFF)
                store(0x8000_0000 | sequence, 0)
                store(UInt32(truncatingIfNeeded: index &* 160), 4)
                store(ssrc, 8)
                let offset = index & 0xFF
                pattern.withUnsafeBytes { pattern in
                    UnsafeMutableRawBufferPointer(rebasing: bytes[12...])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: pattern[offset..<(offset + size)]))
                }
                store(UInt32(index), 12)
            }
            length = count
        }
    }

    /// Whether `bytes` are the packet of this index.
    func matches(_ bytes: [UInt8], _ index: Int) -> Bool {
        let expected = packet(index)
        return expected.count == bytes.count
            && expected.withUnsafeBytes { left in
                bytes.withUnsafeBytes { right in
                    guard let left = left.baseAddress, let right = right.baseAddress else { return true }
                    return memcmp(left, right, expected.count) == 0
                }
            }
    }

    /// The index of the next packet, which is thereby sent.
    func next(now: UInt64) -> Int {
        let index = fates.count
        fates.append([])
        nextAt = max(nextAt, now) + interval
        if spurt != .max, (index + 1) % spurt == 0 { nextAt += pause }
        return index
    }
}

extension MediaStream {
    /// Packets sent so far.
    package var sent: Int { fates.count }
}
