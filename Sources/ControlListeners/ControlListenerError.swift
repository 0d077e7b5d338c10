public import NetTypes

/// Why a control listener could not be started.
public enum ControlListenerError: Error, Sendable, Equatable {
    /// The address could not be opened: in use, not ours, no permission.
    case bind(TransportAddress, errno: Int32, operation: String)
    /// The event loops did not take the socket, which they do only when they are shutting down.
    case eventLoop(TransportAddress, reason: String)
}
