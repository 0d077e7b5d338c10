import LoadGenerator
import Testing

struct ComparisonResultTests {
    private static func run(_ cost: Double, disturbed: Bool = false) -> Measurement {
        var measurement = Measurement()
        measurement.figures = [(.processorTimePerPacket, cost)]
        measurement.disturbances = disturbed ? [.unsentPackets(1)] : []
        return measurement
    }

    private static func result(_ reference: [Measurement?], _ other: [Measurement?]) -> ScenarioResult {
        ScenarioResult(
            scenario: .media(LoadOptions()),
            relays: [
                RelayResult(relay: RelayUnderTest(name: "a", kind: .command("a")), rounds: reference),
                RelayResult(relay: RelayUnderTest(name: "b", kind: .nullBound), rounds: other),
            ])
    }

    @Test func ratioIsTheMedianOfRatios() {
        let result = Self.result([Self.run(10), Self.run(20), Self.run(10)], [Self.run(5), Self.run(5), Self.run(8)])
        let ratio = result.ratio(.processorTimePerPacket, of: result.relays[1])
        #expect(ratio == Spread([0.5, 0.25, 0.8]))
        #expect(result.roundsCounted == [0, 1, 2])
    }

    @Test func disturbedRoundsDoNotCount() {
        let result = Self.result([Self.run(10), Self.run(20, disturbed: true)], [Self.run(5), Self.run(5)])
        #expect(result.roundsCounted == [0])
        #expect(result.spread(.processorTimePerPacket, of: result.relays[0])?.maximum == 10)
        #expect(result.relays[0].disturbedRounds == 1)
    }

    @Test func onlyDisturbedRoundsCountAll() {
        let result = Self.result([Self.run(10, disturbed: true)], [Self.run(5)])
        #expect(result.ratio(.processorTimePerPacket, of: result.relays[1])?.median == 0.5)
    }

    @Test func missingFiguresShowAsDashes() {
        let scenario = Self.result([Self.run(10)], [nil])
        let options = ComparisonOptions(relays: scenario.relays.map(\.relay), scenarios: [scenario.scenario])
        let result = ComparisonResult(options: options, scenarios: [scenario])
        let rows = result.table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(rows.contains { $0.prefix(3) == ["a", "10", "-"] })
        #expect(rows.contains { $0.prefix(3) == ["b", "-", "-"] })
        #expect(result.json.text.contains("\"cpu_ns_per_packet\": {\n"))
        #expect(result.isSound)
    }

    @Test func defectsShow() {
        var bad = Self.run(10)
        bad.defects = ["3 packets corrupted"]
        let scenario = Self.result([bad], [Self.run(1)])
        let options = ComparisonOptions(relays: scenario.relays.map(\.relay), scenarios: [scenario.scenario])
        let result = ComparisonResult(options: options, scenarios: [scenario])
        #expect(!result.isSound)
        #expect(result.table.hasSuffix("a: 3 packets corrupted\n"))
    }

    @Test func everyRelayTakesEveryPlaceInTheOrder() {
        for turn in 0..<3 {
            #expect(Set((0..<3).map { Comparison.order(round: $0, turn: turn, of: 3) }) == [0, 1, 2])
        }
    }
}
