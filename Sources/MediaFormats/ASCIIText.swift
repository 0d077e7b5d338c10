extension StringProtocol {
    /// Equality with ASCII letters of either case alike.
    func equalsIgnoringASCIICase(_ other: some StringProtocol) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        return zip(utf8, other.utf8).allSatisfy { $0.asciiLowercased == $1.asciiLowercased }
    }
}

extension UInt8 {
    private static let upperCase = UInt8(ascii: "A")...UInt8(ascii: "Z")

    fileprivate var asciiLowercased: UInt8 { UInt8.upperCase.contains(self) ? self | 0x20 : self }
}
