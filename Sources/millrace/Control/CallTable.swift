import CallControl
import Console
import LoadGenerator

/// A call of the control protocol's `calls`, as tables show it.
struct CallRow {
    let callID: String
    let createdSeconds: Double
    let state: String
    let legs: Int
    let packets: Int64
    let bytes: Int64
    let loss: Double?
    let jitterSeconds: Double?
    let mos: Double?
    /// `ok`, or what `why` says.
    let verdict: String
    /// Packets and octets a second since the last look; `nil` at the first one.
    var rates: (packets: Double, bytes: Double)?

    init(_ call: JSONValue) {
        callID = call["call-id"]?.text ?? ""
        createdSeconds = call["created"]?.number ?? 0
        legs = call["tags"]?.array?.count ?? 0
        packets = call["packets"]?.integer ?? 0
        bytes = call["bytes"]?.integer ?? 0
        loss = call["loss"]?.number
        jitterSeconds = call["jitter"]?.number
        mos = call["mos"]?.number
        let cause = call["verdict"]?.text ?? "-"
        verdict = call["severity"]?.text == "fault" ? cause.uppercased() : cause == "healthy" ? "ok" : cause
        state =
            if call["ending"]?.boolean == true { "ending" } else if call["answered"]?.boolean == true { "up" } else {
                "ringing"
            }
    }
}

/// Calls in columns.
enum CallTable {
    /// The table, each line cut to `width` columns.
    static func text(_ rows: [CallRow], width: Int?) -> String {
        let now = Double(ControlClock.system.wallMicroseconds()) / 1e6
        var heads = ["CALL", "STATE", "AGE", "LEGS", "PACKETS"]
        let hasRates = rows.contains { $0.rates != nil }
        if hasRates { heads += ["PKT/S", "KBIT/S"] }
        heads += ["LOSS", "JITTER", "MOS", "VERDICT"]
        var table = TextTable(heads)
        for row in rows {
            var cells = [
                printable(row.callID), row.state, age(now - row.createdSeconds), "\(row.legs)", "\(row.packets)",
            ]
            if hasRates {
                cells.append(row.rates.map { $0.packets.text(decimals: 0) } ?? "-")
                cells.append(row.rates.map { ($0.bytes * 8 / 1000).text(decimals: 0) } ?? "-")
            }
            cells.append(row.loss.map { ($0 * 100).text(decimals: 2) + " %" } ?? "-")
            cells.append(row.jitterSeconds.map { ($0 * 1000).text(decimals: 1) + " ms" } ?? "-")
            cells.append(row.mos.map { $0.text(decimals: 1) } ?? "-")
            cells.append(printable(row.verdict))
            table.append(cells)
        }
        guard let width else { return table.text }
        return table.text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0.prefix(width)) }
            .joined(separator: "\n")
    }

    /// A call-id of which nothing steers a terminal, at most 40 characters of it.
    static func printable(_ text: String) -> String {
        let clean = String(text.unicodeScalars.map { (0x21...0x7E).contains($0.value) ? Character($0) : "?" })
        return clean.count <= 40 ? clean : String(clean.prefix(39)) + "…"
    }

    /// `12s`, `3m05s`, `2h10m`.
    static func age(_ seconds: Double) -> String {
        let whole = Int(max(0, min(seconds, 1e9)))
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + "\(number)" }
        if whole < 60 { return "\(whole)s" }
        if whole < 3600 { return "\(whole / 60)m\(two(whole % 60))s" }
        return "\(whole / 3600)h\(two(whole / 60 % 60))m"
    }
}
