import DaemonConfiguration
import Logging
import Synchronization

/// Which messages are logged: syslog levels by subsystem, moved together by SIGUSR1 and SIGUSR2 while running.
final class LogLevels: Sendable {
    private let standard: Int
    private let subsystems: [String: Int]
    /// Lines are JSON objects.
    let usesJSON: Bool
    private let shift = Atomic<Int>(0)

    init(_ configuration: LoggingConfiguration) {
        standard = configuration.level
        subsystems = configuration.subsystemLevels
        usesJSON = configuration.usesJSON
    }

    /// The least important syslog level that `subsystem` logs; negative for none. Trace messages count as 8.
    func level(of subsystem: String) -> Int {
        let level = subsystems[subsystem] ?? standard
        return level < 0 ? level : max(0, min(8, level + shift.load(ordering: .relaxed)))
    }

    /// Logs one level more (+1) or less (-1) from now on, and says what the general level is then.
    func move(by step: Int) -> Int {
        let moved = max(-standard, min(8 - standard, shift.load(ordering: .relaxed) + step))
        shift.store(moved, ordering: .relaxed)
        return standard + moved
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
        self = Logger.Level.allCases.first { $0.syslogLevel <= syslogLevel } ?? .critical
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
