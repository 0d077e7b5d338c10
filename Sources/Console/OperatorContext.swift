public import CallControl
internal import Synchronization
public import Telemetry

/// What operators' commands work on.
public struct OperatorContext: Sendable {
    /// The calls.
    public let controller: CallController
    /// What is logged.
    public let logLevels: any LogLevelSettings
    /// Whether the relay ends when its last call has ended.
    public let departure: Departure
    /// Version of the program.
    public let version: String
    /// Everything that is counted, the media plane's numbers included.
    public let snapshot: @Sendable () -> StatisticsSnapshot
    /// Captures of calls, for clients on the control socket; `nil` where there are none.
    public let captures: CaptureControl?

    /// A context of these parts.
    public init(
        controller: CallController, logLevels: any LogLevelSettings, departure: Departure, version: String,
        captures: CaptureControl? = nil, snapshot: @escaping @Sendable () -> StatisticsSnapshot
    ) {
        self.controller = controller
        self.logLevels = logLevels
        self.departure = departure
        self.version = version
        self.captures = captures
        self.snapshot = snapshot
    }
}

/// Log levels that change while the relay runs, as syslog counts them: 0 for emergencies to 7 for debugging.
public protocol LogLevelSettings: Sendable {
    /// Parts of the program that have a level of their own, with what they log.
    var subsystems: [(name: String, meaning: String)] { get }

    /// The level of a subsystem; `nil` for one that does not exist.
    func currentLevel(of subsystem: String) -> Int?

    /// Sets the level of a subsystem, or of all; `false` for one that does not exist.
    func setLevel(_ level: Int, of subsystem: String?) -> Bool
}

/// Whether the relay ends by itself once it has no calls.
public final class Departure: Sendable {
    private let isWanted = Atomic<Bool>(false)

    /// A relay that stays.
    public init() {}

    /// Whether the end of the last call is to end the relay.
    public var endsWhenEmpty: Bool {
        get { isWanted.load(ordering: .relaxed) }
        set { isWanted.store(newValue, ordering: .relaxed) }
    }
}
