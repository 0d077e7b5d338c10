// Inlinable, so that callers get code for `String` and `Substring` instead of one that looks every octet's type up.

extension StringProtocol {
    /// Equality with ASCII letters of either case alike.
    @inlinable
    public func equalsIgnoringASCIICase(_ other: some StringProtocol) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        let isEqual = utf8.withContiguousStorageIfAvailable { octets in
            other.utf8.withContiguousStorageIfAvailable { others in
                octets.indices.allSatisfy { octets[$0].asciiLowercased == others[$0].asciiLowercased }
            }
        }
        if let isEqual, let isEqual { return isEqual }
        var others = other.utf8.makeIterator()
        for octet in utf8 {
            guard let other = others.next(), octet.asciiLowercased == other.asciiLowercased else { return false }
        }
        return true
    }
}

extension UInt8 {
    /// `a`…`z` for `A`…`Z`, every other octet as it is.
    @inlinable
    public var asciiLowercased: UInt8 { self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self }
}
