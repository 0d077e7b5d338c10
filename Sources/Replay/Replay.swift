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
    /// - Parameters:
    ///   - metadata: the metadata file of a recording of rtpengine's, for a capture without signalling of its own.
    ///   - metadataName: the name of that file, without its directory: it bears the `call-id`.
    ///   - callID: the only call of interest; all unless given.
    public init(
        _ bytes: [UInt8], metadata: [UInt8]? = nil, metadataName: String = "", callID: String? = nil,
        limits: ReplayLimits = ReplayLimits()
    ) throws(ReplayError) {
        let traffic = try RecordedTraffic(bytes, limits: limits)
        frames = traffic.frames
        otherFrames = traffic.others
        let reader = DialogueReader(traffic, callID: callID, limits: limits)
        callsLeftOut = reader.leftOut.count
        let index = TrafficIndex(traffic)
        var (dialogues, all) = (reader.dialogues, reader.all)
        if all.isEmpty, let metadata, let metadata = read(metadata, metadataName, limits),
            let rebuilt = rebuild(metadata, traffic, index)
        {
            all = [rebuilt]
            dialogues = all.filter { callID == nil || $0.callID == callID }
        }
        let succession = PortSuccession(all)
        for dialogue in dialogues {
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

    /// Octets of a metadata file that is read.
    public static let largestMetadata = 16 << 20

    private mutating func read(_ metadata: [UInt8], _ name: String, _ limits: ReplayLimits) -> RecordingMetadata? {
        let read = RecordingMetadata(metadata, name: name, limit: limits.exchanges)
        if read == nil { notes.append("the metadata of the recording could not be read") }
        return read
    }

    /// The signalling that the metadata of a recording tells of.
    private mutating func rebuild(
        _ metadata: RecordingMetadata, _ traffic: RecordedTraffic, _ index: TrafficIndex
    ) -> RecordedDialogue? {
        guard let rebuilt = RebuiltDialogue(metadata, traffic, index) else {
            let call = metadata.callID.map { "call \($0)" } ?? "a call"
            notes.append("the recording is of \(call), whose media was encrypted: it is not replayed")
            return nil
        }
        if metadata.callID == nil {
            notes.append("the call-id is not known: it is not in the names of the files")
        }
        notes.append(
            "the signalling is rebuilt from the metadata of the recording: parties are where their packets came from, and "
                + "their tags and the options of the requests are not known")
        notes += rebuilt.notes
        return rebuilt.dialogue
    }
}
