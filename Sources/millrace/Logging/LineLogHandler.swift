import Logging

/// Writes each message as one line: `LEVEL: [subsystem] message key=value …`, or as one JSON object.
///
/// The subsystem is what follows `millrace.` in the logger's label. Levels come from the shared ``LogLevels`` and can
/// change while the daemon runs, unless a logger has been given a level of its own.
struct LineLogHandler: LogHandler {
    private let subsystem: String
    private let levels: LogLevels
    private let cell: LogLevels.Cell
    private let sink: LogSink
    private var ownLevel: Logger.Level?
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(label: String, levels: LogLevels, sink: LogSink) {
        subsystem = label.hasPrefix(Self.labelPrefix) ? String(label.dropFirst(Self.labelPrefix.count)) : label
        self.levels = levels
        cell = levels.cell(of: subsystem)
        self.sink = sink
    }

    static let labelPrefix = "millrace."

    var logLevel: Logger.Level {
        get { ownLevel ?? Logger.Level(syslogLevel: levels.level(cell)) }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        // A negative level has no counterpart in Logger.Level.
        guard ownLevel != nil || event.level.syslogLevel <= levels.level(cell) else { return }
        let fields = fields(of: event)
        sink.write(event.level) { line in
            if levels.usesJSON {
                line.appendJSON(subsystem, event.message.description, fields, level: event.level, time: sink.time)
            } else {
                line.appendText(subsystem, event.message.description, fields)
            }
        }
    }

    /// The logger's fields, those of its provider and those of the message; later ones win.
    private func fields(of event: LogEvent) -> Logger.Metadata {
        var given = event.metadata ?? [:]
        if let error = event.error { given["error"] = "\(error)" }
        let provided = metadataProvider?.get() ?? [:]
        // Nearly always all fields are the message's.
        if metadata.isEmpty, provided.isEmpty { return given }
        return metadata.merging(provided) { $1 }.merging(given) { $1 }
    }
}
