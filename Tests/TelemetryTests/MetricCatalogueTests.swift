import Bencode
import CallControl
import Foundation
import Telemetry
import TestSupport
import Testing

/// Declarations, statistics and documents say the same.
@Suite struct MetricCatalogueTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }

    @Test func namesAreUniqueAndWellFormed() {
        let names = MetricCatalogue.all.map(\.name)
        #expect(Set(names).count == names.count)
        for metric in MetricCatalogue.all {
            #expect(metric.name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
            #expect(!metric.help.isEmpty && metric.help.last != ".", "\(metric.name)")
            // Our own follow Prometheus' rules; rtpengine's keep their names.
            guard metric.name.hasPrefix("millrace_") else { continue }
            #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"), "\(metric.name)")
        }
    }

    /// What rtpengine's dashboards ask for (ng-protocol §8.4) as far as the relay can have values of it.
    @Test(
        arguments: [
            #"rtpengine_sessions{type="own"} 1"#, #"rtpengine_sessions{type="foreign"} 0"#,
            "rtpengine_transcoded_media 0", #"rtpengine_mediastreams{type="userspace"} 2"#,
            "rtpengine_uptime_seconds 3", "rtpengine_call_duration_avg 0.000000", "rtpengine_sessions_total 0",
            #"rtpengine_closed_sessions_total{reason="force_terminated"} 0"#,
            #"rtpengine_packets_total{type="userspace"} 0"#, "rtpengine_one_way_sessions_total 0",
            "rtpengine_packets_lost 0", #"rtpengine_requests_total{proxy="127.0.0.1",request="offer"} 1"#,
            #"rtpengine_requests_total{proxy="127.0.0.1",request="start recording"} 0"#,
            #"rtpengine_errors_total{proxy="127.0.0.1"} 0"#,
            #"rtpengine_ports_used{name="default",address="192.0.2.10"} 4"#, "millrace_sessions_limit -1",
            "millrace_draining 0", "millrace_stream_loss_ratio_count 0",
        ])
    func seriesOfACallAreServed(_ line: String) {
        let relay = TestRelay()
        relay.offer(.audio())
        relay.answer(.audio(at: "10.0.0.2"))
        relay.clock.advance(seconds: 3)
        let lines = PrometheusText.text(relay.controller.snapshot()).split(separator: "\n").map(String.init)
        #expect(lines.contains(line))
    }

    /// A number that the statistics have and no metric declares would be unknown to everybody but ng clients.
    @Test func everyStatisticIsDeclared() {
        let relay = TestRelay()
        relay.offer(.audio())
        var declared: Set<[String]> = []
        for metric in MetricCatalogue.all {
            switch metric.source {
            case .values(let series): declared.formUnion(series.map(\.path))
            case .elements(let path, let keys, let series):
                declared.formUnion(series.map { path + $0.path })
                declared.formUnion(keys.map { path + [$0] })
            case .entries(let path): declared.insert(path)
            case .histogram: break
            }
        }
        // Sums of others, and what Prometheus computes itself.
        let derived: Set = [
            "sessionstotal", "relayedpackets", "relayedpacketerrors", "relayedbytes", "totalcallsduration_stddev",
            "used_pct", "num_shards", "min", "max", "mos_average", "mos_stddev",
        ]
        func visit(_ value: BencodeValue, _ path: [String]) {
            if let dictionary = value.dictionary {
                for entry in dictionary.entries { visit(entry.value, path + [entry.key]) }
            } else if let list = value.list {
                for element in list { visit(element, path) }
            } else {
                let key = path.last ?? ""
                let isDerived =
                    derived.contains(key) || key.hasSuffix("_average") || key.hasSuffix("_stddev")
                    || (key.hasPrefix("total") && path.first == "controlstatistics") || key.hasSuffix("rate_user")
                    || key.hasSuffix("rate_kernel")
                #expect(isDerived || declared.contains(path), "\(path)")
            }
        }
        visit(.dictionary(relay.controller.snapshot().statistics), [])
    }

    @Test func theListOfMetricsIsUpToDate() throws {
        #expect(
            try text("packaging/metrics.md") == MetricCatalogue.markdown,
            "write it anew: millrace ctl metrics > packaging/metrics.md")
    }

    /// Every metric that the dashboard and the alerts name exists.
    @Test(arguments: ["packaging/grafana-millrace.json", "packaging/alerts.yml"])
    func namesInFilesExist(_ path: String) throws {
        let names = Set(
            MetricCatalogue.all.flatMap { metric in
                metric.kind == .histogram ? ["_bucket", "_sum", "_count"].map { metric.name + $0 } : [metric.name]
            })
        let text = try text(path)
        let words = text.split { !($0.isLetter || $0.isNumber || $0 == "_") }
        let used = Set(words.filter { $0.hasPrefix("rtpengine_") || $0.hasPrefix("millrace_") }.map(String.init))
        #expect(!used.isEmpty && used.isSubset(of: names), "\(used.subtracting(names))")
        if path.hasSuffix(".json") {
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(text.utf8)) }
        }
    }
}

