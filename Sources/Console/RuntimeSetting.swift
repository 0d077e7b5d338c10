internal import CallControl
internal import Glibc

/// A setting that operators read and change while the relay runs.
public struct RuntimeSetting: Sendable {
    /// Name as in the configuration, `max-sessions`.
    public let name: String
    /// Name in the command words, `maxsessions`.
    let word: String
    /// How a value is shown by the command words.
    let shown: @Sendable (String) -> String
    /// The value now.
    public let read: @Sendable (OperatorContext) -> String
    /// Changes the value; says why not.
    public let write: @Sendable (String, OperatorContext) -> SettingRefusal?
}

/// Why a setting was not changed.
public enum SettingRefusal: Error, Sendable, Equatable {
    /// The value is no number.
    case notANumber
    /// The number is out of range; the text says which.
    case outOfRange(String)
    /// The kernel refused.
    case system(String)
}

extension RuntimeSetting {
    /// Every setting.
    public static let all: [RuntimeSetting] = [
        limit("max-sessions", "maxsessions", "Maximum sessions configured on rtpengine", -1...Int.max) {
            $0.sessions
        } write: {
            $1.sessions = $0 < 0 ? nil : $0
        },
        decimalLimit("max-cpu", "maxcpu", "Maximum CPU usage configured on rtpengine", 100) {
            $0.cpuPercent
        } write: {
            $1.cpuPercent = $0 > 0 ? $0 : nil
        },
        decimalLimit("max-load", "maxload", "Maximum load configured on rtpengine", 100_000) {
            $0.load
        } write: {
            $1.load = $0 > 0 ? $0 : nil
        },
        limit("max-bandwidth", "maxbw", "Maximum bandwidth configured on rtpengine", -1...Int.max) {
            $0.bandwidth.map { Int(clamping: $0) }
        } write: {
            $1.bandwidth = $0 > 0 ? UInt64($0) : nil
        },
        limit("max-calls-per-second", "maxcps", "Maximum new calls a second", -1...Int.max) {
            $0.callsPerSecond
        } write: {
            $1.callsPerSecond = $0 > 0 ? $0 : nil
        },
        openFiles,
        timeout("timeout", "timeout", "TIMEOUT", \.media),
        timeout("silent-timeout", "silenttimeout", "SILENT_TIMEOUT", \.silent),
        timeout("offer-timeout", "offertimeout", "OFFER_TIMEOUT", \.offer),
        timeout("final-timeout", "finaltimeout", "FINAL_TIMEOUT", \.final),
        timeout("delete-delay", "deletedelay", nil, \.deleteDelay),
    ]

    /// The setting called `name` in either spelling.
    public static func named(_ name: some StringProtocol) -> RuntimeSetting? {
        all.first { $0.name == name || $0.word == name }
    }

    private static func limit(
        _ name: String, _ word: String, _ title: String, _ range: ClosedRange<Int>,
        read: @escaping @Sendable (LoadLimits) -> Int?,
        write: @escaping @Sendable (Int, inout LoadLimits) -> Void
    ) -> RuntimeSetting {
        RuntimeSetting(
            name: name, word: word, shown: { "\(title): \($0)" },
            read: { String(read($0.controller.limits) ?? -1) },
            write: { text, context in
                guard let value = Int(text) else { return .notANumber }
                guard range.contains(value) else { return .outOfRange("at least \(range.lowerBound)") }
                var limits = context.controller.limits
                write(value, &limits)
                context.controller.limits = limits
                return nil
            })
    }

    private static func decimalLimit(
        _ name: String, _ word: String, _ title: String, _ most: Double,
        read: @escaping @Sendable (LoadLimits) -> Double?,
        write: @escaping @Sendable (Double, inout LoadLimits) -> Void
    ) -> RuntimeSetting {
        RuntimeSetting(
            name: name, word: word, shown: { "\(title): \($0)" },
            read: { "\(read($0.controller.limits) ?? 0)" },
            write: { text, context in
                guard JSONValue.number(text) != nil, let value = Double(text) else { return .notANumber }
                guard (-1...most).contains(value) else { return .outOfRange("0 to \(Int(most))") }
                var limits = context.controller.limits
                write(value, &limits)
                context.controller.limits = limits
                return nil
            })
    }

    private static func timeout(
        _ name: String, _ word: String, _ title: String?, _ path: any WritableKeyPath<CallTimeouts, Int> & Sendable
    ) -> RuntimeSetting {
        RuntimeSetting(
            name: name, word: word, shown: { value in title.map { "\($0)=\(value)" } ?? value },
            read: { String($0.controller.timeouts[keyPath: path]) },
            write: { text, context in
                guard let value = Int(text) else { return .notANumber }
                guard (0...3_155_760_000).contains(value) else { return .outOfRange("0 to 3155760000") }
                context.controller.timeouts[keyPath: path] = value
                return nil
            })
    }

    private static let openFiles = RuntimeSetting(
        name: "max-open-files", word: "maxopenfiles", shown: { "Maximum open files configured on rtpengine: \($0)" },
        read: { _ in
            var limit = rlimit()
            return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? String(limit.rlim_cur) : "-1"
        },
        write: { text, _ in
            guard let value = UInt(text) else { return .notANumber }
            var limit = rlimit()
            guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
                return .system(String(cString: strerror(errno)))
            }
            limit.rlim_cur = rlim_t(value)
            limit.rlim_max = max(limit.rlim_max, limit.rlim_cur)
            guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
                return .system(String(cString: strerror(errno)))
            }
            return nil
        })
}
