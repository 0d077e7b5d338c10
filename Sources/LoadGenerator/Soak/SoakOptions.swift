/// A check that a relay gives back everything a call took.
public struct SoakOptions: Equatable, Sendable {
    /// The relay's command line; the options of ``RelayEnvironment`` are added to it.
    public var command: String
    /// Calls set up and deleted in each round, 1…20000.
    public var calls = 200
    /// Rounds that are judged, 2…10000. What is held after the last is compared with what was held before the first call,
    /// descriptors with those after the first round, memory by tenths of the rounds.
    public var rounds = 6
    /// Seconds of rounds before those that are judged, 0…3600. A relay keeps its replies for up to a minute in case a
    /// request is repeated; memory is only flat once as many are forgotten as are added.
    public var warmUp = 65.0
    /// Seconds of media in each round, 0…600.
    public var mediaSeconds = 2.0
    /// What the calls send.
    public var workload = MediaWorkload()
    /// How the media is protected. A WebRTC caller does ICE and DTLS-SRTP in every call.
    public var security = CallSecurity()
    /// KiB by which the median resident memory after the rounds of the last tenth of those that are judged may exceed that
    /// of the first tenth. A tenth is a round at least.
    public var residentGrowth = 1024
    /// Seconds the relay has after the deletions to give everything back, 0…120. This one keeps sockets for 30 seconds.
    public var settling = 40.0
    /// How the relay is started.
    public var environment = RelayEnvironment()

    /// Six rounds of 200 calls through the relay that `command` starts.
    public init(command: String) { self.command = command }

    /// Throws ``LoadError/invalidOption(_:)`` for values out of range.
    func validate() throws(LoadError) {
        guard (1...20_000).contains(calls), (2...10_000).contains(rounds), (0...3600).contains(warmUp) else {
            throw .invalidOption("calls must be 1…20000, rounds 2…10000, warm-up 0…3600 s")
        }
        guard (0...600).contains(mediaSeconds), (0...120).contains(settling), residentGrowth >= 0 else {
            throw .invalidOption("media must last 0…600 s, settling 0…120 s, memory may not shrink")
        }
        try workload.validate()
        try environment.validate()
    }
}
