import Console
import Forwarding
import Replay

/// A replay as JSON. Times are in seconds, those of day since the epoch.
enum ReplayJSON {
    static func value(_ replay: Replay) -> JSONValue {
        .object([
            "frames": .integer(Int64(replay.frames)), "other-frames": .integer(Int64(replay.otherFrames)),
            "calls": .array(replay.calls.map(call)), "calls-left-out": .integer(Int64(replay.callsLeftOut)),
            "streams": .array(replay.streams.map { stream(StreamRow($0)) }),
            "notes": .array(replay.notes.map { .string($0) }),
        ])
    }

    private static func call(_ call: CallReplay) -> JSONValue {
        .object([
            "call-id": .string(call.callID), "start": .number(Double(call.startNanoseconds) / 1e9),
            "duration": .number(Double(call.durationNanoseconds) / 1e9),
            "requests": .integer(Int64(call.requests)), "packets": .integer(Int64(call.packets)),
            "streams": .array((call.report.map { StreamRow.all(of: $0) } ?? []).map(stream)),
            "explanation": call.explanation.map(DiagnosisJSON.value) ?? .null,
            "notes": .array(call.notes.map { .string($0) }),
        ])
    }

    private static func stream(_ row: StreamRow) -> JSONValue {
        let statistics = row.statistics
        func count(_ number: UInt64) -> JSONValue { .integer(Int64(clamping: number)) }
        func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
        return .object([
            "tag": text(row.tag), "media": text(row.mediaType), "source": text(row.source.map { "\($0)" }),
            "destination": .string("\(row.destination)"), "ssrc": .integer(Int64(statistics.ssrc)),
            "payload-type": .integer(Int64(statistics.payloadType)), "format": .string(row.format),
            "packets": count(statistics.packets), "lost": count(statistics.lost),
            "loss": .number(statistics.lossPercent / 100), "duplicates": count(statistics.duplicates),
            "reordered": count(statistics.reordered),
            "jitter": statistics.clockRate == 0 ? .null : .number(Double(statistics.jitterMicroseconds) / 1e6),
            "longest-gap": .number(Double(statistics.longestGapNanoseconds) / 1e9),
            "mos": row.opinionScoreHundredths.map { .number(Double($0) / 100) } ?? .null,
        ])
    }
}
