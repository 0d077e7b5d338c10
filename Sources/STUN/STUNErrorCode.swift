/// The number of an ERROR-CODE attribute (RFC 8489 §14.8), 300…699.
public struct STUNErrorCode: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// 300…699
    public let rawValue: UInt16

    /// A code by number; numbers that ERROR-CODE cannot carry become 500.
    public init(rawValue: UInt16) {
        self.rawValue = (300...699).contains(rawValue) ? rawValue : 500
    }

    /// The request was malformed, or lacks what its authentication needs (RFC 8489 §14.8).
    public static let badRequest = STUNErrorCode(rawValue: 400)
    /// The request did not bear the right credentials (RFC 8489 §14.8).
    public static let unauthenticated = STUNErrorCode(rawValue: 401)
    /// The request has a comprehension-required attribute that is not known here (RFC 8489 §14.8).
    public static let unknownAttribute = STUNErrorCode(rawValue: 420)
    /// Both agents took the same role (RFC 8445 §7.3.1.1).
    public static let roleConflict = STUNErrorCode(rawValue: 487)

    /// A short reason phrase; empty for numbers that have no name here.
    public var reasonPhrase: StaticString {
        switch self {
        case .badRequest: "Bad Request"
        case .unauthenticated: "Unauthenticated"
        case .unknownAttribute: "Unknown Attribute"
        case .roleConflict: "Role Conflict"
        default: ""
        }
    }
}
