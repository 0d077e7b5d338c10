/// The ClientHello of a browser that would rather speak DTLS 1.3 with a post-quantum key share: three times as long as
/// a datagram may be, so that it comes in fragments.
struct ModernHello {
    private let random: [UInt8]
    private let shareLength: Int

    init(random: UInt8, shareLength: Int = 1216) {
        self.random = [UInt8](repeating: random, count: 32)
        self.shareLength = shareLength
    }

    private static func word(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)] }
    private static func triple(_ value: Int) -> [UInt8] { [UInt8(value >> 16 & 0xFF)] + word(value) }

    private static func attached(_ type: Int, _ body: [UInt8]) -> [UInt8] { word(type) + word(body.count) + body }
    private static func listed(_ octets: [UInt8]) -> [UInt8] { word(octets.count) + octets }

    /// RFC 6347 §4.2.1, with the extensions of RFC 9147.
    private var body: [UInt8] {
        // X25519MLKEM768 and X25519.
        let shares =
            Self.word(0x11EC) + Self.listed([UInt8](repeating: 0x5A, count: shareLength))
            + Self.word(0x001D) + Self.listed([UInt8](repeating: 9, count: 32))
        let extensions =
            Self.attached(23, []) + Self.attached(0xFF01, [0])
            + Self.attached(10, Self.listed([0x11, 0xEC, 0, 0x1D, 0, 0x17, 0, 0x18]))
            + Self.attached(11, [1, 0])
            + Self.attached(13, Self.listed([4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5, 1]))
            + Self.attached(14, Self.listed([0, 8, 0, 7, 0, 1]) + [0])
            // DTLS 1.3 before 1.2.
            + Self.attached(43, [4, 0xFE, 0xFC, 0xFE, 0xFD])
            + Self.attached(45, [1, 1]) + Self.attached(51, Self.listed(shares))
        let ciphers: [UInt8] = [0x13, 1, 0x13, 2, 0x13, 3, 0xC0, 0x2B, 0xC0, 0x2F, 0xCC, 0xA9]
        return [0xFE, 0xFD] + random + [0, 0] + Self.listed(ciphers) + [1, 0] + Self.listed(extensions)
    }

    /// Datagrams with fragments of at most `limit` octets.
    func datagrams(fragment limit: Int = 1100) -> [[UInt8]] {
        let body = body
        return stride(from: 0, to: body.count, by: limit).enumerated().map { number, start in
            let part = Array(body[start..<min(start + limit, body.count)])
            let header =
                [1] + Self.triple(body.count) + Self.word(0) + Self.triple(start) + Self.triple(part.count)
            return [22, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0] + Self.word(number) + Self.listed(header + part)
        }
    }
}
