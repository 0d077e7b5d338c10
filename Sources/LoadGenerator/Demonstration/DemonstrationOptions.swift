public import NetTypes

/// A call that shows a running relay at work.
public struct DemonstrationOptions: Equatable, Sendable {
    /// Where the relay listens for ng over UDP.
    public var control: TransportAddress
    /// The address of both parties.
    public var endsAddress = IPAddress(ipv4: 0x7F00_0002)
    /// Whether A is a WebRTC end with ICE, DTLS and SRTP; else both parties speak plain RTP.
    public var isCallerBrowser = true
    /// Seconds of conversation, 1…600.
    public var duration = 10
    /// What A sends, in hertz.
    public var callerTone = 1013.0
    /// What B sends, in hertz.
    public var calleeTone = 587.0

    /// A call of ten seconds through the relay at `control`.
    public init(control: TransportAddress) { self.control = control }

    /// Throws ``LoadError/invalidOption(_:)`` for values out of range.
    func validate() throws(LoadError) {
        guard (1...600).contains(duration) else { throw .invalidOption("duration must be 1…600 s, not \(duration)") }
        for address in [endsAddress, control.address] where !address.isLoopback {
            throw .invalidOption("\(address) is not a loopback address")
        }
        for tone in [callerTone, calleeTone] where !(20...3900).contains(tone) {
            throw .invalidOption("tones must be 20…3900 Hz, not \(tone)")
        }
        guard callerTone != calleeTone else { throw .invalidOption("both parties send the same tone") }
    }
}
