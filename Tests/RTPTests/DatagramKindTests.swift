import RTP
import Testing

@Suite struct DatagramKindTests {
    /// The ranges of RFC 7983 §7, each with its first and last value and the neighbours outside.
    @Test(
        arguments: [
            (0, DatagramKind.stun), (3, .stun), (4, .unknown), (15, .unknown), (16, .zrtp), (19, .zrtp), (20, .dtls),
            (63, .dtls), (64, .turnChannel), (79, .turnChannel), (80, .unknown), (127, .unknown), (128, .rtp),
            (191, .rtp),
            (192, .unknown), (255, .unknown),
        ] as [(UInt8, DatagramKind)])
    func firstByte(byte: UInt8, kind: DatagramKind) {
        #expect(kindOf([byte, 0]) == kind)
    }

    /// RFC 5761 §4: 192…223 in the second byte is RTCP; payload types 64…95 with the marker bit are what it costs.
    @Test(
        arguments: [
            (0, DatagramKind.rtp), (127, .rtp), (128, .rtp), (191, .rtp), (192, .rtcp), (200, .rtcp), (207, .rtcp),
            (223, .rtcp), (224, .rtp), (255, .rtp),
        ] as [(UInt8, DatagramKind)])
    func secondByte(byte: UInt8, kind: DatagramKind) {
        #expect(kindOf([0x80, byte]) == kind)
    }

    @Test func tooShortToTell() {
        #expect(kindOf([]) == .unknown)
        #expect(kindOf([0x80]) == .unknown)
    }

    private func kindOf(_ bytes: [UInt8]) -> DatagramKind {
        bytes.withUnsafeBytes { DatagramKind(of: $0) }
    }
}
