import LoadGenerator
import Testing

struct SpreadTests {
    @Test(arguments: [
        ([3.0], 3.0, 3.0, 3.0), ([4, 1, 3], 3, 1, 4), ([4, 1, 3, 2], 2.5, 1, 4), ([5, 5, 5, 5], 5, 5, 5),
        ([.infinity, 2, .nan], 2, 2, 2),
    ])
    func medianAndExtremes(values: [Double], median: Double, minimum: Double, maximum: Double) throws {
        let spread = try #require(Spread(values))
        #expect(spread.median == median)
        #expect(spread.minimum == minimum)
        #expect(spread.maximum == maximum)
    }

    @Test func nothingHasNoSpread() {
        #expect(Spread([]) == nil)
        #expect(Spread([.nan]) == nil)
    }

    @Test func ratiosAreOfTheSameRound() throws {
        let spread = try #require(Spread(of: [2, 9, nil, 4, 1], to: [4, 3, 1, nil, 0]))
        #expect(spread.minimum == 0.5)
        #expect(spread.maximum == 3)
        #expect(Spread(of: [1, 2], to: [0, nil]) == nil)
    }
}
