import Console
import Forwarding
import LoadGenerator
import Replay

/// What a replay prints.
enum ReplayText {
    static func text(_ replay: Replay) -> String {
        var text = replay.calls.map(call).joined(separator: "\n")
        if !replay.streams.isEmpty {
            if !text.isEmpty { text += "\n" }
            let place = replay.calls.isEmpty ? "in the file, which has no ng messages" : "beside the calls"
            text += "Streams of RTP \(place): \(replay.streams.count)\n"
            text += table(replay.streams.map { StreamRow($0) })
        }
        if replay.calls.isEmpty, replay.streams.isEmpty {
            text +=
                "\(replay.frames) frames, of which \(replay.otherFrames) are no UDP: no ng message, no stream of RTP\n"
        }
        if replay.callsLeftOut > 0 { text += "\(replay.callsLeftOut) more calls: see --limit and --call-id\n" }
        return text + replay.notes.map { "Note: \(TerminalText.clean($0)).\n" }.joined()
    }

    private static func call(_ call: CallReplay) -> String {
        var text = "Call \(CallTable.printable(call.callID)): "
        text += "\((Double(call.durationNanoseconds) / 1e9).text(decimals: 1)) s, \(call.requests) requests, "
        text += "\(call.packets) packets replayed\n"
        if let report = call.report {
            let rows = StreamRow.all(of: report)
            text += rows.isEmpty ? "No stream of RTP came.\n" : table(rows)
            if let explanation = call.explanation { text += "\n" + DiagnosisText.text(explanation) }
        } else {
            text += "The relay has no such call: its offer was refused, or is not in the file.\n"
        }
        return text + call.notes.map { "Note: \(TerminalText.clean($0)).\n" }.joined()
    }

    private static func table(_ rows: [StreamRow]) -> String {
        let isSignalled = rows.contains { $0.tag != nil }
        var table = TextTable(
            (isSignalled ? ["FROM", "MEDIA"] : [])
                + ["SOURCE", "TO", "SSRC", "FORMAT", "PACKETS", "LOST", "LOSS", "JITTER", "GAP", "MOS"])
        for row in rows { table.append(cells(row, isSignalled: isSignalled)) }
        return table.text
    }

    private static func cells(_ row: StreamRow, isSignalled: Bool) -> [String] {
        let statistics = row.statistics
        var cells: [String] = []
        if isSignalled { cells = [CallTable.printable(row.tag ?? ""), CallTable.printable(row.mediaType ?? "")] }
        cells += [row.source.map { "\($0)" } ?? "-", "\(row.destination)", row.ssrc, TerminalText.clean(row.format)]
        cells += ["\(statistics.packets)", "\(statistics.lost)", statistics.lossPercent.text(decimals: 2) + " %"]
        let jitter = (Double(statistics.jitterMicroseconds) / 1000).text(decimals: 1) + " ms"
        cells.append(statistics.clockRate == 0 ? "-" : jitter)
        cells.append((Double(statistics.longestGapNanoseconds) / 1e6).text(decimals: 0) + " ms")
        cells.append(row.opinionScoreHundredths.map { (Double($0) / 100).text(decimals: 2) } ?? "-")
        return cells
    }
}
