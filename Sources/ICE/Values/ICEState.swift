/// How far an agent is.
public enum ICEState: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// Some component has no valid pair yet.
    case checking
    /// Every component has a valid pair.
    case connected
    /// Every component has a nominated pair.
    case completed
    /// Some component has no pair and has announced it.
    case failed
}
