internal import NetTypes
internal import STUN

/// What can be read of a ClientHello from its first fragment, which is in the clear (RFC 6347 §4.2.1, §4.2.2).
struct ClientHello {
    private static let recordHeader = 13
    private static let header = 12
    /// Version and random octets.
    private static let fixed = 34

    private let datagram: UnsafeRawBufferPointer
    private let cookie: Range<Int>

    /// `nil` for anything but a datagram that begins with the first fragment of a ClientHello.
    init?(_ datagram: UnsafeRawBufferPointer) {
        let body = Self.recordHeader + Self.header
        guard datagram.count >= body + Self.fixed + 2, datagram[0] == 22, datagram[1] == 0xFE,
            datagram[3] == 0, datagram[4] == 0, datagram[Self.recordHeader] == 1,
            datagram[19] == 0, datagram[20] == 0, datagram[21] == 0
        else { return nil }
        let length = body + Self.fixed + 1 + Int(datagram[body + Self.fixed])
        guard length < datagram.count else { return nil }
        let start = length + 1
        guard start + Int(datagram[length]) <= datagram.count else { return nil }
        self.datagram = datagram
        cookie = start..<(start + Int(datagram[length]))
    }

    /// More of it comes in other datagrams.
    var isFragment: Bool { !datagram[14..<17].elementsEqual(datagram[22..<25]) }

    private var random: UnsafeRawBufferPointer {
        let start = Self.recordHeader + Self.header + 2
        return UnsafeRawBufferPointer(rebasing: datagram[start..<(start + 32)])
    }

    /// Whether it carries the cookie that its sender was told at `source`.
    func isVerified(_ source: TransportAddress, by secret: HelloSecret) -> Bool {
        let expected = secret.cookie(source, random)
        return cookie.count == HelloSecret.cookieCount
            && withUnsafeBytes(of: expected) { expected in
                zip(expected, datagram[cookie]).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
            }
    }

    /// Writes the HelloVerifyRequest that asks for the cookie and returns its length, which is less than that of the
    /// hello. Record and message have the hello's numbers.
    func writeVerifyRequest(
        _ source: TransportAddress, _ secret: HelloSecret, to buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        let count = HelloSecret.cookieCount
        let message = 3 + count
        // DTLS 1.0 in both places, whatever is agreed on later.
        let head: InlineArray<28, UInt8> = [
            22, 0xFE, 0xFF, 0, 0, datagram[5], datagram[6], datagram[7], datagram[8], datagram[9], datagram[10],
            0, UInt8(Self.header + message), 3, 0, 0, UInt8(message), datagram[17], datagram[18], 0, 0, 0, 0, 0,
            UInt8(message), 0xFE, 0xFF, UInt8(count),
        ]
        for index in head.indices { buffer[index] = head[index] }
        withUnsafeBytes(of: secret.cookie(source, random)) {
            UnsafeMutableRawBufferPointer(rebasing: buffer[head.count...]).copyMemory(from: $0)
        }
        return head.count + count
    }
}

/// Makes cookies out of where a ClientHello came from, so that nothing has to be kept until its sender has shown that
/// it receives there.
struct HelloSecret {
    static let cookieCount = 16

    private let key: HMACSHA1

    init(using generator: inout some RandomNumberGenerator) {
        let octets: InlineArray<3, UInt64> = [generator.next(), generator.next(), generator.next()]
        key = withUnsafeBytes(of: octets) { HMACSHA1(key: $0) }
    }

    func cookie(_ source: TransportAddress, _ random: UnsafeRawBufferPointer) -> InlineArray<2, UInt64> {
        var message = InlineArray<7, UInt64>(repeating: 0)
        message[0] = source.address.high
        message[1] = source.address.low
        message[2] = UInt64(source.address.family.rawValue) << 16 | UInt64(source.port)
        for word in 0..<4 { message[3 + word] = random.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self) }
        let code = withUnsafeBytes(of: message) { key.code(of: $0) }
        return [code.first64, code.second64]
    }
}
