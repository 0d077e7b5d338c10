public import NetTypes
internal import Wire

/// A received STUN message (RFC 8489 §5): a view over the bytes, with the attributes that ICE uses already read.
///
/// Nothing is copied: the view and every buffer it hands out are valid as long as the bytes given to
/// ``init(_:)`` are, which in the packet path means until the datagram's buffer is given back.
///
/// Of several attributes of one type the first counts (RFC 8489 §14). Attributes behind MESSAGE-INTEGRITY are not
/// covered by it and are left out, but for MESSAGE-INTEGRITY-SHA256 and FINGERPRINT (RFC 8489 §14.5, §14.6).
public struct STUNMessage {
    /// The message, header and padding included.
    public let bytes: UnsafeRawBufferPointer
    /// Method and class.
    public let type: STUNMessageType
    /// Joins responses with requests.
    public let transactionID: STUNTransactionID

    /// USERNAME: the octets of `receiver:sender` in ICE (RFC 8445 §7.2.2).
    public internal(set) var username: UnsafeRawBufferPointer?
    /// SOFTWARE: octets that should be UTF-8.
    public internal(set) var software: UnsafeRawBufferPointer?
    /// MAPPED-ADDRESS
    public internal(set) var mappedAddress: TransportAddress?
    /// XOR-MAPPED-ADDRESS
    public internal(set) var xorMappedAddress: TransportAddress?
    /// ERROR-CODE, the number.
    public internal(set) var errorCode: STUNErrorCode?
    /// ERROR-CODE, the text: octets that should be UTF-8.
    public internal(set) var reasonPhrase: UnsafeRawBufferPointer?
    /// UNKNOWN-ATTRIBUTES of an error response.
    public internal(set) var unknownAttributes: STUNUnknownAttributes?
    /// PRIORITY
    public internal(set) var priority: UInt32?
    /// USE-CANDIDATE
    public internal(set) var hasUseCandidate = false
    /// The tie-breaker of ICE-CONTROLLING.
    public internal(set) var iceControlling: UInt64?
    /// The tie-breaker of ICE-CONTROLLED.
    public internal(set) var iceControlled: UInt64?
    /// Comprehension-required attributes in this message that are unknown here: a request with any gets error 420, an
    /// indication or response with any is dropped (RFC 8489 §6.3).
    public internal(set) var unknownRequiredAttributes = STUNUnknownAttributes()

    /// Where MESSAGE-INTEGRITY begins.
    var integrityOffset: Int?
    /// The 16…32 bytes of MESSAGE-INTEGRITY-SHA256 (RFC 8489 §14.6); not verified here.
    public internal(set) var messageIntegritySHA256: UnsafeRawBufferPointer?
    /// Where FINGERPRINT begins.
    var fingerprintOffset: Int?

    /// Reads a whole message; `bytes` holds it and nothing else.
    public init(_ bytes: UnsafeRawBufferPointer) throws(STUNError) {
        guard bytes.count >= STUNHeader.byteCount else { throw .truncatedHeader }
        guard let type = STUNMessageType(bits: bytes.uint16(at: 0)),
            bytes.uint32(at: STUNHeader.cookieOffset) == STUNHeader.cookie
        else { throw .notSTUN }
        let length = Int(bytes.uint16(at: STUNHeader.lengthOffset))
        guard length & 3 == 0, length == bytes.count - STUNHeader.byteCount else { throw .lengthMismatch }
        self.bytes = bytes
        self.type = type
        transactionID = STUNTransactionID(
            high: bytes.uint32(at: STUNHeader.transactionIDOffset),
            low: bytes.uint64(at: STUNHeader.transactionIDOffset + 4))
        try readAttributes()
    }

    /// Whether a datagram looks like STUN: leading bits, cookie and a length that can be. For telling protocols apart
    /// on one port (RFC 7983 §7); cheap, and no promise that ``init(_:)`` succeeds.
    public static func isLikely(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= STUNHeader.byteCount, bytes[0] < 4 else { return false }
        return bytes[3] & 3 == 0 && bytes.uint32(at: STUNHeader.cookieOffset) == STUNHeader.cookie
    }

    /// Whether there is a MESSAGE-INTEGRITY, right or wrong.
    public var hasIntegrity: Bool { integrityOffset != nil }
    /// Whether there is a FINGERPRINT, right or wrong.
    public var hasFingerprint: Bool { fingerprintOffset != nil }

    /// Whether the message has a MESSAGE-INTEGRITY made with `key`. Takes the same time for every wrong code.
    public func isAuthentic(_ key: borrowing HMACSHA1) -> Bool {
        guard let offset = integrityOffset else { return false }
        let code = key.integrityCode(of: bytes, integrityOffset: offset)
        return code.matches(bytes.slice(at: offset + STUNHeader.attributeHeaderByteCount, count: SHA1Digest.byteCount))
    }

    /// Whether the message has a FINGERPRINT with the right checksum.
    public var hasValidFingerprint: Bool {
        guard let offset = fingerprintOffset else { return false }
        return bytes.uint32(at: offset + STUNHeader.attributeHeaderByteCount)
            == CRC32.checksum(bytes.slice(at: 0, count: offset)) ^ STUNHeader.fingerprintMask
    }
}
