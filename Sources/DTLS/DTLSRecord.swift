/// What can be told of a datagram from its first record, which is in the clear (RFC 6347 §4.1 and §4.2.2):
///
/// ```
/// type(1) version(2) epoch(2) sequence(6) length(2) | handshake: type(1) length(3) message(2) offset(3) length(3) …
/// ```
enum DTLSRecord: Equatable {
    /// Not a record of DTLS 1.0 or 1.2.
    case foreign
    /// A ClientHello, or the first fragment of one, with its 32 random octets.
    case clientHello(random: [UInt8])
    /// Another fragment of a ClientHello.
    case clientHelloFragment
    case other

    /// Whether there is an encrypted record shorter than any that the cipher makes, or one that goes beyond the
    /// datagram. One such, from whomever, and libssl gives the association up.
    static func hasShortRecord(_ datagram: UnsafeRawBufferPointer, minimum: Int) -> Bool {
        var place = 0
        while place < datagram.count {
            guard datagram.count - place >= headerLength else { return true }
            let length = Int(datagram[place + 11]) << 8 | Int(datagram[place + 12])
            let isEncrypted = datagram[place + 3] != 0 || datagram[place + 4] != 0
            if isEncrypted && length < minimum { return true }
            place += headerLength + length
        }
        return place > datagram.count
    }

    /// Whether a datagram that begins with a ClientHello answers a HelloVerifyRequest (RFC 6347 §4.2.2): the number of
    /// its message is not 0.
    static func answersVerification(_ datagram: UnsafeRawBufferPointer) -> Bool {
        datagram.count > 18 && (datagram[17] != 0 || datagram[18] != 0)
    }

    /// Whether a datagram that begins with a handshake message has the whole of it: the fragment is as long as the
    /// message.
    static func hasWholeMessage(_ datagram: UnsafeRawBufferPointer) -> Bool {
        datagram.count > 24 && (0..<3).allSatisfy { datagram[14 + $0] == datagram[22 + $0] }
    }

    private static let headerLength = 13
    private static let handshakeHeaderLength = 12

    init(_ datagram: UnsafeRawBufferPointer) {
        guard datagram.count >= Self.headerLength, (20...23).contains(datagram[0]), datagram[1] == 0xFE,
            datagram[2] == 0xFF || datagram[2] == 0xFD
        else {
            self = .foreign
            return
        }
        let isHandshake = datagram[0] == 22 && datagram[3] == 0 && datagram[4] == 0
        let body = Self.headerLength + Self.handshakeHeaderLength
        guard isHandshake, datagram.count >= body, datagram[Self.headerLength] == 1 else {
            self = .other
            return
        }
        let isFirst = datagram[19] == 0 && datagram[20] == 0 && datagram[21] == 0
        // The version of the client comes before the random octets.
        guard isFirst, datagram.count >= body + 34 else {
            self = .clientHelloFragment
            return
        }
        self = .clientHello(random: Array(datagram[(body + 2)..<(body + 34)]))
    }
}
