import ArgumentParser
import CallControl
import Console
import Glibc
import LoadGenerator

/// `millrace ctl top`
struct CtlTop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "A live table of calls; Ctrl-C ends it.")
    @OptionGroup var options: CtlOptions

    enum Order: String, ExpressibleByArgument, CaseIterable {
        case mos
        case loss
        case jitter
        case rate
        case age
    }

    @Option(help: "Seconds between looks, 1 to 60.")
    var interval = 2

    @Option(help: "What stands first.")
    var order = Order.loss

    @Option(help: "Looks to take; no end unless given.")
    var count: Int?

    func validate() throws {
        guard (1...60).contains(interval) else { throw ValidationError("--interval must be 1 to 60") }
    }

    func run() async throws {
        var last: [String: CallRow] = [:]
        var lastTime: UInt64?
        var looks = 0
        while count.map({ looks < $0 }) ?? true {
            if looks > 0 { try await Task.sleep(for: .seconds(interval)) }
            looks += 1
            let answer = try options.ask("calls", [JSONMember("limit", 100_000)])
            let now = ControlClock.system.monotonicNanoseconds()
            let seconds = lastTime.map { Double(now - $0) / 1e9 }
            let rows = (answer["calls"]?.array ?? []).map { call in
                var row = CallRow(call)
                if let seconds, let before = last[row.callID] { row.rates = Self.rates(row, before, seconds) }
                return row
            }
            if options.json {
                writeText(answer.line + "\n", to: STDOUT_FILENO)
            } else {
                show(rows, seconds: seconds)
            }
            last = Dictionary(rows.map { ($0.callID, $0) }, uniquingKeysWith: { $1 })
            lastTime = now
        }
    }

    private static func rates(_ row: CallRow, _ before: CallRow, _ seconds: Double) -> (Double, Double) {
        let elapsed = max(seconds, 0.001)
        return (
            Double(max(0, row.packets - before.packets)) / elapsed, Double(max(0, row.bytes - before.bytes)) / elapsed
        )
    }

    private func show(_ rows: [CallRow], seconds: Double?) {
        let (lines, columns) = Self.screen ?? (Int.max, Int.max)
        let packets = rows.reduce(0) { $0 + ($1.rates?.packets ?? 0) }
        let bytes = rows.reduce(0) { $0 + ($1.rates?.bytes ?? 0) }
        var text = "\(rows.count) calls, \(rows.reduce(0) { $0 + $1.legs }) legs"
        if seconds != nil {
            text += ", \(packets.text(decimals: 0)) packets/s, \((bytes * 8 / 1e6).text(decimals: 1)) Mbit/s"
        }
        let room = max(1, lines == Int.max ? Int.max : lines - 4)
        let table = CallTable.text(Array(sorted(rows).prefix(room)), width: columns == Int.max ? nil : columns)
        // Home, and clear from there, where a terminal shows it.
        let clear = lines == Int.max ? "" : "\u{1B}[H\u{1B}[J"
        writeText(clear + text + "\n\n" + table + (lines == Int.max ? "\n" : ""), to: STDOUT_FILENO)
    }

    private func sorted(_ rows: [CallRow]) -> [CallRow] {
        func key(_ row: CallRow) -> Double {
            switch order {
            case .mos: -(row.mos ?? 5)
            case .loss: row.loss ?? -1
            case .jitter: row.jitterSeconds ?? -1
            case .rate: row.rates?.packets ?? -1
            case .age: -row.createdSeconds
            }
        }
        return rows.sorted { (key($0), $1.callID) > (key($1), $0.callID) }
    }

    /// Lines and columns of the terminal; `nil` where the output goes elsewhere.
    private static var screen: (lines: Int, columns: Int)? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return (24, 80) }
        return (Int(size.ws_row), Int(size.ws_col))
    }
}
