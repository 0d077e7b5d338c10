/// What a time stamp of an interface counts (draft-ietf-opsawg-pcapng, `if_tsresol` and `if_tsoffset`).
struct TimeResolution: Sendable, Equatable {
    /// A negative power of 10, or with the top bit of 2.
    var code: UInt8 = 6
    /// Seconds to be added.
    var offsetSeconds: Int64 = 0

    /// Nanoseconds since the epoch; the nearest possible value for what lies outside of 64 bits.
    func nanoseconds(_ ticks: UInt64) -> UInt64 {
        let exponent = Int(code & 0x7F)
        let value: UInt64
        if code & 0x80 != 0 {
            // The product has at most 94 bits.
            let product = ticks.multipliedFullWidth(by: 1_000_000_000)
            value = Self.shifted(product, right: exponent)
        } else if exponent <= 9 {
            let (product, overflow) = ticks.multipliedReportingOverflow(by: Self.powerOfTen(9 - exponent))
            value = overflow ? .max : product
        } else {
            value = exponent - 9 > 19 ? 0 : ticks / Self.powerOfTen(exponent - 9)
        }
        let (offset, overflow) = offsetSeconds.magnitude.multipliedReportingOverflow(by: 1_000_000_000)
        if offsetSeconds < 0 { return overflow || offset > value ? 0 : value - offset }
        let (sum, sumOverflow) = value.addingReportingOverflow(offset)
        return overflow || sumOverflow ? .max : sum
    }

    private static func powerOfTen(_ exponent: Int) -> UInt64 {
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }

    private static func shifted(_ product: (high: UInt64, low: UInt64), right count: Int) -> UInt64 {
        switch count {
        case 0: product.high == 0 ? product.low : .max
        case 1..<64:
            product.high >> UInt64(count) == 0
                ? product.low >> UInt64(count) | product.high << UInt64(64 - count) : .max
        default: count >= 128 ? 0 : product.high >> UInt64(count - 64)
        }
    }
}
