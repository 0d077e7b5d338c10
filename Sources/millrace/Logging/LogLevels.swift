import Console
import DaemonConfiguration
import Logging
import Synchronization

/// Which messages are logged: syslog levels by subsystem. Operators change them while the relay runs; SIGUSR1 and SIGUSR2
/// move them all together. Asking costs a load or two, whether or not the message is logged.
final class LogLevels: Sendable {
    /// The level of one subsystem, if it has one of its own.
    final class Cell: Sendable {
        fileprivate static let unset = Int.min
        fileprivate let own: Atomic<Int>

        fileprivate init(_ level: Int?) { own = Atomic(level ?? Cell.unset) }
    }

    private let standard: Atomic<Int>
    /// Lines are JSON objects.
    let usesJSON: Bool
    private let cells: [String: Cell]
    private let shift = Atomic<Int>(0)

    init(_ configuration: LoggingConfiguration) {
        standard = Atomic(configuration.level)
        var cells: [String: Cell] = [:]
        for subsystem in OptionTable.subsystems { cells[subsystem.name] = Cell(nil) }
        for (name, level) in configuration.subsystemLevels { cells[name] = Cell(level) }
        self.cells = cells
        usesJSON = configuration.usesJSON
    }

    /// Where the level of `subsystem` is kept; one that nobody can set for a subsystem that is not declared.
    func cell(of subsystem: String) -> Cell { cells[subsystem] ?? Cell(nil) }

    /// The least important syslog level that is logged; negative for none. Trace messages count as 8.
    func level(_ cell: Cell) -> Int {
        let own = cell.own.load(ordering: .relaxed)
        let level = own == Cell.unset ? standard.load(ordering: .relaxed) : own
        return level < 0 ? level : max(0, min(8, level + shift.load(ordering: .relaxed)))
    }

    /// The least important syslog level that `subsystem` logs.
    func level(of subsystem: String) -> Int { level(cell(of: subsystem)) }

    /// Logs one level more (+1) or less (-1) from now on, and says what the general level is then.
    func move(by step: Int) -> Int {
        let standard = max(0, standard.load(ordering: .relaxed))
        let moved = max(-standard, min(8 - standard, shift.load(ordering: .relaxed) + step))
        shift.store(moved, ordering: .relaxed)
        return standard + moved
    }
}

extension LogLevels: LogLevelSettings {
    /// Those that log something.
    var subsystems: [(name: String, meaning: String)] {
        OptionTable.subsystems.filter(\.isPresent).map { ($0.name, LogLevels.meanings[$0.name] ?? "") }
    }

    private static let meanings = [
        "core": "start, stop and the machine", "control": "calls, requests of the ng protocol, operators' commands",
        "http": "HTTP and WebSocket requests",
    ]

    func currentLevel(of subsystem: String) -> Int? { cells[subsystem].map(level) }

    func setLevel(_ level: Int, of subsystem: String?) -> Bool {
        if let subsystem {
            guard let cell = cells[subsystem] else { return false }
            cell.own.store(level, ordering: .relaxed)
        } else {
            standard.store(level, ordering: .relaxed)
            shift.store(0, ordering: .relaxed)
            for cell in cells.values { cell.own.store(Cell.unset, ordering: .relaxed) }
        }
        return true
    }
}

extension Logger.Level {
    /// The syslog level (RFC 5424 §6.2.1); 8 for trace, which syslog lacks.
    var syslogLevel: Int {
        switch self {
        case .trace: 8
        case .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// The least important level that is logged at `syslogLevel`.
    init(syslogLevel: Int) {
        self =
            switch syslogLevel {
            case ...2: .critical
            case 3: .error
            case 4: .warning
            case 5: .notice
            case 6: .info
            case 7: .debug
            default: .trace
            }
    }

    /// The word that stands in log lines.
    var word: String {
        switch self {
        case .trace, .debug: "DEBUG"
        case .info: "INFO"
        case .notice: "NOTICE"
        case .warning: "WARNING"
        case .error: "ERR"
        case .critical: "CRIT"
        }
    }
}
