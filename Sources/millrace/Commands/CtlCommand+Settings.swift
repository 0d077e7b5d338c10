import ArgumentParser
import Console
import Glibc
import Telemetry

/// `millrace ctl totals`
struct CtlTotals: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "totals", abstract: "Everything that was counted since the start.")
    @OptionGroup var options: CtlOptions

    func run() async throws {
        guard !options.json else { return try options.run("totals") { _ in "" } }
        try options.run("words", [JSONMember("line", .string("list totals"))]) { $0["text"]?.text ?? "" }
    }
}

/// `millrace ctl get`
struct CtlGet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Settings that can be changed while the relay runs.")
    @OptionGroup var options: CtlOptions

    @Argument(
        help: "The setting; all unless given.", completion: .list(RuntimeSetting.all.map(\.name)))
    var name: String?

    func run() async throws {
        let settings = try options.ask("settings").members ?? []
        let shown = settings.filter { name == nil || $0.name == name }
        guard !shown.isEmpty else {
            complain("there is no setting \(name ?? "")")
            throw ExitCode(1)
        }
        let text = shown.map { "\($0.name) = \($0.value.line)\n" }.joined()
        writeText(options.json ? JSONValue.object(shown).indented + "\n" : text, to: STDOUT_FILENO)
    }
}

/// `millrace ctl set`
struct CtlSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change a setting until the relay ends.",
        discussion: "A limit of -1, or 0 where 0 means none, takes the limit away.")
    @OptionGroup var options: CtlOptions

    @Argument(help: "The setting.", completion: .list(RuntimeSetting.all.map(\.name)))
    var name: String

    /// One; a list because -1 would otherwise be taken for an option.
    @Argument(parsing: .allUnrecognized, help: "Its new value.")
    var value: [String]

    func validate() throws {
        guard value.count == 1 else { throw ValidationError("give one value") }
    }

    func run() async throws {
        let arguments = [JSONMember("name", .string(name)), JSONMember("value", .string(value[0]))]
        try options.run("set", arguments) { answer in
            (answer.members ?? []).map { "\($0.name) = \($0.value.line)\n" }.joined()
        }
    }
}

/// `millrace ctl log`
struct CtlLog: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Show log levels, or change them.",
        discussion: "Levels are syslog's: 3 errors, 4 warnings, 5 notices, 6 information, 7 debugging.")
    @OptionGroup var options: CtlOptions

    @Argument(help: "New level, -1 to 8; shows the levels unless given.")
    var level: Int?

    @Option(help: "Change this subsystem only.")
    var subsystem: String?

    func run() async throws {
        if let level {
            var arguments = [JSONMember("level", .integer(Int64(level)))]
            if let subsystem { arguments.append(JSONMember("subsystem", .string(subsystem))) }
            try options.run("set-log-level", arguments) { _ in "\(subsystem ?? "all") = \(level)\n" }
        } else {
            try options.run("log-levels") { answer in
                (answer.members ?? []).map { "\($0.name) = \($0.value.line)\n" }.joined()
            }
        }
    }
}

/// `millrace ctl drain`
struct CtlDrain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Refuse new calls, and end the relay when the last call has ended.",
        discussion: "New calls get the reply of a full relay, on which proxies try another one.")
    @OptionGroup var options: CtlOptions

    @Flag(help: "Take calls again.")
    var off = false

    @Flag(help: "Stay when there are no calls.")
    var stay = false

    @Flag(help: "Wait until there are no calls, and say each second how many there are.")
    var watch = false

    func run() async throws {
        let arguments = [
            JSONMember("on", .boolean(!off)), JSONMember("end", .boolean(!stay)), JSONMember("watch", .boolean(watch)),
        ]
        try options.run(
            "drain", arguments,
            onEvent: { event in
                writeText(options.json ? event.line + "\n" : "\(event["calls"]?.line ?? "") calls\n", to: STDERR_FILENO)
            },
            { answer in
                let calls = answer["calls"]?.line ?? ""
                guard answer["draining"]?.boolean == true else { return "taking calls; \(calls) calls\n" }
                return "draining; \(calls) calls" + (answer["ends"]?.boolean == true ? ", then the relay ends\n" : "\n")
            })
    }
}

/// `millrace ctl words`
struct CtlWords: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "words", abstract: "A command in the words of rtpengine-ctl, for example: words list totals.")
    @OptionGroup var options: CtlOptions

    @Argument(parsing: .allUnrecognized, help: "The words.")
    var words: [String]

    func run() async throws {
        let line = words.joined(separator: " ")
        try options.run("words", [JSONMember("line", .string(line))]) { $0["text"]?.text ?? "" }
    }
}

/// `millrace ctl metrics`
struct CtlMetrics: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "The metrics that a relay serves and their meanings, as Markdown.")

    func run() async throws { writeText(MetricCatalogue.markdown, to: STDOUT_FILENO) }
}
