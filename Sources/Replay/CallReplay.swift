public import CallControl
public import CallReports
public import NetTypes

/// What the replay of one call has led to.
public struct CallReplay: Sendable {
    /// The `call-id`.
    public var callID: String
    /// Of the first request, in nanoseconds since the epoch.
    public var startNanoseconds: UInt64
    /// From there to the end of the call, or of the capture.
    public var durationNanoseconds: UInt64 = 0
    /// Requests of the call in the capture.
    public var requests: Int
    /// Packets that were handed to the packet path.
    public var packets = 0
    /// The relay's ports.
    public var localAddresses: Set<TransportAddress> = []
    /// The call as it was just before its end, or at the end of the capture; `nil` when the relay would not have it.
    public var report: CallReport?
    /// When a request ended the call, in nanoseconds since the epoch; `.max` when none did.
    var endNanoseconds = UInt64.max
    /// What is to be said of it, then.
    public var explanation: CallExplanation?
    /// What the capture does not have, and how the replay does without it.
    public var notes: [String] = []

    init(callID: String, startNanoseconds: UInt64, requests: Int) {
        self.callID = callID
        self.startNanoseconds = startNanoseconds
        self.requests = requests
    }
}
