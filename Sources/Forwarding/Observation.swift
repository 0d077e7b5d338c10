public import NetTypes

/// Where in the packet path copies of a port's packets are taken.
public struct TapPoints: OptionSet, Sendable, Hashable, BitwiseCopyable {
    /// One bit for each point.
    public let rawValue: UInt8

    /// The points of these bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Datagrams as they arrive.
    public static let wireIn = TapPoints(rawValue: 1)
    /// Media that was received, without encryption.
    public static let clearIn = TapPoints(rawValue: 2)
    /// Datagrams as they leave.
    public static let wireOut = TapPoints(rawValue: 4)
    /// Media that leaves, before it is encrypted.
    public static let clearOut = TapPoints(rawValue: 8)

    /// As on the wire, either way.
    public static let wire: TapPoints = [.wireIn, .wireOut]
    /// Without encryption, either way.
    public static let clear: TapPoints = [.clearIn, .clearOut]
}

/// What became of a datagram.
public enum PacketFate: Sendable, Hashable, BitwiseCopyable {
    /// Received, let in, and passed on to whoever listens.
    case forwarded
    /// Received, and meant for the relay itself: a check or a handshake.
    case taken
    /// Sent.
    case sent
    /// Received and dropped.
    case dropped(DropReason)
}

/// A datagram that was seen on a port, or as much of it as was kept.
public struct ObservedPacket: Sendable, Equatable {
    /// Monotonic nanoseconds of the turn in which it was handled.
    public var nanoseconds: UInt64
    /// The local port.
    public var port: LocalPortID
    /// Every point at which these bytes were seen; one without encryption is seen on the wire and in the clear at once.
    public var points: TapPoints
    /// What became of it.
    public var fate: PacketFate
    /// Where it came from or went to.
    public var remote: TransportAddress
    /// Its octets, from the first one on.
    public var bytes: [UInt8]
    /// How many octets there were.
    public var originalCount: Int

    /// A packet from its parts.
    public init(
        nanoseconds: UInt64, port: LocalPortID, points: TapPoints, fate: PacketFate, remote: TransportAddress,
        bytes: [UInt8], originalCount: Int
    ) {
        self.nanoseconds = nanoseconds
        self.port = port
        self.points = points
        self.fate = fate
        self.remote = remote
        self.bytes = bytes
        self.originalCount = originalCount
    }
}

/// Something that happened to a port besides its packets.
public struct PathEvent: Sendable, Equatable {
    /// What happened.
    public enum Kind: UInt8, Sendable, BitwiseCopyable, CaseIterable {
        /// The port was opened.
        case opened
        /// The port was closed.
        case closed
        /// A plan was put in place; the endpoint is where packets go now.
        case planned
        /// The endpoint was learned from a packet, for the time being.
        case learned
        /// The endpoint was learned for good.
        case confirmed
        /// ICE has found a way to the endpoint.
        case pairFound
        /// ICE has agreed on the way to the endpoint.
        case pairNominated
        /// A DTLS handshake is asked for.
        case handshakeBegan
        /// The peer of the handshake is known.
        case handshakeReady
        /// The association is over.
        case handshakeEnded
        /// The keys of a handshake were put in place.
        case keysInstalled
        /// Copies of the port's packets are taken from now on, or at other points than before.
        case tapped
    }

    /// Monotonic nanoseconds.
    public var nanoseconds: UInt64
    /// The local port.
    public var port: LocalPortID
    /// What happened.
    public var kind: Kind
    /// The peer's address that it is about.
    public var endpoint: TransportAddress?

    /// An event from its parts.
    public init(nanoseconds: UInt64, port: LocalPortID, kind: Kind, endpoint: TransportAddress? = nil) {
        self.nanoseconds = nanoseconds
        self.port = port
        self.kind = kind
        self.endpoint = endpoint
    }
}

/// A packet or an event.
public enum ObservedItem: Sendable, Equatable {
    case packet(ObservedPacket)
    case event(PathEvent)

    /// Monotonic nanoseconds.
    public var nanoseconds: UInt64 {
        switch self {
        case .packet(let packet): packet.nanoseconds
        case .event(let event): event.nanoseconds
        }
    }

    /// The local port.
    public var port: LocalPortID {
        switch self {
        case .packet(let packet): packet.port
        case .event(let event): event.port
        }
    }
}

/// Whoever wants to see the packets of some ports. Called on one thread at a time, which is not a media thread and may
/// be kept waiting for a while: what does not fit into the memory between both meanwhile is lost and counted.
public protocol PacketObserver: AnyObject, Sendable {
    /// Takes one item. Those of one port come in order.
    func observe(_ item: ObservedItem)

    /// So many packets, of these ports or others of the same workers, were lost since the last call.
    func missed(_ packets: UInt64)

    /// Nothing more has happened so far. Comes at least a few times a second, and a few times more when the plane
    /// ends.
    ///
    /// - Returns: whether the observer wants to see more; if not, it is detached and not called again.
    func caughtUp() -> Bool
}

/// A media plane whose ports can be looked at.
public protocol ObservableMediaPlane: Sendable {
    /// Lets `observer` see what happens at `points` of `ports`, until it is detached.
    func attach(_ observer: any PacketObserver, to ports: [LocalPortID], at points: TapPoints)

    /// Replaces the ports that `observer` sees. Without effect when it is not attached.
    func setPorts(_ ports: [LocalPortID], of observer: any PacketObserver)

    /// Ends what ``attach(_:to:at:)`` began. When it returns, `observer` has been called for the last time. It must not
    /// be called by an observer while it is called itself.
    func detach(_ observer: any PacketObserver)

    /// What the flight recorder still knows of `ports` from before `nanoseconds`, oldest first.
    func flightRecord(of ports: [LocalPortID], before nanoseconds: UInt64) -> [ObservedItem]
}