/// What Prometheus' own tool says of our files and of what we serve.
@Suite(.enabled(if: Promtool.path != nil, "promtool, of Debian's package prometheus, is not installed"))
struct PromtoolTests {
    @Test func alertsAreValid() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let (status, output) = try Promtool.run(["check", "rules", root.appending(path: "packaging/alerts.yml").path()])
        #expect(status == 0, "\(output)")
    }

    @Test func metricsAreValid() throws {
        let relay = TestRelay()
        relay.offer(.audio())
        relay.answer(.audio(at: "10.0.0.2"))
        relay.controller.endAllCalls()
        let text = PrometheusText.text(relay.controller.snapshot())
        let (status, output) = try Promtool.run(["check", "metrics"], input: text)
        // Status 3 is for names that could be better.
        #expect(status == 0 || status == 3, "\(output)")
        let lines = output.split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasSuffix(#"counter metrics should have "_total" suffix"#) }, "\(output)")
        #expect(Set(lines.compactMap { $0.split(separator: " ").first.map(String.init) }) == Self.knownNames)
    }

    /// Counters of rtpengine without the usual ending, which dashboards know by these names.
    private static let knownNames: Set = [
        "rtpengine_interface_duplicates", "rtpengine_interface_packets_lost", "rtpengine_packets_lost",
        "rtpengine_poller_items", "rtpengine_poller_wakeups", "rtpengine_rtp_duplicates", "rtpengine_rtp_reordered",
        "rtpengine_rtp_seq_resets", "rtpengine_rtp_skips",
    ]

    /// What the dashboard asks for can be asked.
    @Test func theDashboardsExpressionsAreValid() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "packaging/grafana-millrace.json"))
        let expressions = Self.expressions(try JSONSerialization.jsonObject(with: data)).map {
            $0.replacingOccurrences(of: "$__rate_interval", with: "5m")
        }
        try #require(expressions.count > 10)
        // Rules may have any expression, and JSON is YAML.
        let rules = expressions.enumerated().map { ["record": "dashboard:expression\($0)", "expr": $1] }
        let file = FileManager.default.temporaryDirectory.appending(path: "dashboard-\(UUID().uuidString).yml")
        let groups = ["groups": [["name": "dashboard", "rules": rules]]]
        try JSONSerialization.data(withJSONObject: groups, options: .withoutEscapingSlashes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let (status, output) = try Promtool.run(["check", "rules", file.path()])
        #expect(status == 0, "\(output)")
    }

    private static func expressions(_ value: Any) -> [String] {
        if let object = value as? [String: Any] {
            return [object["expr"] as? String].compactMap { $0 } + object.values.flatMap(expressions)
        }
        return (value as? [Any] ?? []).flatMap(expressions)
    }
}

/// The tool as a child process.
private enum Promtool {
    static let path = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    static func run(_ arguments: [String], input: String = "") throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: try #require(path))
        process.arguments = arguments
        let (inputPipe, outputPipe) = (Pipe(), Pipe())
        process.standardInput = inputPipe
        process.standardOutput = outputPipe
        process.standardError = outputPipe
        try process.run()
        try inputPipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try inputPipe.fileHandleForWriting.close()
        let output = outputPipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
