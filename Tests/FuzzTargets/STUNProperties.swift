import STUN

/// STUN: every attribute lies inside the message.
enum STUNProperties {
    static func violation(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard let message = try? STUNMessage(bytes) else { return nil }
        // Methods from 0x200 on are STUN, but not where protocols are told apart by the first octet (RFC 7983 §7).
        if bytes[0] < 4, !STUNMessage.isLikely(bytes) { return "a message was read that does not look like one" }
        for part in [message.username, message.software, message.reasonPhrase, message.messageIntegritySHA256] {
            if let part, !RTPProperties.contains(bytes, part) { return "an attribute is outside" }
        }
        _ = message.hasValidFingerprint
        _ = message.isAuthentic(HMACSHA1(key: bytes))
        return nil
    }
}
