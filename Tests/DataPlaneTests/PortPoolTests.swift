import Forwarding
import NetTypes
import Testing

@testable import DataPlane

struct PortPoolTests {
    private static let second: UInt64 = 1_000_000_000
    /// Any time but 0, so that the ages of ports are real.
    private static let start: UInt64 = 1_000_000 * second

    private func pool(_ ports: ClosedRange<UInt16>, excluded: Set<UInt16> = [], seed: UInt64 = 1) -> PortPool {
        var generator = SplitMix64(state: seed)
        return PortPool(
            PortPoolConfiguration(
                address: IPAddress(ipv4: 1), minimum: ports.lowerBound, maximum: ports.upperBound, excluded: excluded),
            using: &generator)
    }

    @Test(
        arguments: [
            (100...107, [], [100, 102, 104, 106], 8), (101...107, [], [102, 104, 106], 7),
            (101...106, [], [102, 104], 6), (101...101, [], [], 1), (100...101, [101], [], 1),
            (100...105, [102], [100, 104], 5), (65_534...65_535, [], [65_534], 2), (1...3, [], [2], 3),
        ] as [(ClosedRange<UInt16>, Set<UInt16>, Set<UInt16>, Int)])
    func pairsLieWithinTheRange(
        ports: ClosedRange<UInt16>, excluded: Set<UInt16>, pairs: Set<UInt16>, count: Int
    ) {
        var pool = pool(ports, excluded: excluded)
        #expect(pool.count == count)
        var seen: Set<UInt16> = []
        while let pair = pool.takePair(now: Self.start) { seen.insert(pair) }
        #expect(seen == pairs)
        #expect(pool.used == pairs.count * 2)
        var singles: Set<UInt16> = []
        while let single = pool.takeSingle(now: Self.start) { singles.insert(single) }
        #expect(singles == Set(ports).subtracting(excluded).subtracting(pairs.flatMap { [$0, $0 + 1] }))
        #expect(pool.used == count)
    }

    @Test func orderIsRandom() {
        func order(_ seed: UInt64) -> [UInt16] {
            var pool = pool(10_000...10_199, seed: seed)
            return (0..<100).compactMap { _ in pool.takePair(now: Self.start) }
        }
        #expect(order(1) != order(2))
        #expect(order(1) != order(1).sorted())
        #expect(order(1).sorted() == order(2).sorted())
    }

    @Test func longestFreePairComesFirst() throws {
        var pool = pool(100...119)
        let first = (0..<10).compactMap { _ in pool.takePair(now: Self.start) }
        let returned = first.shuffled()
        for (index, pair) in returned.enumerated() {
            pool.giveBack(pair + 1, now: Self.start + UInt64(index))
            pool.giveBack(pair, now: Self.start + UInt64(index))
        }
        #expect((0..<10).compactMap { _ in pool.takePair(now: Self.start + Self.second) } == returned)
    }

    @Test func singlesUseUpBrokenPairs() throws {
        var pool = pool(100...119)
        var singles: [UInt16] = []
        for _ in 0..<10 { singles.append(try pool.requireSingle(now: Self.start)) }
        // Ten single ports break five pairs and not one more.
        #expect(Set(singles.map { $0 / 2 }).count == 5)
        #expect(singles[0] % 2 == 1)
        #expect(singles[1] == singles[0] - 1)
        #expect((0..<6).compactMap { _ in pool.takePair(now: Self.start) }.count == 5)
    }

    @Test func freshlyReturnedSingleRests() throws {
        var pool = pool(100...119)
        let first = try pool.requireSingle(now: Self.start)
        let second = try pool.requireSingle(now: Self.start)
        pool.giveBack(first, now: Self.start)
        let third = try pool.requireSingle(now: Self.start + Self.second)
        #expect(third / 2 != first / 2)
        let fourth = try pool.requireSingle(now: Self.start + Self.second)
        #expect(fourth / 2 == third / 2)
        pool.expectSingle(first, now: Self.start + 6 * Self.second)
        #expect(second == first - 1)
    }

