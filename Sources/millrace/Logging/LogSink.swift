import DaemonConfiguration
import Glibc
import Logging

/// Where log lines go.
enum LogSink: Sendable {
    case standardError(hasTimestamps: Bool, isBare: Bool = false)
    case syslog
    /// Lines are handed to a function; for tests.
    case function(@Sendable (Logger.Level, String) -> Void)

    /// The sink of a configuration. Without a syslog daemon a process in the foreground logs to standard error.
    init(_ configuration: LoggingConfiguration, staysInForeground: Bool) {
        let hasSyslog = access("/dev/log", W_OK) == 0
        if configuration.usesStandardError || (staysInForeground && !hasSyslog) {
            self = .standardError(hasTimestamps: configuration.hasTimestamps, isBare: configuration.usesJSON)
        } else {
            // syslog keeps the pointer for the life of the process.
            openlog(strdup(configuration.name), LOG_PID | LOG_NDELAY, Self.facilityCode(configuration.facility))
            self = .syslog
        }
    }

    /// Writes one line: what `compose` appends, behind the level where nobody else notes it.
    func write(_ level: Logger.Level, _ compose: (inout LogLine) -> Void) {
        var line = LogLine()
        switch self {
        case .standardError(let hasTimestamps, let isBare):
            if !isBare {
                if hasTimestamps { line.appendHead("[\(Self.timestamp())] ") }
                line.appendHead(level.word)
                line.appendHead(": ")
            }
            compose(&line)
            line.append(UInt8(ascii: "\n"))
            writeOctets(line.octets, to: STDERR_FILENO)
        case .syslog:
            compose(&line)
            line.append(0)
            line.octets.withUnsafeBufferPointer { octets in
                octets.withMemoryRebound(to: CChar.self) { characters in
                    guard let text = characters.baseAddress else { return }
                    withVaList([text]) { vsyslog(Int32(min(level.syslogLevel, 7)), "%s", $0) }
                }
            }
        case .function(let function):
            compose(&line)
            function(level, String(decoding: line.octets, as: UTF8.self))
        }
    }

    /// The time for lines that carry it themselves; `nil` where somebody else writes it, or nobody.
    var time: String? {
        if case .standardError(hasTimestamps: true, _) = self { Self.timestamp() } else { nil }
    }

    /// Seconds and microseconds since 1970, as rtpengine prints them.
    private static func timestamp() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let microseconds = String(now.tv_nsec / 1000)
        return "\(now.tv_sec)." + String(repeating: "0", count: 6 - microseconds.count) + microseconds
    }

    /// The code of a facility (RFC 5424 §6.2.1), in the place where syslog(3) wants it.
    static func facilityCode(_ name: String) -> Int32 {
        let codes: [String: Int32] = [
            "kern": 0, "user": 1, "mail": 2, "daemon": 3, "auth": 4, "syslog": 5, "lpr": 6, "news": 7, "uucp": 8,
            "cron": 9, "authpriv": 10, "ftp": 11,
        ]
        if name.hasPrefix("local"), let number = Int32(name.dropFirst(5)), (0...7).contains(number) {
            return (16 + number) << 3
        }
        return (codes[name] ?? 3) << 3
    }
}
