/// Which of a port's four stream entries are in use, and in which order they last were; one byte of order, one of count.
struct StreamOrder: BitwiseCopyable, Equatable {
    /// Entries of each direction.
    static let capacity = 4

    /// Four two-bit indices, most recent lowest, always all different; above them the number in use.
    private(set) var bits: UInt16

    /// No entry in use.
    init() {
        bits = 0b11_10_01_00
    }

    init(bits: UInt16) {
        self.bits = bits
    }

    /// How many entries are in use.
    @inline(__always)
    var count: Int { Int(bits >> 8) }

    /// The entry used `age` entries ago; 0 is the present one.
    @inline(__always)
    func entry(age: Int) -> Int {
        Int(bits &>> UInt16(truncatingIfNeeded: age &* 2) & 3)
    }

    /// Makes the entry used `age` entries ago the present one.
    mutating func promote(age: Int) {
        let mask = (UInt16(1) &<< UInt16(truncatingIfNeeded: age &* 2 &+ 2)) &- 1
        let entry = UInt16(truncatingIfNeeded: self.entry(age: age))
        bits = bits & ~mask | (bits &<< 2) & mask | entry
    }

    /// Gives out an unused entry, or else the one unused for longest, and makes it the present one.
    mutating func claim() -> Int {
        let age = min(count, Self.capacity - 1)
        if count < Self.capacity { bits &+= 0x100 }
        promote(age: age)
        return entry(age: 0)
    }
}
