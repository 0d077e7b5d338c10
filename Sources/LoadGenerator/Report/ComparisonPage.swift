import Glibc

extension ComparisonResult {
    /// Writes ``page`` into a file.
    public func writePage(to path: String) throws(LoadError) { try SystemFile.write(page, to: path) }

    /// A page of its own with charts of what was measured; it refers to nothing outside.
    public var page: String {
        let relays = options.relays.map { relay in
            switch relay.kind {
            case .command(let command):
                "<li><b>\(relay.name.escapedForHTML)</b>: <code>\(command.escapedForHTML)</code></li>"
            case .nullBound: "<li><b>\(relay.name)</b>: one receive and one send a packet, nothing else</li>"
            }
        }
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>Relays beside each other</title>
            <style>
            body { font: 15px/1.45 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222 }
            svg { width: 100%; height: auto; font: 11px sans-serif; margin: 1em 0 }
            pre { overflow-x: auto; background: #f5f5f5; padding: 1em; font-size: 12px }
            </style></head><body>
            <h1>Relays beside each other</h1>
            <p>\(options.rounds) rounds; in each, every relay was measured once, in an order that rotates. Points are medians of
            the rounds that nothing disturbed, bars reach from the smallest to the largest. Ratios refer to
            \(options.relays.first?.name.escapedForHTML ?? ""), measured in the same round. Relay and load generator share one
            machine and its loopback.</p>
            <ul>\(relays.joined())</ul>
            \(costChart)\(ratioChart)\(scenarios.map(\.delayChart).joined())
            <h2>Figures</h2>
            <pre>\(table.escapedForHTML)</pre>
            </body></html>

            """
    }

    private var costChart: String {
        var counts: Set<Int> = []
        let series = options.relays.indices.map { index in
            SVGChart.Series(
                name: options.relays[index].name,
                points: scenarios.compactMap { result in
                    guard case .media(let load) = result.scenario, load.security == CallSecurity(),
                        let spread = result.spread(.processorTimePerPacket, of: result.relays[index])
                    else { return nil }
                    counts.insert(load.calls)
                    return SVGChart.Point(
                        x: Double(load.calls), y: spread.median, range: spread.minimum...spread.maximum)
                })
        }
        guard counts.count > 1 else { return "" }
        return SVGChart(
            title: "Cost of RTP against calls", xTitle: "calls", yTitle: "CPU ns per packet", series: series
        ).text
    }

    private var ratioChart: String {
        let series = options.relays.indices.dropFirst().map { index in
            SVGChart.Series(
                name: options.relays[index].name,
                points: scenarios.enumerated().compactMap { place, result in
                    guard let spread = result.ratio(result.scenario.leadingMetric, of: result.relays[index]) else {
                        return nil
                    }
                    return SVGChart.Point(
                        x: Double(place), y: spread.median, range: spread.minimum...spread.maximum)
                }, isJoined: false)
        }
        guard !series.isEmpty else { return "" }
        return SVGChart(
            title: "Cost as a ratio to \(options.relays[0].name)", xTitle: "", yTitle: "ratio",
            xScale: .categories(scenarios.map(\.scenario.shortTitle)), series: series
        ).text
    }
}

extension ScenarioResult {
    fileprivate var delayChart: String {
        let shares = (0...80).map { 1 - pow10(-Double($0) / 20) }
        let series = relays.map { relay in
            var delays = DelayHistogram()
            for round in roundsCounted { if let more = relay.rounds[round]?.delays { delays.add(more) } }
            // A share that stands for less than one packet says nothing.
            let count = Double(delays.count)
            return SVGChart.Series(
                name: relay.relay.name,
                points: shares.filter { (1 - $0) * count >= 1 }.compactMap { share in
                    delays.percentile(share).map { SVGChart.Point(x: share, y: Double($0) / 1e3) }
                })
        }
        guard series.contains(where: { !$0.points.isEmpty }) else { return "" }
        return SVGChart(
            title: "Delay: \(scenario.title)", xTitle: "% of packets that were not slower", yTitle: "microseconds",
            xScale: .nines, yScale: .logarithmic, series: series
        ).text
    }

    private func pow10(_ exponent: Double) -> Double { pow(10, exponent) }
}

extension ComparisonScenario {
    /// The figure that stands for the cost.
    fileprivate var leadingMetric: Metric {
        switch self {
        case .media: .processorTimePerPacket
        case .signalling: .processorTimePerCall
        case .capacity: .packetsPerSecond
        }
    }

    /// A few words below a chart.
    fileprivate var shortTitle: String {
        switch self {
        case .media(let load): "\(load.security.shortTitle), \(load.calls)"
        case .signalling: "signalling"
        case .capacity: "packets/s"
        }
    }
}
