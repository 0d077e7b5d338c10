/// A capture file, replayed.
public struct Replay: Sendable {
    /// Frames of the file.
    public var frames: Int
    /// Frames that hold no whole UDP datagram.
    public var otherFrames: Int
    /// Calls whose signalling is there, in the order of their beginning.
    public var calls: [CallReplay] = []
    /// Calls beyond the limit.
    public var callsLeftOut: Int
    /// Streams of RTP that belong to none of the calls.
    public var streams: [RecordedStream] = []
    /// What is to be known of the file.
    public var notes: [String] = []

    /// Replays the capture file `bytes`.
    ///
    /// - Parameter callID: the only call of interest; all unless given.
    public init(
        _ bytes: [UInt8], callID: String? = nil, limits: ReplayLimits = ReplayLimits()
    ) throws(ReplayError) {
        let traffic = try RecordedTraffic(bytes, limits: limits)
        frames = traffic.frames
        otherFrames = traffic.others
        let dialogues = DialogueReader(traffic, callID: callID, limits: limits)
        callsLeftOut = dialogues.leftOut.count
        let index = TrafficIndex(traffic)
        let succession = PortSuccession(dialogues.all)
        for dialogue in dialogues.dialogues {
            var player = CallPlayer(dialogue, traffic, index, succession)
            calls.append(player.play())
        }
        if let callID, calls.isEmpty { throw .unknownCall(callID) }
        if callID == nil {
            let known = PortsInUse(calls)
            let analysis = StreamAnalysis(traffic, without: known, limits: limits)
            streams = analysis.streams
            if analysis.leftOut > 0 { notes.append("\(analysis.leftOut) packets are of streams beyond the limit") }
        }
        if traffic.isTruncated { notes.append("the file ends in the middle of a frame") }
        if let offset = traffic.damagedAt {
            notes.append("the file is damaged at octet \(offset): what stands behind it was not read")
        }
    }
}
