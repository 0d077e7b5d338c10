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
            its ng traffic, or a recording: packets or metadata. Calls whose ng messages are there, or whose SDP is in \
            the metadata, are negotiated and relayed once more, and explained; of other RTP the streams are listed.

            The exit status is 0 when the file was replayed, 1 when it cannot be read or has no such call.
            """)

    @Argument(help: "The capture.", completion: .file())
    var file: String

    @Option(
        help: "The metadata file of a recording; else it is looked for where rtpengine puts it.", completion: .file())
    var metadata: String?

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
        let (bytes, metadata) = try recording()
        do throws(ReplayError) {
            let replay = try Replay(bytes, metadata: metadata, callID: callID, limits: limits)
            let text = json ? ReplayJSON.value(replay).indented + "\n" : ReplayText.text(replay)
            writeText(text, to: STDOUT_FILENO)
        } catch {
            complain("\(file): \(TerminalText.clean(error.description))")
            throw ExitCode(1)
        }
    }

    /// The packets, and the metadata of a recording if there are any.
    private func recording() throws -> (packets: [UInt8], metadata: [UInt8]?) {
        let bytes = try contents(of: file)
        if let metadata { return (bytes, try contents(of: metadata)) }
        let packets = RecordingFiles.packets(ofMetadata: file, contents: bytes)
        guard packets.isEmpty else {
            guard let found = firstThere(packets) else {
                complain("\(file): the packets of this recording are not there: \(TerminalText.clean(packets[0]))")
                throw ExitCode(1)
            }
            return (found, bytes)
        }
        return (bytes, firstThere(RecordingFiles.metadata(ofPackets: file)))
    }

    private func firstThere(_ paths: [String]) -> [UInt8]? {
        for path in paths {
            if case .bytes(let bytes) = readWholeFile(path, limit: Self.largestFile) { return bytes }
        }
        return nil
    }

    private func contents(of path: String) throws -> [UInt8] {
        switch readWholeFile(path, limit: Self.largestFile) {
        case .bytes(let bytes): return bytes
        case .absent: complain("\(path): there is no such file")
        case .unreadable(let reason): complain("\(path): \(reason)")
        }
        throw ExitCode(1)
    }
}
