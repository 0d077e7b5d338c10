/// `a=sendrecv`, `a=sendonly`, `a=recvonly`, `a=inactive` (RFC 8866 §6.7).
public enum Direction: String, Sendable, Hashable, CaseIterable {
    case sendrecv
    case sendonly
    case recvonly
    case inactive

    /// Whether the writer of the attribute sends media.
    public var sends: Bool { self == .sendrecv || self == .sendonly }

    /// Whether the writer of the attribute wants to receive media.
    public var receives: Bool { self == .sendrecv || self == .recvonly }
}

extension DescriptionSection {
    /// The last direction attribute at this level; `nil` when there is none.
    public var direction: Direction? {
        for line in lines.reversed() where line.type == UInt8(ascii: "a") {
            if let direction = Direction(rawValue: line.value) { return direction }
        }
        return nil
    }
}
