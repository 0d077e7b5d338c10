/// Why bytes are not a STUN message.
public enum STUNError: Error, Hashable, Sendable {
    /// Shorter than the 20 byte header.
    case truncatedHeader
    /// A leading bit is set or the magic cookie is missing: another protocol.
    case notSTUN
    /// The length field is no multiple of four, or does not agree with the number of bytes.
    case lengthMismatch
    /// The attribute at this offset reaches beyond the message.
    case attributeOverrun(offset: Int)
    /// The value of the attribute has a length or content that its definition does not allow.
    case malformedAttribute(STUNAttributeType)
    /// An attribute follows FINGERPRINT, which must be the last (RFC 8489 §14.7).
    case attributeAfterFingerprint
}
