public import NetTypes

/// A named set of local addresses, `--interface=NAME/LOCAL!ADVERTISED` (ng-protocol §10.3). Sockets are bound to the
/// local address; the advertised one stands in SDP.
public struct LogicalInterface: Sendable, Equatable {
    /// The name as configured; `default` when none was given.
    public var name: String
    /// In the order of configuration: the first of the wanted family is preferred, the others become ICE candidates.
    public var addresses: [LocalAddress]

    /// An interface of `addresses`.
    public init(name: String, addresses: [LocalAddress]) {
        self.name = name
        self.addresses = addresses
    }
}

/// One local address of a logical interface.
public struct LocalAddress: Sendable, Hashable {
    /// What sockets are bound to.
    public var address: IPAddress
    /// What peers are told.
    public var advertised: IPAddress
    /// Where the ports of this address come from.
    public var pool: PortPoolID

    /// A local address whose ports come from `pool`.
    public init(address: IPAddress, advertised: IPAddress, pool: PortPoolID) {
        self.address = address
        self.advertised = advertised
        self.pool = pool
    }
}

/// A range of ports on one local address. Pools are numbered by their place in the configuration, ``PortPoolID``.
/// Two logical interfaces with the same address and range share a pool.
public struct PortPoolConfiguration: Sendable, Hashable {
    /// What the sockets are bound to.
    public var address: IPAddress
    /// First port of the range.
    public var minimum: UInt16
    /// Last port of the range, inclusive.
    public var maximum: UInt16
    /// Ports never handed out: control ports on this machine and those configured.
    public var excluded: Set<UInt16>

    /// A pool of the ports `minimum` to `maximum` of `address`, but for `excluded`.
    public init(address: IPAddress, minimum: UInt16, maximum: UInt16, excluded: Set<UInt16> = []) {
        self.address = address
        self.minimum = minimum
        self.maximum = maximum
        self.excluded = excluded
    }
}
