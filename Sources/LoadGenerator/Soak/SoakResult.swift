/// What a relay holds at one moment of a soak.
public struct SoakSample: Equatable, Sendable {
    /// Calls in its `list`, at most 1000; `nil` when it does not say.
    public var calls: Int?
    /// Open descriptors.
    public var descriptors: Int?
    /// UDP sockets bound to its media ports.
    public var boundPorts: Int?
    /// Ports in use by its own `statistics`; `nil` when it does not say.
    public var usedPorts: Int?
    /// Resident memory in bytes.
    public var residentBytes: Int?

    /// Nothing known.
    public init() {}
}

/// A round of a soak.
public struct SoakRound: Equatable, Sendable {
    /// With all calls up.
    public var loaded: SoakSample
    /// After all calls were deleted.
    public var settled: SoakSample
    /// The media of the round.
    public var tally: MediaTally

    package init(loaded: SoakSample, settled: SoakSample, tally: MediaTally) {
        self.loaded = loaded
        self.settled = settled
        self.tally = tally
    }
}

/// The outcome of a soak.
public struct SoakResult: Sendable {
    /// Before the first call.
    public let idle: SoakSample
    /// Rounds at the beginning that are not judged, except for lost packets.
    public let warmUpRounds: Int
    /// All rounds in turn.
    public let rounds: [SoakRound]
    /// What was not given back, and packets that were lost or damaged; empty when all is well.
    public let findings: [String]

    /// Nothing was kept and nothing was lost.
    public var isFlat: Bool { findings.isEmpty }

    package init(idle: SoakSample, warmUpRounds: Int, rounds: [SoakRound], residentGrowth: Int) {
        self.idle = idle
        self.warmUpRounds = warmUpRounds
        self.rounds = rounds
        findings =
            Self.judge(
                idle: idle, judged: rounds.dropFirst(warmUpRounds).map(\.settled), residentGrowth: residentGrowth)
            + Self.judge(media: rounds.map(\.tally))
    }

    private static func judge(idle: SoakSample, judged: [SoakSample], residentGrowth: Int) -> [String] {
        guard judged.count >= 2, let first = judged.first, let last = judged.last else {
            return ["too few rounds to judge"]
        }
        var findings: [String] = []
        func compare(_ name: String, _ now: Int?, _ allowed: Int?) {
            guard let now, let allowed, now > allowed else { return }
            findings.append("\(name): \(now) after the last round, at most \(allowed) expected")
        }
        compare("calls", last.calls, idle.calls)
        // A relay may open a descriptor at its first call and keep it.
        compare("descriptors", last.descriptors, first.descriptors)
        compare("bound ports", last.boundPorts, idle.boundPorts)
        compare("ports in use", last.usedPorts, idle.usedPorts)
        // Medians of several rounds where there are many: a single one may have met a table as it grew, or as it shrank.
        let span = max(1, judged.count / 10)
        compare(
            "resident KiB", medianResidentKiB(judged.suffix(span)),
            medianResidentKiB(judged.prefix(span)).map { $0 + residentGrowth })
        return findings
    }

    private static func medianResidentKiB(_ samples: ArraySlice<SoakSample>) -> Int? {
        let sorted = samples.compactMap(\.residentBytes).sorted()
        return sorted.isEmpty ? nil : sorted[sorted.count / 2] / 1024
    }

    private static func judge(media: [MediaTally]) -> [String] {
        media.enumerated().compactMap { number, tally in
            guard tally.lost + tally.corrupted + tally.unexpected > 0 else { return nil }
            return "round \(number + 1): \(tally.lost) packets lost, \(tally.corrupted) corrupted, "
                + "\(tally.unexpected) unexpected"
        }
    }

    /// A table with a row for each round, and the judgement.
    public var text: String {
        var table = TextTable([
            "after", "calls", "descriptors", "bound ports", "ports in use", "RSS KiB", "loaded RSS KiB", "packets",
            "lost",
        ])
        table.append(["start"] + idle.cells + ["-", "-", "-"])
        for (number, round) in rounds.enumerated() {
            table.append(
                [(number < warmUpRounds ? "warm-up " : "round ") + "\(number + 1)"] + round.settled.cells + [
                    Self.cell(round.loaded.residentBytes.map { $0 / 1024 }), "\(round.tally.sent)",
                    "\(round.tally.lost)",
                ])
        }
        return table.text + (isFlat ? "flat\n" : findings.map { "NOT flat: \($0)\n" }.joined())
    }

    fileprivate static func cell(_ value: Int?) -> String { value.map(String.init) ?? "-" }

    /// The same as JSON.
    public var json: JSONText {
        .object([
            ("flat", .boolean(isFlat)),
            ("findings", .array(findings.map { .string($0) })),
            ("warm_up_rounds", .integer(warmUpRounds)), ("idle", idle.json),
            (
                "rounds",
                .array(
                    rounds.map { round in
                        .object([
                            ("loaded", round.loaded.json), ("settled", round.settled.json),
                            ("sent", .integer(Int(clamping: round.tally.sent))),
                            ("lost", .integer(Int(clamping: round.tally.lost))),
                        ])
                    })
            ),
        ])
    }
}

extension SoakSample {
    fileprivate var cells: [String] {
        [calls, descriptors, boundPorts, usedPorts, residentBytes.map { $0 / 1024 }].map(SoakResult.cell)
    }

    fileprivate var json: JSONText {
        let members: [(name: String, value: Int?)] = [
            ("calls", calls), ("descriptors", descriptors), ("bound_ports", boundPorts), ("used_ports", usedPorts),
            ("resident_bytes", residentBytes),
        ]
        return .object(members.map { ($0.name, $0.value.map(JSONText.integer) ?? .null) })
    }
}
