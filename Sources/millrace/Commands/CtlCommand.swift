import ArgumentParser
import Console
import Glibc
import NetTypes
import Telemetry

/// `millrace ctl`: operators' commands to a relay that runs.
struct CtlCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ctl", abstract: "Look at a running relay and steer it.",
        discussion: """
            The relay is reached at its control socket, or at an address of its --listen-cli. Without an option that is \
            \(ControlEndpoint.standardSocket) where it exists, else \(ControlEndpoint.standardAddress).

            The exit status is 0 for success, 1 when the relay refuses, 2 when no relay answers, 64 for a mistake in the \
            command line. For why, 1 is a fault that was found, and 2 also a call that is not known.
            """,
        subcommands: [
            CtlList.self, CtlShow.self, CtlWhy.self, CtlCapture.self, CtlTotals.self, CtlTerminate.self, CtlGet.self,
            CtlSet.self, CtlLog.self, CtlDebug.self, CtlDrain.self, CtlTop.self, CtlWords.self, CtlMetrics.self,
        ])
}

/// Options of every command that talks to a relay.
struct CtlOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Control socket of the relay.", valueName: "file"), completion: .file())
    var socket: String?

    @Option(name: [.customLong("address"), .customLong("ip")], help: "ADDRESS:PORT of the relay's --listen-cli.")
    var address: String?

    @Flag(help: "Print the answer as JSON.")
    var json = false

    func validate() throws {
        if socket != nil, address != nil { throw ValidationError("--socket and --address exclude each other") }
        if let address, TransportAddress(address) == nil {
            throw ValidationError("--address must be an IP address and a port, not \(address)")
        }
    }

    /// The relay.
    var client: ControlClient {
        ControlClient(endpoint: .choose(socket: socket, address: address.flatMap { TransportAddress($0) }))
    }

    /// Asks the relay, and prints the answer: as JSON where that is wanted, else what `text` makes of it. A failure
    /// ends the program with its status.
    func run(
        _ command: String, _ arguments: [JSONMember] = [], onEvent: (JSONValue) -> Void = { _ in },
        _ text: (JSONValue) -> String
    ) throws {
        let result = try ask(command, arguments, onEvent: onEvent)
        writeText(json ? result.indented + "\n" : text(result), to: STDOUT_FILENO)
    }

    /// Asks the relay.
    func ask(
        _ command: String, _ arguments: [JSONMember] = [], onEvent: (JSONValue) -> Void = { _ in }
    ) throws -> JSONValue {
        try answer { client throws(ControlFailure) in try client.ask(command, arguments, onEvent: onEvent) }
    }

    /// What `conversation` with the relay leads to. A failure ends the program with its status; as JSON it is told to
    /// `output`.
    func answer(
        to output: Int32 = STDOUT_FILENO, _ conversation: (ControlClient) throws(ControlFailure) -> JSONValue
    ) throws -> JSONValue {
        signal(SIGPIPE, SIG_IGN)
        do throws(ControlFailure) {
            return try conversation(client)
        } catch {
            if json, case .refused(let code, let message) = error {
                let value = JSONValue.object([
                    "error": .object(["code": .string(code), "message": .string(message)])
                ])
                writeText(value.indented + "\n", to: output)
            } else {
                complain(error.description)
            }
            throw ExitCode(error.exitStatus)
        }
    }
}
