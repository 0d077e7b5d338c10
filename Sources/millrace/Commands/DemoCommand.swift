import ArgumentParser
import DaemonConfiguration
import Glibc
import LoadGenerator
import NetTypes

/// A relay with built-in defaults on loopback, and one call through it to look at.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Start a relay on loopback and place a call through it.",
        discussion: """
            A WebRTC party (ICE, DTLS-SRTP, rtcp-mux) and a plain one send each other a tone for a few seconds. \
            Packets and losses are shown each second, and the verdict comes from what each party heard. The relay \
            serves until Ctrl-C.
            """)

    @Option(help: "Where the relay listens for the ng protocol.")
    var control = "127.0.0.1:2223"

    @Option(help: "Seconds of conversation, 1 to 600.")
    var duration = 10

    @Option(help: "First port for media.")
    var portMin = 30000

    @Option(help: "Last port for media.")
    var portMax = 30099

    @Option(help: "Socket for millrace ctl, to look at the call.")
    var controlSocket: String?

    @Flag(help: "Plain RTP on both sides.")
    var plain = false

    @Flag(help: "End after the call; the exit status is 0 when it was good.")
    var once = false

    func validate() throws {
        guard let address = TransportAddress(control), address.address.isLoopback else {
            throw ValidationError("--control must be a loopback address and a port, not \(control)")
        }
        guard (1...600).contains(duration) else { throw ValidationError("--duration must be 1 to 600") }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        guard let address = TransportAddress(control) else { throw ExitCode(64) }
        var options = DemonstrationOptions(control: address)
        options.duration = duration
        options.isCallerBrowser = !plain
        if address.address.family == .ipv6 { options.endsAddress = address.address }
        let demonstration = Demonstration(options, once: once)
        do {
            let daemon = try await Daemon(try configuration())
            let status = try await daemon.run { _ in demonstration.start() }
            guard status == 0, !demonstration.hasFailed else { throw ExitCode(1) }
        } catch let error as ConfigurationError {
            complain("\(error)")
            throw ExitCode(error.exitStatus)
        } catch let error as StartupError {
            complain("\(error)")
            throw ExitCode(StartupError.exitStatus)
        }
    }

    private func configuration() throws(ConfigurationError) -> DaemonConfiguration {
        let relay = TransportAddress(control)?.address.family == .ipv6 ? "::1" : "127.0.0.1"
        var arguments = [
            "--config-file=none", "--interface=\(relay)", "--listen-ng=\(control)", "--port-min=\(portMin)",
            "--port-max=\(portMax)", "--foreground", "--log-stderr", "--log-level=5",
        ]
        if let controlSocket { arguments.append("--control-socket=\(controlSocket)") }
        return try DaemonConfiguration(CommandLineArguments(arguments), facts: .ofThisMachine())
    }
}
