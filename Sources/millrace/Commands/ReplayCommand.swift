import ArgumentParser
import Console
import DaemonConfiguration
import Glibc
import Replay

/// `millrace replay`
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Replay the calls of a capture file through the relay, on virtual time.",
        discussion: """
            FILE is a pcap or pcapng file: of millrace ctl capture, of tcpdump on the interfaces of a relay together with \
            its ng traffic, or a recording. Calls whose ng messages are there are negotiated and relayed once more, and \
            explained; of other RTP the streams are listed.

            The exit status is 0 when the file was replayed, 1 when it cannot be read or has no such call.
            """)

    @Argument(help: "The capture.", completion: .file())
    var file: String

    @Option(help: "Replay this call alone.")
    var callID: String?

    @Option(help: "Calls to replay at most.")
    var limit = 100

    @Flag(help: "Print JSON.")
    var json = false

    /// A file is kept in memory as a whole.
    private static let largestFile = 2 << 30

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be 1 or more") }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        var limits = ReplayLimits()
        limits.calls = limit
        let bytes = try contents()
        do throws(ReplayError) {
            let replay = try Replay(bytes, callID: callID, limits: limits)
            let text = json ? ReplayJSON.value(replay).indented + "\n" : ReplayText.text(replay)
            writeText(text, to: STDOUT_FILENO)
        } catch {
            complain("\(file): \(TerminalText.clean(error.description))")
            throw ExitCode(1)
        }
    }

    private func contents() throws -> [UInt8] {
        switch readWholeFile(file, limit: Self.largestFile) {
        case .bytes(let bytes): return bytes
        case .absent: complain("\(file): there is no such file")
        case .unreadable(let reason): complain("\(file): \(reason)")
        }
        throw ExitCode(1)
    }
}
