/// The type of an attribute (RFC 8489 §14, RFC 8445 §16.1). Unknown types survive.
public struct STUNAttributeType: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// As on the wire, in host order.
    public let rawValue: UInt16

    /// A type by number.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// 0x0000…0x7FFF: a receiver that does not know it must not process the message (RFC 8489 §14).
    public var isComprehensionRequired: Bool { rawValue < 0x8000 }

    /// RFC 8489 §14.1
    public static let mappedAddress = STUNAttributeType(rawValue: 0x0001)
    /// RFC 8489 §14.3
    public static let username = STUNAttributeType(rawValue: 0x0006)
    /// RFC 8489 §14.5
    public static let messageIntegrity = STUNAttributeType(rawValue: 0x0008)
    /// RFC 8489 §14.8
    public static let errorCode = STUNAttributeType(rawValue: 0x0009)
    /// RFC 8489 §14.13
    public static let unknownAttributes = STUNAttributeType(rawValue: 0x000A)
    /// RFC 8489 §14.9
    public static let realm = STUNAttributeType(rawValue: 0x0014)
    /// RFC 8489 §14.10
    public static let nonce = STUNAttributeType(rawValue: 0x0015)
    /// RFC 8489 §14.6
    public static let messageIntegritySHA256 = STUNAttributeType(rawValue: 0x001C)
    /// RFC 8489 §14.2
    public static let xorMappedAddress = STUNAttributeType(rawValue: 0x0020)
    /// RFC 8445 §16.1
    public static let priority = STUNAttributeType(rawValue: 0x0024)
    /// RFC 8445 §16.1
    public static let useCandidate = STUNAttributeType(rawValue: 0x0025)
    /// RFC 8489 §14.14
    public static let software = STUNAttributeType(rawValue: 0x8022)
    /// RFC 8489 §14.7
    public static let fingerprint = STUNAttributeType(rawValue: 0x8028)
    /// RFC 8445 §16.1
    public static let iceControlled = STUNAttributeType(rawValue: 0x8029)
    /// RFC 8445 §16.1
    public static let iceControlling = STUNAttributeType(rawValue: 0x802A)
}
