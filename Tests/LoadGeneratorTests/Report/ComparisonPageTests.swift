import Testing

@testable import LoadGenerator

struct ComparisonPageTests {
    private static func scenario(calls: Int) -> ScenarioResult {
        var load = LoadOptions()
        load.calls = calls
        let relays = [
            RelayUnderTest(name: "a<b", kind: .command("a --x='&'")), RelayUnderTest(name: "c", kind: .nullBound),
        ]
        return ScenarioResult(
            scenario: .media(load),
            relays: relays.enumerated().map { index, relay in
                RelayResult(
                    relay: relay,
                    rounds: (0..<3).map { round in
                        var measurement = Measurement()
                        measurement.figures = [(.processorTimePerPacket, Double(1000 * (index + 1) + round * calls))]
                        var delays = DelayHistogram()
                        for value in 1...2000 { delays.record(UInt64(value * 100)) }
                        measurement.delays = delays
                        return measurement
                    })
            })
    }

    @Test func thePageHasItsChartsAndNothingFromOutside() {
        let scenarios = [Self.scenario(calls: 100), Self.scenario(calls: 500)]
        let options = ComparisonOptions(
            relays: scenarios[0].relays.map(\.relay), scenarios: scenarios.map(\.scenario))
        let page = ComparisonResult(options: options, scenarios: scenarios).page
        #expect(page.split(separator: "<svg").count - 1 == 4)
        #expect(page.split(separator: "</svg>").count - 1 == 4)
        #expect(page.contains("a&lt;b"))
        #expect(page.contains("--x='&amp;'"))
        #expect(!page.contains("nan") && !page.contains("inf"))
        #expect(!page.contains("http") && !page.contains("src="))
    }

    @Test func nothingMeasuredIsSaid() {
        let chart = SVGChart(title: "x", xTitle: "", yTitle: "", series: [.init(name: "a", points: [])])
        #expect(chart.text == "<p>x: nothing was measured.</p>\n")
    }

    @Test func axesContainTheirValues() throws {
        let linear = try #require(ChartAxis(.linear, values: [3, 97], startsAtZero: true))
        #expect(linear.place(0) == 0)
        #expect(linear.place(97) <= 1)
        #expect(linear.ticks.map(\.name) == ["0", "20", "40", "60", "80", "100"])
        let logarithmic = try #require(ChartAxis(.logarithmic, values: [30, 2000], startsAtZero: true))
        #expect(logarithmic.ticks.map(\.name) == ["10", "100", "1000", "10000"])
        let nines = try #require(ChartAxis(.nines, values: [0, 0.999], startsAtZero: false))
        #expect(abs(nines.place(0.9) - 1.0 / 3) < 0.01)
        #expect(ChartAxis(.logarithmic, values: [0], startsAtZero: false) == nil)
    }
}
