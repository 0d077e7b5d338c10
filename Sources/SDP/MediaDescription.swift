/// One media section (RFC 8866 §5.14): its `m=` line and the lines up to the next one.
public struct MediaDescription: Sendable, Equatable {
    /// `audio`, `video`, `image`, `application` …
    public var mediaType: String
    /// 0 marks a rejected section (RFC 3264 §6).
    public var port: UInt16
    /// The `/2` of `m=audio 5004/2`.
    public var portCount: Int?
    /// The transport as received: `RTP/AVP`, `udptl`, `TCP/MSRP` …
    public var transport: String
    /// Payload types or other formats, in order.
    public var formats: [String]
    /// Section-level `c=`. Also present in ``lines``.
    public var connection: ConnectionData?
    /// All lines below the `m=` line, in order.
    public var lines: [Line]

    /// A section from its parts.
    public init(
        mediaType: String, port: UInt16, portCount: Int? = nil, transport: String, formats: [String],
        connection: ConnectionData? = nil, lines: [Line] = []
    ) {
        self.mediaType = mediaType
        self.port = port
        self.portCount = portCount
        self.transport = transport
        self.formats = formats
        self.connection = connection
        self.lines = lines
    }
}
