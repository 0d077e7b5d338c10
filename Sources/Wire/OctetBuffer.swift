// What writers of text protocols append to their octets, without a text in between.

extension [UInt8] {
    /// Appends the decimal digits of `value`, with `-` in front of those of a negative one.
    @inlinable
    public mutating func append(decimal value: some FixedWidthInteger) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(digitsOf: UInt64(value.magnitude))
    }

    @usableFromInline
    mutating func append(digitsOf value: UInt64) {
        guard value > 9 else { return append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value)) }
        // 2^64 has 20 digits.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var first = digits.endIndex
            var rest = value
            while rest > 0 {
                first -= 1
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
                rest = quotient
            }
            append(contentsOf: UnsafeBufferPointer(rebasing: digits[first...]))
        }
    }
}
