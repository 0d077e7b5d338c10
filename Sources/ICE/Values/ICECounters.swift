/// What an agent has done so far.
public struct ICECounters: Sendable {
    /// Requests answered with success.
    public internal(set) var requestsAnswered: UInt64 = 0
    /// Requests answered with an error.
    public internal(set) var errorsSent: UInt64 = 0
    /// Answers not sent because they would be longer than the request or, as errors to strangers, too many.
    public internal(set) var answersWithheld: UInt64 = 0
    /// Checks sent, retransmissions and consent checks included.
    public internal(set) var checksSent: UInt64 = 0
    /// Authentic responses to them.
    public internal(set) var responsesAccepted: UInt64 = 0
    /// Datagrams dropped because too many were waiting to be fetched.
    public internal(set) var outputsDropped: UInt64 = 0
    /// Of the last error response to a check, an unauthenticated one too; 0 for none. Nothing follows from it.
    public internal(set) var lastErrorCode: UInt16 = 0
    /// One for each case of ``ICERejection``.
    private var rejections = InlineArray<14, UInt64>(repeating: 0)

    /// Datagrams rejected for `reason`.
    public internal(set) subscript(reason: ICERejection) -> UInt64 {
        get { rejections[Int(reason.rawValue)] }
        set { rejections[Int(reason.rawValue)] = newValue }
    }
}