    @Test func tellsHowLongTheNextPortHasRested() throws {
        var pool = pool(100...103)
        #expect(pool.restOfNext(isPair: true, now: Self.start) == .max)
        let pairs = [pool.takePair(now: Self.start), pool.takePair(now: Self.start)].compactMap { $0 }
        for isPair in [true, false] { #expect(pool.restOfNext(isPair: isPair, now: Self.start) == nil) }
        pool.giveBack(pairs[0], now: Self.start)
        #expect(pool.restOfNext(isPair: true, now: Self.start + 9) == nil)
        #expect(pool.restOfNext(isPair: false, now: Self.start + 9) == 9)
        pool.giveBack(pairs[1], now: Self.start + 1)
        pool.giveBack(pairs[1] + 1, now: Self.start + 4)
        #expect(pool.restOfNext(isPair: true, now: Self.start + 9) == 5)
        #expect(pool.restOfNext(isPair: false, now: Self.start + 9) == 9)
    }

    @Test func lastPortsAreReusedAtOnceWhenThereAreNoOthers() throws {
        var pool = pool(100...101)
        for _ in 0..<5 {
            let first = try pool.requireSingle(now: Self.start)
            let second = try pool.requireSingle(now: Self.start)
            pool.expectSingle(nil, now: Self.start)
            pool.giveBack(first, now: Self.start)
            pool.expectSingle(first, now: Self.start)
            pool.giveBack(first, now: Self.start)
            pool.giveBack(second, now: Self.start)
            pool.expectPair(100, now: Self.start)
            pool.giveBack(101, now: Self.start)
            pool.giveBack(100, now: Self.start)
        }
    }

    @Test func foreignPortsAreSetAsideForATime() throws {
        var pool = pool(100...101)
        pool.expectPair(100, now: Self.start)
        pool.setAside(101, now: Self.start)
        pool.putBack(100)
        #expect(pool.used == 0)
        pool.expectPair(nil, now: Self.start)
        pool.expectSingle(100, now: Self.start)
        pool.expectSingle(nil, now: Self.start)
        pool.putBack(100)
        pool.expectPair(nil, now: Self.start + PortPool.foreignNanoseconds - 1)
        pool.expectPair(100, now: Self.start + PortPool.foreignNanoseconds)
        #expect(pool.used == 2)
    }

    @Test(arguments: 0..<20)
    func randomUseKeepsTheBooks(seed: UInt64) throws {
        var generator = SplitMix64(state: seed)
        var pool = pool(100...163, excluded: [110, 121], seed: seed)
        var held: [UInt16] = []
        var foreign: Set<UInt16> = []
        var now = Self.start
        for _ in 0..<2000 {
            now += UInt64.random(in: 0...300_000_000, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0, 1:
                guard let single = pool.takeSingle(now: now) else { break }
                #expect(!held.contains(single))
                held.append(single)
            case 2:
                guard let pair = pool.takePair(now: now) else { break }
                #expect(pair % 2 == 0 && !held.contains(pair) && !held.contains(pair + 1))
                held += [pair, pair + 1]
            case 3 where !held.isEmpty:
                let port = held.remove(at: Int.random(in: held.indices, using: &generator))
                pool.setAside(port, now: now)
                foreign.insert(port)
            default:
                guard !held.isEmpty else { break }
                pool.giveBack(held.remove(at: Int.random(in: held.indices, using: &generator)), now: now)
            }
            #expect(pool.used == held.count)
            #expect(held.allSatisfy { (100...163).contains($0) && $0 != 110 && $0 != 121 })
        }
        for port in held { pool.giveBack(port, now: now) }
        var pairs = 0
        while pool.takePair(now: now + 10 * Self.second) != nil { pairs += 1 }
        #expect(pairs == 30)
        #expect(Set([pool.takeSingle(now: now), pool.takeSingle(now: now)]) == [111, 120])
    }
}

extension PortPool {
    fileprivate mutating func requireSingle(now: UInt64) throws -> UInt16 {
        let port = takeSingle(now: now)
        return try #require(port)
    }

    fileprivate mutating func expectSingle(
        _ expected: UInt16?, now: UInt64, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let port = takeSingle(now: now)
        #expect(port == expected, sourceLocation: sourceLocation)
    }

    fileprivate mutating func expectPair(
        _ expected: UInt16?, now: UInt64, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let port = takePair(now: now)
        #expect(port == expected, sourceLocation: sourceLocation)
    }
}

/// A small deterministic generator (Steele, Lea and Flood 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
