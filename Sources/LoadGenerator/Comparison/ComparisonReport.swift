extension ComparisonResult {
    /// Tables for a terminal: medians, below them the ratio to the reference, with the smallest and largest ratio of
    /// any round.
    public var table: String {
        scenarios.map { result in
            "\(result.scenario.title)\n" + result.table + result.remarks
        }.joined(separator: "\n")
    }

    /// The same and every single run as JSON.
    public var json: JSONText {
        .object([
            ("reference", .string(options.relays.first?.name ?? "")),
            ("rounds", .integer(options.rounds)),
            ("sound", .boolean(isSound)),
            ("scenarios", .array(scenarios.map(\.json))),
        ])
    }
}

extension ScenarioResult {
    fileprivate var table: String {
        let metrics = scenario.metrics
        var table = TextTable(["median of \(roundsCounted.count) rounds"] + metrics.map(\.title))
        for (index, relay) in relays.enumerated() {
            table.append(
                [relay.relay.name] + metrics.map { spread($0, of: relay)?.median.text(decimals: $0.decimals) ?? "-" })
            guard index > 0 else { continue }
            table.append(["  ratio"] + metrics.map { ratio($0, of: relay)?.ratioText ?? "-" })
            table.append(["  min...max"] + metrics.map { ratio($0, of: relay)?.rangeText ?? "-" })
        }
        return table.text
    }

    fileprivate var remarks: String {
        relays.map { relay in
            let name = relay.relay.name
            let disturbed =
                relay.disturbedRounds > 0 ? "\(name): \(relay.disturbedRounds) rounds were disturbed\n" : ""
            return disturbed + (relay.defects.prefix(5) + relay.remarks).map { "\(name): \($0)\n" }.joined()
        }.joined()
    }

    fileprivate var json: JSONText {
        .object([
            ("title", .string(scenario.title)),
            ("parameters", scenario.parameters),
            ("rounds_counted", .array(roundsCounted.map { .integer($0 + 1) })),
            ("relays", .array(relays.map(json(of:)))),
        ])
    }

    private func json(of relay: RelayResult) -> JSONText {
        let figures = scenario.metrics.compactMap { metric -> (name: String, value: JSONText)? in
            guard let spread = spread(metric, of: relay) else { return nil }
            let ratio = ratio(metric, of: relay)?.json ?? .null
            return (metric.rawValue, .object(spread.members + [("ratio", ratio)]))
        }
        return .object([
            ("name", .string(relay.relay.name)),
            ("command", relay.relay.commandText),
            ("figures", .object(figures)),
            ("disturbed_rounds", .integer(relay.disturbedRounds)),
            ("rounds", .array(relay.rounds.map { $0?.json ?? .null })),
        ])
    }
}

extension ComparisonScenario {
    fileprivate var parameters: JSONText {
        switch self {
        case .media(let options):
            .object([
                ("calls", .integer(options.calls)),
                ("payload_length", .integer(options.workload.payloadLength)),
                ("packets_per_second", .integer(options.workload.packetsPerSecond)),
                ("packets_per_burst", .integer(options.workload.packetsPerBurst)),
                ("caller", .string(options.security.caller.rawValue)),
                ("callee", .string(options.security.callee.rawValue)),
                ("suite", .string(options.security.suite.rawValue)),
                ("rtcp_mux", .boolean(options.multiplexed)),
                ("connected", .boolean(options.connected)),
                ("seconds", .number(options.duration)),
            ])
        case .capacity(let options):
            .object([
                ("calls", .integer(options.calls)), ("payload_length", .integer(options.workload.payloadLength)),
                ("packets_per_burst", .integer(options.workload.packetsPerBurst)),
                ("seconds", .number(options.duration)),
            ])
        case .signalling(let options):
            .object([("outstanding", .integer(options.outstanding)), ("seconds", .number(options.duration))])
        }
    }
}

extension RelayUnderTest {
    fileprivate var commandText: JSONText {
        switch kind {
        case .command(let command): .string(command)
        case .nullBound: .null
        }
    }
}

extension Spread {
    fileprivate var ratioText: String { median.text(decimals: 2) }

    fileprivate var rangeText: String { minimum.text(decimals: 2) + "..." + maximum.text(decimals: 2) }

    fileprivate var members: [(name: String, value: JSONText)] {
        [("median", .number(median)), ("minimum", .number(minimum)), ("maximum", .number(maximum))]
    }

    fileprivate var json: JSONText { .object(members) }
}

extension Measurement {
    fileprivate var json: JSONText {
        var members = figures.map { (name: $0.metric.rawValue, value: JSONText.number($0.value)) }
        if let tally { members.append(("packets", tally.json)) }
        members.append(("disturbances", .array(disturbances.map { .string($0.description) })))
        members.append(("defects", .array(defects.map { .string($0) })))
        members.append(("remarks", .array(remarks.map { .string($0) })))
        return .object(members)
    }
}

extension MediaTally {
    var json: JSONText {
        let members: [(name: String, value: UInt64)] = [
            ("sent", sent), ("received", received), ("lost", lost), ("reordered", reordered),
            ("duplicated", duplicated), ("corrupted", corrupted), ("unexpected", unexpected), ("unsent", unsent),
            ("forwarded", forwarded), ("late_sends", lateSends), ("latest_send_ns", latestSend),
        ]
        return .object(members.map { ($0.name, .integer(Int(clamping: $0.value))) })
    }
}
