internal import COpenSSL

/// What libssl or libcrypto gave as the reason of a failure.
public struct OpenSSLReason: Error, Hashable, Sendable, CustomStringConvertible {
    /// The packed code: library and reason.
    public let code: UInt
    /// `no shared cipher`, `sslv3 alert handshake failure` …
    public let description: String

    /// Whether the peer said so in a fatal alert.
    var isAlert: Bool { (1000..<1256).contains(ERR_GET_REASON(numericCast(code))) }

    /// The reason that libssl gives for a fatal alert of the peer (RFC 5246 §7.2).
    static func alert(_ description: UInt8) -> OpenSSLReason {
        let code = UInt(ERR_LIB_SSL) << 23 | (1000 + UInt(description))
        let text = ERR_reason_error_string(numericCast(code)).map { String(cString: $0) }
        return OpenSSLReason(code: code, description: text ?? "alert \(description)")
    }

    /// Takes the first, which is the deepest, error of this thread's queue and leaves the queue empty for whoever
    /// uses it next.
    static func draining() -> OpenSSLReason {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return OpenSSLReason(code: 0, description: "no reason given") }
        guard let reason = ERR_reason_error_string(code) else {
            return OpenSSLReason(code: UInt(code), description: "reason \(code & 0x7F_FFFF)")
        }
        return OpenSSLReason(code: UInt(code), description: String(cString: reason))
    }
}

/// Why no certificate, context or association could be made: a matter of configuration.
public enum DTLSError: Error, Hashable, Sendable {
    /// The key or the certificate could not be generated.
    case certificate(OpenSSLReason)
    /// No cipher in the list is one.
    case cipherList(String)
    /// A group in the list is not one.
    case groupList(String)
    /// libssl cannot negotiate the suite, or the list is empty.
    case protectionProfiles([CryptoSuiteName])
    /// Less than 256 octets or more than a datagram.
    case maximumDatagramLength(Int)
    /// libssl refused for another reason.
    case library(OpenSSLReason)

    /// The name of a suite in `a=crypto`.
    public typealias CryptoSuiteName = String
}
