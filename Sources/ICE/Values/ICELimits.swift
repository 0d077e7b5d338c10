/// What bounds the memory and work that a peer can cause.
public enum ICELimits {
    /// Local candidates of an agent; further ones are left out.
    public static let localCandidates = 16
    /// Signalled remote candidates; further ones are left out.
    public static let remoteCandidates = 64
    /// Pairs in the check list (RFC 8445 §6.1.2.5); the worst are left out.
    public static let pairs = 100
    /// Checks that arrive before the peer's credentials and are remembered.
    static let earlyChecks = 8
    /// Datagrams waiting to be sent; further ones are dropped, as a network would.
    static let outputs = 128
    /// Events waiting to be read; the oldest are dropped.
    static let events = 32
    /// Received datagrams longer than this are not looked at.
    public static let receivedBytes = 1500
    /// No datagram that the agent sends is longer.
    public static let transmittedBytes = 640
    /// Octets of SOFTWARE in our messages.
    public static let software = 32
}
