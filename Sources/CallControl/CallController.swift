import Bencode
import CallModel
public import Forwarding
public import Logging
public import NGProtocol
import Negotiation
public import NetTypes
import Synchronization

/// Carries out the requests of the ng protocol: owns the calls, runs the negotiation and hands plans to the media plane.
///
/// Requests may come from several threads; those for one call are in sequence.
public final class CallController: NGRequestHandler {
    let configuration: CallControlConfiguration
    let plane: any MediaPlane
    let clock: ControlClock
    let logger: Logger
    let registry = CallRegistry()
    let statistics: ControlStatistics
    let gate: LoadGate
    let roundRobin = RoundRobinCounter()
    let waitingFragments = WaitingFragments()
    let identity = ProcessIdentity()
    let certificates: CertificateSuccession
    /// Those of the configuration until an operator changes them.
    let currentTimeouts: Mutex<CallTimeouts>
    let debugging = DebuggedCalls()
    /// Answers the command `cli`; there is none until the operator's side is made, which needs this registry.
    let commandLines = Mutex<(@Sendable (String) -> String)?>(nil)
    let distributions = QualityDistributions()
    /// Records calls; `nil` where no directory was configured for that.
    let recorder: (any CallRecorder)?
    /// Everybody who follows calls, the recorder included.
    let followers: [any CallFollower]
    /// What was to be said of calls that have ended.
    let endedCalls: EndedCalls
    private let warnings = WarningLimiter()

    /// A registry without calls.
    public init(
        configuration: CallControlConfiguration, plane: any MediaPlane, clock: ControlClock, logger: Logger,
        recorder: (any CallRecorder)? = nil, followers: [any CallFollower] = []
    ) {
        self.configuration = configuration
        self.plane = plane
        self.clock = clock
        self.logger = logger
        statistics = ControlStatistics(startMicroseconds: clock.wallMicroseconds())
        gate = LoadGate(limits: configuration.limits)
        currentTimeouts = Mutex(configuration.timeouts)
        endedCalls = EndedCalls(limits: configuration.remembered)
        self.recorder = recorder
        self.followers = (recorder.map { [$0] } ?? []) + followers
        certificates = CertificateSuccession(configuration.certificate)
    }

    /// Carries out `request`.
    public func handle(_ request: NGRequest, from client: TransportAddress) -> NGReply {
        let start = clock.monotonicNanoseconds()
        let reply = dispatch(request, from: client)
        statistics.note(
            request.command, from: client.address, nanoseconds: clock.monotonicNanoseconds() &- start,
            failed: reply.isError)
        if debugging.isInUse { trace(request, reply) }
        return reply
    }

    private func dispatch(_ request: NGRequest, from client: TransportAddress) -> NGReply {
        switch request.command {
        case .ping: .pong
        case .offer: offer(request, from: client)
        case .answer: answer(request)
        case .delete: delete(request)
        case .query: query(request)
        case .list: list(request)
        case .statistics: statisticsReply()
        case .cli: answerCommandLine(request)
        case .startRecording: startRecording(request)
        case .pauseRecording: pauseRecording(request)
        case .stopRecording: stopRecording(request)
        case .blockMedia, .unblockMedia: keepBack(.media, request, begins: request.command == .blockMedia)
        case .silenceMedia, .unsilenceMedia: keepBack(.sound, request, begins: request.command == .silenceMedia)
        case .blockDTMF: keepBack(.events, request, begins: request.options.media.keepsEventsBack)
        case .unblockDTMF: keepBack(.events, request, begins: false)
        default: unsupported(request)
        }
    }

    /// Commands whose work is not done here. The client is told so in the words it knows for a command that failed.
    private func unsupported(_ request: NGRequest) -> NGReply {
        warn(
            "command has no effect yet",
            ["ng.command": "\(request.command.rawValue)", "call.id": "\(request.callID ?? "")"])
        return .error(.unknownCommand)
    }

    /// Logs a warning that a client can cause as often as it likes; not more often than is good for the log.
    func warn(_ message: Logger.Message, _ metadata: Logger.Metadata) {
        guard let suppressed = warnings.admit(now: clock.monotonicNanoseconds()) else { return }
        var metadata = metadata
        if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
        logger.warning(message, metadata: metadata)
    }

    private func list(_ request: NGRequest) -> NGReply {
        let limit: Int
        switch request.listLimit {
        case .negative: return .error(.negativeLimit)
        case .standard: limit = 32
        case .count(let count): limit = count
        }
        let identifiers = registry.identifiers(limit: limit)
        return .ok(["calls": .list(identifiers.map(BencodeValue.text))])
    }

    /// Rules for plans, from the configuration.
    var planDefaults: Call.PlanDefaults {
        Call.PlanDefaults(learning: configuration.learning, foreignSources: configuration.foreignSources)
    }

    /// Parties that are told of a certificate from now on are told of this one. The media plane must have its key.
    public func useCertificate(_ certificate: LocalCertificate) {
        certificates.replace(with: certificate, now: clock.monotonicNanoseconds())
    }

    /// Ends every call at once, and says how many there were.
    @discardableResult
    public func endAllCalls() -> Int {
        let now = clock.monotonicNanoseconds()
        var count = 0
        registry.visitAll { _ in
            ()
        } _: { record, _ in
            if let ending = record { finish(ending, .forced, now: now) }
            record = nil
            count += 1
        }
        return count
    }
}

extension NGReply {
    /// The reply reports a failure.
    var isError: Bool { dictionary.first("result")?.text == "error" }
}
