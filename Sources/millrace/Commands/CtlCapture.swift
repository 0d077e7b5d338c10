import ArgumentParser
import Console
import Glibc

/// `millrace ctl capture`
struct CtlCapture: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture", abstract: "Write the packets of a call to a pcapng file while it goes on.",
        discussion: """
            The file has the packets as they were on the wire, beside them the media of encrypted legs in the clear, and \
            the SDP and events of the call. It begins with what the flight recorder holds and ends with the call, at a \
            limit, or with Ctrl-C. The relay gives captures to clients of its control socket alone.
            """)
    @OptionGroup var options: CtlOptions

    @Argument(help: "The call.", completion: CallCompletion.kind)
    var callID: String

    @Argument(help: "The file; - for standard output.", completion: .file())
    var file: String

    @Option(help: "End after so many seconds.")
    var duration: Int?

    @Option(help: "End after so many packets of the wire.")
    var packets: Int?

    @Flag(help: "Wait for a call that does not exist yet.")
    var wait = false

    func validate() throws {
        guard (duration ?? 1) > 0, (packets ?? 1) > 0 else {
            throw ValidationError("--duration and --packets must be 1 or more")
        }
        if options.address != nil { throw ValidationError("captures need --socket: they show what people say") }
        if file == "-", isatty(STDOUT_FILENO) == 1 {
            throw ValidationError("a capture is no text for a terminal; give a file, or a pipe to another program")
        }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        var arguments = [JSONMember("call-id", .string(callID)), JSONMember("wait", .boolean(wait))]
        if let duration { arguments.append(JSONMember("seconds", .integer(Int64(duration)))) }
        if let packets { arguments.append(JSONMember("packets", .integer(Int64(packets)))) }
        let reception = CaptureReception(file: file)
        if let failure = reception.failure {
            complain(failure)
            throw ExitCode(1)
        }
        // Standard output may be the file.
        let output = file == "-" ? STDERR_FILENO : STDOUT_FILENO
        let result = try options.answer(to: output) { client throws(ControlFailure) in
            try client.converse(
                "capture", arguments, output: { reception.output }, onLoss: reception.readerLeft
            ) { event, connection in reception.take(event, connection) }
        }
        if let failure = reception.failure {
            complain(failure)
            throw ExitCode(1)
        }
        writeText(options.json ? result.line + "\n" : Self.text(result), to: output)
    }

    private static func text(_ result: JSONValue) -> String {
        func count(_ name: String) -> Int64 { result[name]?.integer ?? 0 }
        let missed = count("missed")
        let end = missed > 0 ? "\(missed) PACKETS ARE MISSING" : "none is missing"
        return "\(count("wire")) packets of the wire, \(count("clear")) in the clear, \(end); ended: "
            + "\(result["reason"]?.text ?? "")\n"
    }
}
