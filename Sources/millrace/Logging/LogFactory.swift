import Logging

/// Makes the loggers of the daemon's subsystems.
struct LogFactory: Sendable {
    let levels: LogLevels
    let sink: LogSink

    /// The logger of a subsystem, `core` or `control`.
    func logger(_ subsystem: String) -> Logger {
        let label = LineLogHandler.labelPrefix + subsystem
        return Logger(label: label) { LineLogHandler(label: $0, levels: levels, sink: sink) }
    }
}

extension LogSink {
    /// Lines go to standard error.
    var usesStandardError: Bool {
        if case .standardError = self { true } else { false }
    }
}
