/// The commands of the ng protocol (ng-protocol §4). The raw value is the name on the wire, compared exactly.
public enum NGCommand: String, Sendable, Hashable, CaseIterable {
    case ping
    case offer
    case answer
    case delete
    case query
    case list
    case startRecording = "start recording"
    case stopRecording = "stop recording"
    case pauseRecording = "pause recording"
    case startForwarding = "start forwarding"
    case stopForwarding = "stop forwarding"
    case blockDTMF = "block DTMF"
    case unblockDTMF = "unblock DTMF"
    case blockMedia = "block media"
    case unblockMedia = "unblock media"
    case silenceMedia = "silence media"
    case unsilenceMedia = "unsilence media"
    case playMedia = "play media"
    case stopMedia = "stop media"
    case playDTMF = "play DTMF"
    case statistics
    case publish
    case subscribeRequest = "subscribe request"
    case subscribeAnswer = "subscribe answer"
    case unsubscribe
    case injectStart = "inject start"
    case injectStop = "inject stop"
    case connect
    case create
    case createAnswer = "create answer"
    case mesh
    case transform
    case cli

    /// The command called `name`; `CLI` is the one second spelling.
    public init?(name: String) {
        guard let command = NGCommand(rawValue: name == "CLI" ? "cli" : name) else { return nil }
        self = command
    }

    /// The name in statistics and metrics.
    public var shortName: String {
        switch self {
        case .ping: "Ping"
        case .offer: "Offer"
        case .answer: "Answer"
        case .delete: "Delete"
        case .query: "Query"
        case .list: "List"
        case .startRecording: "StartRec"
        case .stopRecording: "StopRec"
        case .pauseRecording: "PauseRec"
        case .startForwarding: "StartFwd"
        case .stopForwarding: "StopFwd"
        case .blockDTMF: "BlkDTMF"
        case .unblockDTMF: "UnblkDTMF"
        case .blockMedia: "BlkMedia"
        case .unblockMedia: "UnblkMedia"
        case .silenceMedia: "SlnMedia"
        case .unsilenceMedia: "UnslnMedia"
        case .playMedia: "PlayMedia"
        case .stopMedia: "StopMedia"
        case .playDTMF: "PlayDTMF"
        case .statistics: "Stats"
        case .publish: "Pub"
        case .subscribeRequest: "SubReq"
        case .subscribeAnswer: "SubAns"
        case .unsubscribe: "Unsub"
        case .injectStart: "InjStart"
        case .injectStop: "InjStop"
        case .connect: "Conn"
        case .create: "Create"
        case .createAnswer: "CrtAnsw"
        case .mesh: "Mesh"
        case .transform: "Trnsfm"
        case .cli: "CLI"
        }
    }
}
