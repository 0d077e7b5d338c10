/// Why bytes are not a JSON text within our bounds (RFC 8259).
public struct JSONError: Error, Sendable, Equatable {
    /// The kinds of mistakes.
    public enum Reason: Sendable, Equatable {
        /// A byte that cannot stand here.
        case unexpectedByte(UInt8)
        /// The input ended inside a value.
        case truncated
        /// A `\u` escape that is half of a surrogate pair (§8.2).
        case loneSurrogate
        /// String contents that are not UTF-8 (§8.1).
        case invalidUTF8
        /// Objects and arrays inside each other beyond the bound.
        case tooDeep
        /// More values than the bound.
        case tooManyElements
        /// A text longer than the bound.
        case tooLarge
    }

    /// What is wrong.
    public var reason: Reason
    /// Where, in bytes from the start.
    public var offset: Int

    /// An error for `reason` at `offset`.
    public init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}
