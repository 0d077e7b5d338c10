public import CallControl
internal import Diagnosis

/// A diagnosis as JSON.
public enum DiagnosisJSON {
    /// Verdicts with their evidence.
    public static func value(_ explanation: CallExplanation) -> JSONValue {
        let diagnosis = explanation.diagnosis
        var members = [
            JSONMember("call-id", .string(diagnosis.callID)), JSONMember("verdict", .string(diagnosis.cause.rawValue)),
            JSONMember("severity", .string(diagnosis.severity.rawValue)),
            JSONMember("sentence", .string(diagnosis.sentence)), JSONMember("ended", .boolean(diagnosis.hasEnded)),
        ]
        if let ending = explanation.ending {
            members += [
                JSONMember("reason", .string(ending)), JSONMember("ended-ago", .optional(explanation.secondsSinceEnd)),
                JSONMember("duration", .optional(explanation.duration)),
            ]
        }
        return .object(members + [JSONMember("directions", .array(diagnosis.directions.map(value)))])
    }

    private static func value(_ verdict: DirectionVerdict) -> JSONValue {
        .object([
            "from": name(verdict.from), "to": verdict.to.map(name) ?? .null,
            "section": .integer(Int64(verdict.section)), "media": .string(verdict.mediaType),
            "verdict": .string(verdict.cause.rawValue), "severity": .string(verdict.severity.rawValue),
            "sentence": .string(verdict.sentence),
            "evidence": .object(verdict.evidence.map { JSONMember($0.name, value($0.value)) }),
        ])
    }

    private static func name(_ party: PartyName) -> JSONValue {
        .object(["name": .string(party.words), "tag": party.tag.map { .string($0) } ?? .null])
    }

    private static func value(_ value: Evidence.Value) -> JSONValue {
        switch value {
        case .count(let count): .integer(Int64(clamping: count))
        case .percent(let number), .seconds(let number): .number(number)
        case .text(let text): .string(text)
        }
    }
}

/// A diagnosis as text: the verdict on the call, then a line for each direction, with what it rests on.
public enum DiagnosisText {
    /// Lines of text.
    public static func text(_ explanation: CallExplanation) -> String {
        let diagnosis = explanation.diagnosis
        var text = clean(diagnosis.sentence) + "\n"
        if let ending = explanation.ending, let ago = explanation.secondsSinceEnd {
            text += "The call ended \(Int(max(0, min(ago, 1e9)))) s ago (\(ending)).\n"
        }
        for verdict in diagnosis.directions {
            let to = verdict.to?.words ?? "nobody"
            text +=
                "\n\(mark(verdict.severity)) \(clean(verdict.mediaType)) \(verdict.section), "
                + "\(clean(verdict.from.words)) to \(clean(to)): \(verdict.cause.rawValue)\n"
            text += "  \(clean(verdict.sentence))\n"
            let facts = verdict.evidence.map { "\(clean($0.name)): \(clean($0.value.description))" }
            if !facts.isEmpty { text += "  \(facts.joined(separator: "; "))\n" }
        }
        return text
    }

    private static func mark(_ severity: Severity) -> String {
        switch severity {
        case .healthy: "ok   "
        case .note: "note "
        case .tooEarly: "wait "
        case .fault: "FAULT"
        }
    }

    /// Tags and formats come from the network.
    private static func clean(_ text: String) -> String { TerminalText.clean(text) }
}
