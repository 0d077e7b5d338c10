public import NetTypes

/// What whoever records or captures a call has to know of it.
public struct RecordedCall: Sendable, Equatable {
    /// One local port of the call.
    public struct Port: Sendable, Equatable {
        /// The port, and where it is bound.
        public var lease: PortLease
        /// Tag of the party that sends to the port.
        public var tag: String?
        /// Place of the party in the call, from 0: the offerer first.
        public var party: Int
        /// Place of the media section, from 0.
        public var section: Int
        /// `audio`, `video` …
        public var mediaType: String
        /// Port for RTCP alone.
        public var isRTCP: Bool
        /// RTCP has another port: its number.
        public var rtcpPort: UInt16?
        /// What the party sends is encrypted, and what it gets.
        public var isEncrypted: Bool
        /// The endpoint that was signalled.
        public var endpoint: TransportAddress?
        /// Payload types with what stands behind them in `a=rtpmap`.
        public var formats: [Format]

        /// A port of which only the party and section are known.
        public init(lease: PortLease, party: Int, section: Int, mediaType: String) {
            self.lease = lease
            self.party = party
            self.section = section
            self.mediaType = mediaType
            tag = nil
            isRTCP = false
            rtcpPort = nil
            isEncrypted = false
            endpoint = nil
            formats = []
        }
    }

    /// A payload type.
    public struct Format: Sendable, Equatable {
        /// 0…127
        public var payloadType: UInt8
        /// `PCMA/8000`
        public var mapping: String

        /// `payloadType` as `mapping` says.
        public init(payloadType: UInt8, mapping: String) {
            self.payloadType = payloadType
            self.mapping = mapping
        }
    }

    /// The `call-id`.
    public var id: String
    /// Free text that clients have given.
    public var metadata: String?
    /// Microseconds since the epoch.
    public var createdMicroseconds: Int64
    /// Every port that is open.
    public var ports: [Port]

    /// A call without ports.
    public init(id: String, createdMicroseconds: Int64) {
        self.id = id
        self.createdMicroseconds = createdMicroseconds
        metadata = nil
        ports = []
    }
}

/// An SDP that came in or went out with an ng message.
public struct SignalledDescription: Sendable, Equatable {
    /// Microseconds since the epoch.
    public var microseconds: Int64
    /// In an answer; else in an offer.
    public var isAnswer: Bool
    /// As rewritten, on its way to the other party; else as received.
    public var isRewritten: Bool
    /// Tag of the offerer.
    public var fromTag: String?
    /// Tag of the answerer, if it is known.
    public var toTag: String?
    /// The document.
    public var sdp: [UInt8]
    /// The ng request that the document came in with, without the document, as JSON; `nil` for a rewritten one, and
    /// where it is not known.
    public var request: String?

    /// A document with what is known of it.
    public init(
        microseconds: Int64, isAnswer: Bool, isRewritten: Bool, fromTag: String?, toTag: String?, sdp: [UInt8]
    ) {
        self.microseconds = microseconds
        self.isAnswer = isAnswer
        self.isRewritten = isRewritten
        self.fromTag = fromTag
        self.toTag = toTag
        self.sdp = sdp
        request = nil
    }
}

/// What a client wants of a recording.
public struct RecordingWish: Sendable, Equatable {
    /// `recording-file`: a path for the recording.
    public var file: String?
    /// `recording-dir`: a directory for the recording.
    public var directory: String?

    /// No wishes.
    public init() {
        file = nil
        directory = nil
    }
}

/// Why nothing is recorded.
public enum RecordingRefusal: Error, Sendable, Equatable {
    /// A file cannot be made.
    case storage(String)
    /// Recordings under way at most.
    case tooMany(limit: Int)
}

/// Whoever follows calls: recordings, captures. Called for one call in order, from the threads of signalling, on which
/// nothing may take long.
public protocol CallFollower: Sendable {
    /// Whether news of the call are wanted. Asked for every message, so it must be cheap.
    func follows(_ callID: String) -> Bool

    /// An exchange has changed the call; `descriptions` are those that came in and went out.
    func callChanged(_ call: RecordedCall, _ descriptions: [SignalledDescription])

    /// The call is over. Its ports are still open.
    func callEnded(_ call: RecordedCall)
}

/// Records calls on demand of their clients.
public protocol CallRecorder: CallFollower {
    /// Begins a recording, or goes on with one that was paused.
    ///
    /// - Parameter descriptions: those of the message that asked for it.
    func startRecording(
        _ call: RecordedCall, _ wish: RecordingWish, _ descriptions: [SignalledDescription]
    ) throws(RecordingRefusal)

    /// Interrupts a recording.
    func pauseRecording(_ callID: String)

    /// Ends a recording; with `discards` nothing of it is left.
    func stopRecording(_ call: RecordedCall, discards: Bool)

    /// The files that are being written for a call.
    func recordingFiles(_ callID: String) -> [String]
}
