public import NetTypes

/// `c=IN <addrtype> <address>` (RFC 8866 §5.7), unicast.
public struct ConnectionData: Sendable, Equatable {
    /// Where the writer wants to receive; an unspecified address means hold (RFC 3264 §8.4).
    public var address: IPAddress

    /// Connection data for `address`.
    public init(address: IPAddress) {
        self.address = address
    }
}
