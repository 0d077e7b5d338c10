/// Takes an input apart as instructions; past its end everything is zero.
struct ByteReader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { place >= bytes.count }

    mutating func byte() -> UInt8 {
        guard place < bytes.count else { return 0 }
        defer { place += 1 }
        return bytes[place]
    }

    mutating func index(below count: Int) -> Int { Int(byte()) % count }

    mutating func flag() -> Bool { byte() & 1 == 1 }

    mutating func octets(_ count: Int) -> [UInt8] {
        let end = min(place + count, bytes.count)
        defer { place = end }
        return Array(bytes[place..<end])
    }

    mutating func rest() -> [UInt8] { octets(bytes.count) }
}
