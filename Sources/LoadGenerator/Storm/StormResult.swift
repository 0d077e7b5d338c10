/// One window of a storm check.
public struct StormWindow: Equatable, Sendable {
    /// The round, from 0.
    public let round: Int
    /// What ran beside the media.
    public let load: StormLoad
    /// Delays of the established calls' packets, from the generator's sending to the relay's, by the kernel's clock.
    public let delays: DelaySummary
    /// What became of those packets.
    public let tally: MediaTally
    /// Processor time of the relay as a share of one processor.
    public let relayProcessorShare: Double?
    /// Handshakes that ended well, in a second.
    public let handshakesPerSecond: Double
    /// Handshakes or requests that failed.
    public let failedHandshakes: UInt64
    /// Handshakes that were not begun because too many were under way.
    public let postponedHandshakes: UInt64
    /// Ends computed without a relay, in a second.
    public let controlPerSecond: Double
    /// The first failure of any window so far.
    public let failure: String?
    /// What may have disturbed the window.
    public let disturbances: [Disturbance]

    package init(
        round: Int, load: StormLoad, delays: DelaySummary, tally: MediaTally = MediaTally(),
        relayProcessorShare: Double? = nil, handshakesPerSecond: Double = 0, failedHandshakes: UInt64 = 0,
        postponedHandshakes: UInt64 = 0, controlPerSecond: Double = 0, failure: String? = nil,
        disturbances: [Disturbance] = []
    ) {
        self.round = round
        self.load = load
        self.delays = delays
        self.tally = tally
        self.relayProcessorShare = relayProcessorShare
        self.handshakesPerSecond = handshakesPerSecond
        self.failedHandshakes = failedHandshakes
        self.postponedHandshakes = postponedHandshakes
        self.controlPerSecond = controlPerSecond
        self.failure = failure
        self.disturbances = disturbances
    }

    /// The window in a line.
    var line: String {
        var parts = [
            "p50 \((Double(delays.median) / 1e3).text(decimals: 1)) us",
            "p99 \((Double(delays.p99) / 1e3).text(decimals: 1)) us", "\(tally.lost) lost",
        ]
        if load == .storm { parts.append("\(handshakesPerSecond.text(decimals: 0)) handshakes/s") }
        if load == .control { parts.append("\(controlPerSecond.text(decimals: 0)) ends/s computed") }
        if failedHandshakes > 0 { parts.append("\(failedHandshakes) failed") }
        parts += disturbances.map(\.description)
        return parts.joined(separator: ", ")
    }
}

/// All windows of one relay.
public struct StormRelay: Equatable, Sendable {
    /// The relay.
    public let relay: RelayUnderTest
    /// Its windows in the order of time.
    public let windows: [StormWindow]

    package init(relay: RelayUnderTest, windows: [StormWindow]) {
        self.relay = relay
        self.windows = windows
    }

    /// A figure of the windows with this load.
    public func spread(_ load: StormLoad, _ figure: (StormWindow) -> Double) -> Spread? {
        Spread(windows.filter { $0.load == load }.map(figure))
    }

    /// By how many percent the 99th percentile with the storm exceeds the one with `reference` in the same round.
    public func change(against reference: StormLoad) -> Spread? {
        let pairs = windows.filter { $0.load == .storm }.map { storm -> (Double?, Double?) in
            let other = windows.first { $0.load == reference && $0.round == storm.round }
            return (Double(storm.delays.p99), other.map { Double($0.delays.p99) })
        }
        guard let ratio = Spread(of: pairs.map(\.0), to: pairs.map(\.1)) else { return nil }
        return Spread([ratio.minimum, ratio.median, ratio.maximum].map { ($0 - 1) * 100 })
    }

    /// As ``change(against:)``, between the calmest quarters of the windows: between the highest 99th percentiles there.
    /// What a busy host takes away from a virtual machine makes delays longer, never shorter, so the calm windows tell
    /// most of the relay.
    public func calmChange(against reference: StormLoad) -> Double? {
        guard let storm = calmP99(.storm), let other = calmP99(reference), other > 0 else { return nil }
        return (storm / other - 1) * 100
    }

    private func calmP99(_ load: StormLoad) -> Double? {
        let sorted = windows.filter { $0.load == load }.map { Double($0.delays.p99) }.sorted()
        return sorted.isEmpty ? nil : sorted[(sorted.count - 1) / 4]
    }

    /// Windows without one failed handshake, one lost or one damaged packet.
    public var isSound: Bool {
        windows.allSatisfy {
            $0.failedHandshakes == 0 && $0.tally.corrupted == 0 && $0.tally.unexpected == 0 && $0.tally.duplicated == 0
        }
    }
}

/// The outcome of a storm check.
public struct StormResult: Sendable {
    /// What was asked for.
    public let options: StormOptions
    /// One for each relay.
    public let relays: [StormRelay]

    package init(options: StormOptions, relays: [StormRelay]) {
        self.options = options
        self.relays = relays
    }

    /// Whether no handshake failed and no packet was damaged.
    public var isSound: Bool { relays.allSatisfy(\.isSound) }

