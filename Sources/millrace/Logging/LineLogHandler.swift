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
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let given = event.metadata { all.merge(given) { _, new in new } }
        if let error = event.error { all["error"] = "\(error)" }
        let message = event.message.description
        sink.write(
            event.level,
            levels.usesJSON
                ? LogLine.json(subsystem, message, all, level: event.level, time: sink.time)
                : LogLine.text(subsystem, message, all))
    }
}

/// The text of a log line.
enum LogLine {
    static func text(_ subsystem: String, _ message: String, _ metadata: Logger.Metadata) -> String {
        var line = "[\(subsystem)] "
        escape(message, into: &line)
        for (key, text) in flattened(metadata) {
            line += " "
            escape(key, into: &line)
            line += "="
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

    /// The fields in order of their names; those within others as `outer.inner`, list elements as `outer.0`.
    private static func flattened(_ metadata: Logger.Metadata) -> [(key: String, text: String)] {
        metadata.sorted { $0.key < $1.key }.flatMap { key, value in
            switch value {
            case .dictionary(let inner): flattened(inner).map { ("\(key).\($0.key)", $0.text) }
            case .array(let elements):
                elements.enumerated().flatMap { index, element in
                    flattened(["\(index)": element]).map { ("\(key).\($0.key)", $0.text) }
                }
            case .string, .stringConvertible: [(key, value.description)]
            }
        }
    }

    /// The same as a JSON object: `time` (seconds since 1970), `level`, `subsystem`, `message`, and the fields under
    /// `fields`, all texts.
    static func json(
        _ subsystem: String, _ message: String, _ metadata: Logger.Metadata, level: Logger.Level, time: String?
    ) -> String {
        var line = "{"
        if let time { line += "\"time\":\(time)," }
        line += "\"level\":\"\(level.rawValue)\",\"subsystem\":\(quoted(subsystem)),\"message\":\(quoted(message))"
        if !metadata.isEmpty { line += ",\"fields\":" + json(.dictionary(metadata)) }
        return line + "}"
    }

    private static func json(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .dictionary(let fields):
            let members = fields.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(json($0.value))" }
            return "{" + members.joined(separator: ",") + "}"
        case .array(let elements): return "[" + elements.map { json($0) }.joined(separator: ",") + "]"
        case .string, .stringConvertible: return quoted(value.description)
        }
    }

    /// A JSON string (RFC 8259 §7). Beside what must be escaped, C1 controls are, which steer terminals too.
    private static func quoted(_ text: String) -> String {
        if isPlain(text, quotes: true) { return "\"\(text)\"" }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                result.unicodeScalars.append("\\")
                result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Control characters become `\xNN`, so that text from the network can neither end a line nor steer a terminal.
    private static func escape(_ text: String, quotes: Bool = false, into line: inout String) {
        if isPlain(text, quotes: quotes) {
            line += text
            return
        }
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

    /// Nothing in the text needs escaping, as in nearly all texts: these are taken as they are.
    private static func isPlain(_ text: String, quotes: Bool) -> Bool {
        text.utf8.allSatisfy { byte in
            (0x20..<0x7F).contains(byte)
                && (!quotes || (byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")))
        }
    }
}
