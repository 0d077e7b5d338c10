import ArgumentParser
import Console
import Glibc

/// `millrace ctl list`
struct CtlList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Calls at present.")
    @OptionGroup var options: CtlOptions

    @Option(help: "Calls to show at most.")
    var limit = 1000

    func run() async throws {
        try options.run("calls", [JSONMember("limit", .integer(Int64(limit)))]) { answer in
            let calls = answer["calls"]?.array ?? []
            let total = answer["total"]?.integer ?? 0
            let rest = total > Int64(calls.count) ? "\(total - Int64(calls.count)) more calls\n" : ""
            return calls.isEmpty ? "no calls\n" : CallTable.text(calls.map { CallRow($0) }, width: nil) + rest
        }
    }
}

/// `millrace ctl show`
struct CtlShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "One call in full.")
    @OptionGroup var options: CtlOptions

    @Argument(help: "The call.", completion: CallCompletion.kind)
    var callID: String

    func run() async throws {
        guard !options.json else {
            return try options.run("call", [JSONMember("call-id", .string(callID))]) { _ in "" }
        }
        // Asked for first, so that a call that does not exist ends with the status of a refusal.
        _ = try options.ask("call", [JSONMember("call-id", .string(callID))])
        try options.run("words", [JSONMember("line", .string("call \(callID) info"))]) { $0["text"]?.text ?? "" }
    }
}

/// `millrace ctl terminate`
struct CtlTerminate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "terminate", abstract: "End a call at once, or all.")
    @OptionGroup var options: CtlOptions

    @Argument(help: "The call.", completion: CallCompletion.kind)
    var callID: String?

    @Flag(help: "End all calls.")
    var all = false

    func validate() throws {
        guard all != (callID != nil) else { throw ValidationError("give a call-id or --all") }
    }

    func run() async throws {
        let arguments = callID.map { JSONMember("call-id", .string($0)) } ?? JSONMember("all", .boolean(true))
        try options.run("terminate", [arguments]) { answer in
            let count = answer["terminated"]?.integer ?? 0
            return "\(count) \(count == 1 ? "call" : "calls") ended\n"
        }
    }
}

/// `millrace ctl debug`
struct CtlDebug: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "debug", abstract: "Log everything about one call, or no longer.")
    @OptionGroup var options: CtlOptions

    enum Switch: String, ExpressibleByArgument, CaseIterable {
        case on
        case off
    }

    @Argument(help: "The call.", completion: CallCompletion.kind)
    var callID: String

    @Argument(help: "on or off.")
    var wish = Switch.on

    func run() async throws {
        let arguments = [JSONMember("call-id", .string(callID)), JSONMember("on", .boolean(wish == .on))]
        try options.run("debug", arguments) { _ in "debugging is \(wish.rawValue)\n" }
    }
}
