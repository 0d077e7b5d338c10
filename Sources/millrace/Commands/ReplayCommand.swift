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
        let (bytes, metadata, name) = try recording()
        do throws(ReplayError) {
            let replay = try Replay(
                bytes, metadata: metadata, metadataName: name, callID: callID, limits: limits)
            let text = json ? ReplayJSON.value(replay).indented + "\n" : ReplayText.text(replay)
            writeText(text, to: STDOUT_FILENO)
        } catch {
            complain("\(file): \(TerminalText.clean(error.description))")
            throw ExitCode(1)
        }
    }

    /// The packets, and the metadata of a recording with the name of their file if there are any.
    private func recording() throws -> (packets: [UInt8], metadata: [UInt8]?, name: String) {
        let bytes = try contents(of: file, limit: Self.largestFile)
        if let metadata {
            return (
                bytes, try contents(of: metadata, limit: Replay.largestMetadata), RecordingFiles.name(of: metadata)
            )
        }
        let packets = RecordingFiles.packets(ofMetadata: file, contents: bytes)
        guard packets.isEmpty else {
            let found = RecordingFiles.first(of: packets, limit: Self.largestFile)
            if case .bytes(let packets) = found?.contents { return (packets, bytes, RecordingFiles.name(of: file)) }
            complain("\(file): the packets of this recording are not there: \(TerminalText.clean(packets[0]))")
            if let found { report(found.path, found.contents) }
            throw ExitCode(1)
        }
        guard
            let found = RecordingFiles.first(
                of: RecordingFiles.metadata(ofPackets: file), limit: Replay.largestMetadata)
        else { return (bytes, nil, "") }
        if case .bytes(let metadata) = found.contents { return (bytes, metadata, RecordingFiles.name(of: found.path)) }
        report(found.path, found.contents)
        return (bytes, nil, "")
    }

    private func contents(of path: String, limit: Int) throws -> [UInt8] {
        let contents = readWholeFile(path, limit: limit)
        if case .bytes(let bytes) = contents { return bytes }
        report(path, contents)
        throw ExitCode(1)
    }

    private func report(_ path: String, _ contents: FileContents) {
        switch contents {
        case .bytes: break
        case .absent: complain("\(TerminalText.clean(path)): there is no such file")
        case .unreadable(let reason): complain("\(TerminalText.clean(path)): \(reason)")
        }
    }
}
