/// One frame of a capture file.
public struct CaptureRecord: Sendable, Equatable {
    /// Nanoseconds since the epoch; 0 where the format does not say.
    public var nanoseconds: UInt64
    /// Number of the interface, from 0 in every section; 0 in the classic format.
    public var interface: Int
    /// Name of the interface, if it has one.
    public var interfaceName: String?
    /// What the frame begins with.
    public var linkType: LinkType
    /// The frame, as far as it was captured.
    public var frame: [UInt8]
    /// Octets that it had on the wire.
    public var originalCount: Int
    /// Comments of the packet, in order.
    public var comments: [String]

    /// A frame from its parts.
    public init(
        nanoseconds: UInt64, interface: Int = 0, interfaceName: String? = nil, linkType: LinkType, frame: [UInt8],
        originalCount: Int, comments: [String] = []
    ) {
        self.nanoseconds = nanoseconds
        self.interface = interface
        self.interfaceName = interfaceName
        self.linkType = linkType
        self.frame = frame
        self.originalCount = originalCount
        self.comments = comments
    }
}
