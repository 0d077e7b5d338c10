import LoadGenerator
import Testing

struct SoakResultTests {
    private static func sample(calls: Int = 0, descriptors: Int = 7, ports: Int = 0, kibibytes: Int = 40_000)
        -> SoakSample
    {
        var sample = SoakSample()
        sample.calls = calls
        sample.descriptors = descriptors
        sample.boundPorts = ports
        sample.usedPorts = ports
        sample.residentBytes = kibibytes * 1024
        return sample
    }

    private static func result(_ settled: [SoakSample], warmUpRounds: Int = 0) -> SoakResult {
        SoakResult(
            idle: sample(), warmUpRounds: warmUpRounds,
            rounds: settled.map { SoakRound(loaded: sample(calls: 9), settled: $0, tally: MediaTally()) },
            residentGrowth: 100)
    }

    @Test func steadyIsFlat() {
        let result = Self.result([Self.sample(), Self.sample(kibibytes: 40_050), Self.sample(kibibytes: 40_100)])
        #expect(result.isFlat)
        #expect(result.text.hasSuffix("flat\n"))
        #expect(result.json.text.contains("\"flat\": true"))
    }

    @Test(arguments: [
        (sample(calls: 1), "calls"), (sample(descriptors: 8), "descriptors"), (sample(ports: 1), "bound ports"),
        (sample(kibibytes: 40_101), "resident KiB"),
    ])
    func whatIsKeptIsFound(last: SoakSample, finding: String) {
        let result = Self.result([Self.sample(), Self.sample(), last])
        #expect(result.findings.contains { $0.hasPrefix(finding) })
        #expect(!result.isFlat)
    }

    @Test func growthInTheWarmUpIsNotJudged() {
        let grown = Self.sample(kibibytes: 90_000)
        #expect(Self.result([Self.sample(), grown, grown], warmUpRounds: 1).isFlat)
        #expect(!Self.result([Self.sample(), grown, grown]).isFlat)
    }

    /// Tenths of the rounds are compared: neither does one high round excuse growth, nor does a low one feign it.
    @Test func manyRoundsAreJudgedByTheirTenths() {
        let rounds = (0..<100).map { Self.sample(kibibytes: $0 == 0 ? 39_000 : 40_000 + $0 % 10 * 20) }
        #expect(Self.result(rounds).isFlat)
        #expect(!Self.result((0..<100).map { Self.sample(kibibytes: 40_000 + $0 * 2) }).isFlat)
        let atTheEnd = (0..<100).map { Self.sample(kibibytes: $0 < 92 ? 40_000 : 40_101) }
        #expect(!Self.result(atTheEnd).isFlat)
    }

    /// In the first tenth as in the last one.
    @Test(arguments: [3, 95])
    func oneHighRoundChangesNothing(_ high: Int) {
        #expect(!Self.result((0..<100).map { Self.sample(kibibytes: $0 == high ? 41_000 : 40_000 + $0 * 9) }).isFlat)
        #expect(Self.result((0..<100).map { Self.sample(kibibytes: $0 == high ? 41_000 : 40_000) }).isFlat)
    }

    @Test func oneRoundIsTooFew() {
        #expect(!Self.result([Self.sample()]).isFlat)
    }
}
