import Foundation
import FuzzTargets
import Testing

/// Every seed and every input that ever broke something, on every test run.
@Suite struct ReplayTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "FuzzTargets/Seeds")

    private static func seeds(of target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
        let folder = folder.appending(path: target.rawValue)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted().map { name in
            (name, Array(try Data(contentsOf: folder.appending(path: name))))
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func seedsHoldTheProperties(_ target: FuzzTarget) throws {
        let seeds = try Self.seeds(of: target)
        #expect(!seeds.isEmpty)
        for seed in seeds {
            #expect(target.findViolation(in: seed.bytes) == nil, "\(target.rawValue)/\(seed.name)")
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func mutatedSeedsHoldTheProperties(_ target: FuzzTarget) throws {
        var random = SplitMix(state: 0x6D69_6C6C)
        let seeds = try Self.seeds(of: target).map(\.bytes).filter { $0.count < 8000 }
        for _ in 0..<300 {
            var bytes = seeds[random.next(below: seeds.count)]
            for _ in 0..<(1 + random.next(below: 8)) { random.mutate(&bytes) }
            #expect(target.findViolation(in: bytes) == nil, "\(target.rawValue): \(Data(bytes).base64EncodedString())")
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func truncatedSeedsHoldTheProperties(_ target: FuzzTarget) throws {
        for seed in try Self.seeds(of: target) where seed.bytes.count < 1000 {
            for length in 0..<seed.bytes.count {
                #expect(target.findViolation(in: Array(seed.bytes[..<length])) == nil, "\(seed.name), \(length) bytes")
            }
        }
    }
}

/// A small random generator with a fixed sequence for each seed.
private struct SplitMix {
    var state: UInt64

    mutating func next(below bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ mixed >> 31) % UInt64(max(bound, 1)))
    }

    /// Changes, removes, repeats or adds a few bytes.
    mutating func mutate(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return bytes.append(UInt8(next(below: 256))) }
        let place = next(below: bytes.count)
        switch next(below: 5) {
        case 0: bytes[place] = UInt8(next(below: 256))
        case 1: bytes[place] ^= 1 << UInt8(next(below: 8))
        case 2: bytes.removeSubrange(place..<min(place + 1 + next(below: 16), bytes.count))
        case 3: bytes.insert(contentsOf: bytes[place...].prefix(1 + next(below: 40)), at: place)
        default: bytes.insert(UInt8(next(below: 256)), at: place)
        }
    }
}
