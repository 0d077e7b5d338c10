/// Who nominates the pairs (RFC 8445 §6.1.1).
public enum ICERole: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case controlling
    case controlled

    /// The other one.
    public var opposite: ICERole { self == .controlling ? .controlled : .controlling }
}

/// Whether an agent sends checks of its own (RFC 8445 §2.5).
public enum ICEMode: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case full
    case lite
}
