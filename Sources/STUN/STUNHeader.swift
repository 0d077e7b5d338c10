/// The numbers of the fixed header (RFC 8489 §5).
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |0 0|     STUN Message Type     |         Message Length        |
/// |                         Magic Cookie                          |
/// |                     Transaction ID (96 bits)                  |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
enum STUNHeader {
    static let byteCount = 20
    static let lengthOffset = 2
    static let cookieOffset = 4
    static let transactionIDOffset = 8
    static let cookie: UInt32 = 0x2112_A442
    /// Type and length in front of each attribute's value (RFC 8489 §14).
    static let attributeHeaderByteCount = 4
    /// XORed into the CRC-32 (RFC 8489 §14.7).
    static let fingerprintMask: UInt32 = 0x5354_554E
    /// Of a FINGERPRINT attribute with its header.
    static let fingerprintByteCount = 8
    /// Of a MESSAGE-INTEGRITY attribute with its header.
    static let integrityByteCount = 24
}