    /// What was measured, in a line.
    public var title: String {
        "storm: \(options.calls) calls"
            + (options.security == CallSecurity() ? "" : " (\(options.security.title))")
            + ", beside them \(options.handshakesPerSecond) calls with ICE and DTLS set up and deleted per second"
    }

    /// A table for a terminal: medians of all windows of a kind, and what the storm changes.
    public var table: String {
        var table = TextTable([
            "median of \(options.rounds) windows", "p50 us", "p99 us", "p99.9 us", "max us", "lost", "relay CPU %",
            "handshakes/s", "failed",
        ])
        for relay in relays {
            for load in StormLoad.allCases {
                table.append(["\(relay.relay.name), \(load.title)"] + cells(relay, load))
            }
        }
        return title + "\n" + table.text + relays.map(Self.verdict).joined()
    }

    private func cells(_ relay: StormRelay, _ load: StormLoad) -> [String] {
        let windows = relay.windows.filter { $0.load == load }
        func middle(_ decimals: Int, _ figure: (StormWindow) -> Double) -> String {
            relay.spread(load, figure)?.median.text(decimals: decimals) ?? "-"
        }
        return [
            middle(1) { Double($0.delays.median) / 1e3 }, middle(1) { Double($0.delays.p99) / 1e3 },
            middle(1) { Double($0.delays.p999) / 1e3 }, middle(1) { Double($0.delays.maximum) / 1e3 },
            "\(windows.reduce(0) { $0 + $1.tally.lost })", middle(1) { ($0.relayProcessorShare ?? .nan) * 100 },
            middle(0) { $0.handshakesPerSecond }, "\(windows.reduce(0) { $0 + $1.failedHandshakes })",
        ]
    }

    private static func verdict(_ relay: StormRelay) -> String {
        func text(_ spread: Spread?) -> String {
            guard let spread else { return "-" }
            let numbers = [spread.median, spread.minimum, spread.maximum].map { $0.text(decimals: 1) }
            return "\(numbers[0]) % (\(numbers[1])...\(numbers[2]))"
        }
        func percent(_ change: Double?) -> String { change.map { "\($0.text(decimals: 1)) %" } ?? "-" }
        let failure = relay.windows.last?.failure.map { "\(relay.relay.name): first failure: \($0)\n" } ?? ""
        let postponed = relay.windows.reduce(0) { $0 + $1.postponedHandshakes }
        return "\(relay.relay.name): p99 changes by \(text(relay.change(against: .none))), "
            + "against control by \(text(relay.change(against: .control)))\n"
            + "\(relay.relay.name): in the calmest quarter of the windows by \(percent(relay.calmChange(against: .none))), "
            + "against control by \(percent(relay.calmChange(against: .control)))\n" + failure
            + (postponed > 0 ? "\(relay.relay.name): \(postponed) handshakes could not begin in time\n" : "")
    }

    /// The same and every window as JSON.
    public var json: JSONText {
        .object([
            ("title", .string(title)), ("calls", .integer(options.calls)),
            ("handshakes_per_second", .integer(options.handshakesPerSecond)), ("sound", .boolean(isSound)),
            ("relays", .array(relays.map(Self.json))),
        ])
    }

    private static func json(_ relay: StormRelay) -> JSONText {
        func change(_ reference: StormLoad) -> JSONText {
            guard let spread = relay.change(against: reference) else { return .null }
            return .object([
                ("median", .number(spread.median)), ("minimum", .number(spread.minimum)),
                ("maximum", .number(spread.maximum)),
            ])
        }
        return .object([
            ("name", .string(relay.relay.name)), ("p99_change_percent", change(.none)),
            ("p99_change_percent_against_control", change(.control)),
            ("p99_calm_change_percent", relay.calmChange(against: .none).map(JSONText.number) ?? .null),
            (
                "p99_calm_change_percent_against_control",
                relay.calmChange(against: .control).map(JSONText.number) ?? .null
            ), ("windows", .array(relay.windows.map(json))),
        ])
    }

    private static func json(_ window: StormWindow) -> JSONText {
        .object([
            ("round", .integer(window.round + 1)), ("load", .string(window.load.title)),
            ("delay_p50_us", .number(Double(window.delays.median) / 1e3)),
            ("delay_p99_us", .number(Double(window.delays.p99) / 1e3)),
            ("delay_p999_us", .number(Double(window.delays.p999) / 1e3)),
            ("delay_max_us", .number(Double(window.delays.maximum) / 1e3)),
            ("relay_cpu_share", window.relayProcessorShare.map(JSONText.number) ?? .null),
            ("handshakes_per_second", .number(window.handshakesPerSecond)),
            ("handshakes_failed", .integer(Int(clamping: window.failedHandshakes))),
            ("handshakes_postponed", .integer(Int(clamping: window.postponedHandshakes))),
            ("control_ends_per_second", .number(window.controlPerSecond)),
            ("disturbances", .array(window.disturbances.map { .string($0.description) })),
            ("packets", window.tally.json),
        ])
    }
}
