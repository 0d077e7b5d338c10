/// The first 16 bits of a message: method and class, interleaved (RFC 8489 §5).
///
/// ```
///  0                 1
///  2  3  4 5 6 7 8 9 0 1 2 3 4 5
/// +--+--+-+-+-+-+-+-+-+-+-+-+-+-+
/// |M |M |M|M|M|C|M|M|M|C|M|M|M|M|
/// |11|10|9|8|7|1|6|5|4|0|3|2|1|0|
/// +--+--+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public struct STUNMessageType: Hashable, Sendable, BitwiseCopyable {
    /// What is asked for.
    public let method: STUNMethod
    /// Request, indication or one of the responses.
    public let messageClass: STUNMessageClass

    /// A type from its parts.
    public init(_ method: STUNMethod, _ messageClass: STUNMessageClass) {
        self.method = method
        self.messageClass = messageClass
    }

    /// Reads the 16 bits; `nil` when one of the two leading bits, which tell STUN from RTP, is set.
    public init?(bits: UInt16) {
        guard bits & 0xC000 == 0 else { return nil }
        method = STUNMethod(rawValue: bits & 0x000F | (bits & 0x00E0) >> 1 | (bits & 0x3E00) >> 2)
        switch (bits & 0x0100 != 0, bits & 0x0010 != 0) {
        case (false, false): messageClass = .request
        case (false, true): messageClass = .indication
        case (true, false): messageClass = .successResponse
        case (true, true): messageClass = .errorResponse
        }
    }

    /// The 16 bits as they stand in the message.
    public var bits: UInt16 {
        let number = method.rawValue
        let classBits = UInt16(messageClass.rawValue)
        return number & 0x000F | (number & 0x0070) << 1 | (number & 0x0F80) << 2
            | (classBits & 0b01) << 4 | (classBits & 0b10) << 7
    }
}
