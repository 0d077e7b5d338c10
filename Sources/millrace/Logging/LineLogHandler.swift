import Logging

/// Writes each message as one line: `LEVEL: [subsystem] message key=value …`.
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
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let given = event.metadata { all.merge(given) { _, new in new } }
        if let error = event.error { all["error"] = "\(error)" }
        sink.write(event.level, LogLine.text(subsystem, event.message.description, all))
    }
}

/// The text of a log line.
enum LogLine {
    static func text(_ subsystem: String, _ message: String, _ metadata: Logger.Metadata) -> String {
        var line = "[\(subsystem)] "
        escape(message, into: &line)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += " \(key)="
            let text = value.description
            let isQuoted = text.isEmpty || text.utf8.contains { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\"") }
            if isQuoted {
                line += "\""
                escape(text, quotes: true, into: &line)
                line += "\""
            } else {
                escape(text, into: &line)
            }
        }
        return line
    }

    /// Control characters become `\xNN`, so that text from the network can neither end a line nor steer a terminal.
    private static func escape(_ text: String, quotes: Bool = false, into line: inout String) {
        for scalar in text.unicodeScalars {
            if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) {
                let digits = String(scalar.value, radix: 16)
                line += "\\x" + (digits.count < 2 ? "0" : "") + digits
            } else {
                if quotes, scalar == "\"" || scalar == "\\" { line.unicodeScalars.append("\\") }
                line.unicodeScalars.append(scalar)
            }
        }
    }
}
