internal import CallControl
internal import Diagnosis
internal import Telemetry

/// A call in short, as JSON.
enum CallJSON {
    static func value(_ call: CallOverview) -> JSONValue {
        .object([
            "call-id": .string(call.callID), "created": .number(Double(call.createdMicroseconds) / 1e6),
            "proxy": .string("\(call.client)"), "answered": .boolean(call.isAnswered),
            "ending": .boolean(call.isDeletionPending), "debug": .boolean(call.isDebugged),
            "tags": .array(call.tags.map { .string($0) }), "ports": .integer(Int64(call.ports)),
            "packets": .integer(Int64(clamping: call.packets)), "bytes": .integer(Int64(clamping: call.bytes)),
            "errors": .integer(Int64(clamping: call.errors)), "lost": .integer(Int64(clamping: call.lost)),
            "loss": .optional(call.lossRatio), "jitter": .optional(call.jitterSeconds),
            "mos": .optional(call.meanOpinionScore), "verdict": .string(call.cause.rawValue),
            "severity": .string(call.severity.rawValue),
        ])
    }
}

/// The statistics as JSON.
enum StatisticsJSON {
    /// The sections of the ng protocol and our own, with numbers for numbers, and the distributions.
    static func value(_ snapshot: StatisticsSnapshot) -> JSONValue {
        var members = ngSections(snapshot).members ?? []
        members += JSONValue(snapshot.own, readsNumbers: true).members ?? []
        let histograms = snapshot.histograms.sorted { $0.key < $1.key }.map { name, histogram in
            JSONMember(
                name,
                .object([
                    "bounds": .array(histogram.bounds.map { .number($0) }),
                    "counts": .array(histogram.counts.map { .integer(Int64(clamping: $0)) }),
                    "sum": .number(histogram.sum),
                ]))
        }
        return .object(members + [JSONMember("histograms", .object(histograms))])
    }

    /// The sections of the ng protocol alone (`list jsonstats`).
    static func ngSections(_ snapshot: StatisticsSnapshot) -> JSONValue {
        JSONValue(snapshot.statistics, readsNumbers: true)
    }
}
