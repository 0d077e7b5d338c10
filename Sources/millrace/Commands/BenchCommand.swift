import ArgumentParser
import Glibc
import LoadGenerator

/// Load on any ng relay, ours or another.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure relays: this one, rtpengine, or any that takes their options.",
        subcommands: [CompareCommand.self, StormCommand.self, SoakCommand.self], defaultSubcommand: CompareCommand.self)
}

/// Options that all measurements share.
struct BenchOptions: ParsableArguments {
    @Option(help: "Calls at the same time, 1 to 20000; 100 unless given, 200 for soak, 500 for storm.")
    var calls: [Int] = []

    @Option(help: "RTP payload octets in each packet.")
    var payload = 160

    @Option(help: "Octets of each RTP packet with its header of 12; instead of --payload.")
    var size: Int?

    @Option(help: "Packets a second on each leg.")
    var rate = 50

    @Option(help: "Packets sent back to back; more than one resembles video.")
    var burst = 1

    @Option(help: "File for the relays' output.")
    var log: String?

    @Flag(help: "Print the result as JSON.")
    var json = false

    /// What the legs send.
    var workload: MediaWorkload {
        MediaWorkload(
            payloadLength: size.map { $0 - 12 } ?? payload, packetsPerSecond: rate, packetsPerBurst: burst)
    }

    /// How relays are started.
    var environment: RelayEnvironment {
        var environment = RelayEnvironment()
        environment.logPath = log
        return environment
    }

    /// The command line of this program as a daemon, without the options that a measurement adds.
    static var ownCommand: String {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        let bytes = path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
        return "'" + String(decoding: bytes, as: UTF8.self) + "' --config-file=none"
    }

    /// Relays from their texts; rtpengine, this program and, on demand, the floor unless there are any.
    static func relays(_ texts: [String], withFloor: Bool) throws -> [RelayUnderTest] {
        let usual = ["rtpengine --config-file=none", "millrace=" + ownCommand] + (withFloor ? ["null"] : [])
        return try (texts.isEmpty ? usual : texts).map { text in
            guard let relay = RelayUnderTest(text) else { throw ValidationError("not a command: \(text)") }
            return relay
        }
    }

    /// The number of calls where there is only one.
    func calls(unlessGiven usual: Int) throws -> Int {
        guard calls.count <= 1 else { throw ValidationError("--calls can be given several times to compare only") }
        return calls.first ?? usual
    }

    /// Writes progress where it does not disturb the result.
    static func report(_ line: String) { writeText(line + "\n", to: STDERR_FILENO) }
}

/// `millrace bench compare`
struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Measure relays in turn, with the same load.")

    enum Scenario: String, ExpressibleByArgument, CaseIterable {
        case media
        case srtp
        case srtpBoth = "srtp-srtp"
        case webRTC = "webrtc"
        case signalling
        case capacity

        /// How the ends are protected.
        func security(_ suite: SRTPSuite) -> CallSecurity {
            var security =
                switch self {
                case .media, .signalling, .capacity: CallSecurity()
                case .srtp: CallSecurity(caller: .sdes)
                case .srtpBoth: CallSecurity(caller: .sdes, callee: .sdes)
                case .webRTC: CallSecurity(caller: .webRTC)
                }
            security.suite = suite
            return security
        }
    }

    @OptionGroup var options: BenchOptions

    @Option(help: "A relay: a command line, NAME=COMMAND, or null for the floor. The first is the reference.")
    var relay: [String] = []

    @Option(
        help:
            "What is measured: media, srtp, srtp-srtp, webrtc, signalling or capacity; media and signalling unless given."
    )
    var scenario: [Scenario] = []

    @Option(help: "The suite of protected ends, by its name in SDP.")
    var suite = SRTPSuite.aesCM128Tag80.rawValue

    @Option(help: "Rounds of each measurement.")
    var rounds = 5

    @Option(help: "Seconds of each measurement.")
    var duration = 5.0

    @Option(help: "Requests that wait for a reply at any time, for signalling.")
    var outstanding = 1

    @Flag(help: "Offer to multiplex RTP and RTCP on one port.")
    var mux = false

    @Option(help: "A file for a page with charts.")
    var report: String?

    func run() async throws {
        let relays = try BenchOptions.relays(relay, withFloor: true)
        guard let suite = SRTPSuite(rawValue: suite) else {
            let known = SRTPSuite.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--suite must be one of \(known)")
        }
        let counts = options.calls.isEmpty ? [100] : options.calls
        let scenarios = (scenario.isEmpty ? [.media, .signalling] : scenario).flatMap { scenario in
            // Signalling does not depend on the number of calls.
            (scenario == .signalling ? [0] : counts).map { load(scenario, calls: $0, suite) }
        }
        var comparison = ComparisonOptions(relays: relays, scenarios: scenarios)
        comparison.rounds = rounds
        comparison.environment = options.environment
        do throws(LoadError) {
            let result = try Comparison(comparison, progress: BenchOptions.report).run()
            writeText(options.json ? result.json.text + "\n" : result.table, to: STDOUT_FILENO)
            if let report { try result.writePage(to: report) }
            if !result.isSound { exitProcess(1) }
        } catch {
            complain(error.description)
            exitProcess(1)
        }
    }

    private func load(_ scenario: Scenario, calls: Int, _ suite: SRTPSuite) -> ComparisonScenario {
        switch scenario {
        case .signalling:
            var signalling = LoadGenerator.SignallingOptions()
            signalling.outstanding = outstanding
            signalling.duration = duration
            return .signalling(signalling)
        case .capacity:
            var capacity = CapacityOptions()
            capacity.calls = calls
            capacity.workload = options.workload
            return .capacity(capacity)
        case .media, .srtp, .srtpBoth, .webRTC:
            var media = LoadOptions()
            media.calls = calls
            media.workload = options.workload
            media.duration = duration
            media.multiplexed = mux
            media.security = scenario.security(suite)
            return .media(media)
        }
    }
}

/// `millrace bench soak`
struct SoakCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak", abstract: "Check that a relay gives back everything that calls took.")

    @OptionGroup var options: BenchOptions

    @Option(help: "The command line of the relay; this program unless given.")
    var relay: String?

    @Option(help: "Rounds of calls set up, played and deleted.")
    var rounds = 6

    @Option(help: "Seconds of media in each round.")
    var media = 2.0

    @Option(help: "Seconds of rounds before those that are judged.")
    var warmUp = 65.0

    @Flag(name: .customLong("webrtc"), help: "Callers do ICE and DTLS-SRTP, as browsers do.")
    var isWebRTC = false

    func run() async throws {
        var soak = SoakOptions(command: relay ?? BenchOptions.ownCommand)
        soak.calls = try options.calls(unlessGiven: 200)
        soak.rounds = rounds
        soak.mediaSeconds = media
        soak.warmUp = warmUp
        if isWebRTC { soak.security = CallSecurity(caller: .webRTC) }
        soak.workload = options.workload
        soak.environment = options.environment
        do throws(LoadError) {
            let result = try Soak(soak, progress: BenchOptions.report).run()
            writeText(options.json ? result.json.text + "\n" : result.text, to: STDOUT_FILENO)
            if !result.isFlat { exitProcess(1) }
        } catch {
            complain(error.description)
            exitProcess(1)
        }
    }
}
