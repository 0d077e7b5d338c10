import Bencode
import Testing

@testable import Telemetry

/// The text that Prometheus reads.
@Suite struct PrometheusTextTests {
    private let metrics: [MetricDeclaration] = [
        .init("a_total", .counter, "One\nvalue \\ two", .values([.init("s", "a")])),
        .init(
            "b", .gauge, labels: ["kind"], "Two",
            .values([.init("s", "b1", labels: ["x"]), .init("s", "b2", labels: ["y"])])),
        .init(
            "c", .gauge, labels: ["name", "way"], "Each",
            .elements(
                path: ["list"], keys: ["name"],
                series: [.init("in", "n", labels: ["in"]), .init("out", labels: ["out"])])),
        .init("d_total", .counter, labels: ["reason"], "Entries", .entries(path: ["drops"])),
        .init("e_info", .gauge, labels: ["name"], "Info", .elements(path: ["list"], keys: ["name"], series: [.init()])),
        .init("f_seconds", .histogram, "Spread", .histogram),
        .init("g", .gauge, "Absent", .values([.init("s", "nothing")])),
    ]

    @Test func everyKindOfSourceIsWritten() {
        var histogram = Histogram(bounds: [0.5, 1])
        for value in [0.25, 0.5, 0.75, 7] { histogram.observe(value) }
        histogram.observe(.nan)
        let snapshot = StatisticsSnapshot(
            statistics: [
                "s": ["a": "1.500000", "b1": 2, "b2": "no number"],
                "list": [["name": "q\"\\\n", "in": ["n": 3], "out": "4"], ["name": "z"]],
            ], own: ["drops": ["noSink": 5]], histograms: ["f_seconds": histogram])
        #expect(
            PrometheusText.text(snapshot, metrics) == #"""
                # HELP a_total One\nvalue \\ two
                # TYPE a_total counter
                a_total 1.500000
                # HELP b Two
                # TYPE b gauge
                b{kind="x"} 2
                # HELP c Each
                # TYPE c gauge
                c{name="q\"\\\n",way="in"} 3
                c{name="q\"\\\n",way="out"} 4
                # HELP d_total Entries
                # TYPE d_total counter
                d_total{reason="noSink"} 5
                # HELP e_info Info
                # TYPE e_info gauge
                e_info{name="q\"\\\n"} 1
                e_info{name="z"} 1
                # HELP f_seconds Spread
                # TYPE f_seconds histogram
                f_seconds_bucket{le="0.5"} 2
                f_seconds_bucket{le="1.0"} 3
                f_seconds_bucket{le="+Inf"} 4
                f_seconds_sum 8.5
                f_seconds_count 4

                """#)
    }

    @Test(
        arguments: [
            ("1", true), ("-2.50", true), ("", false), ("-", false), (".5", false), ("1.", false), ("1.2.3", false),
            ("10.0.0.1", false), ("inf", false), ("1e5", false),
        ])
    func numbersArePlainDecimals(_ text: String, _ isNumber: Bool) {
        #expect(DecimalText.isNumber(text) == isNumber)
    }
}
