public import NetTypes

/// A session description (RFC 8866), lossless: every line is kept in its place, and what the relay must understand
/// (`o=`, `c=`, `m=`) has been checked. It has no policy.
///
/// Texts are octets as ``Swift/String/init(octets:)`` holds them.
public struct SessionDescription: Sendable, Equatable {
    /// The lines before the first `m=`, in order, `v=` first, unchecked but for their form.
    public var lines: [Line]
    /// `o=`; `nil` when missing, which some devices do. Also present in ``lines``.
    public var origin: Origin?
    /// Session-level `c=`. Also present in ``lines``.
    public var connection: ConnectionData?
    /// The media sections in order.
    public var media: [MediaDescription]

    /// A description from its parts; `lines` holds everything before the first media section.
    public init(lines: [Line], origin: Origin?, connection: ConnectionData?, media: [MediaDescription]) {
        self.lines = lines
        self.origin = origin
        self.connection = connection
        self.media = media
    }
}

/// One line: a type letter and what stands behind `=`.
public struct Line: Sendable, Equatable {
    /// The ASCII letter.
    public var type: UInt8
    /// Without line end.
    public var value: String

    /// A line `type=value`.
    public init(_ type: UInt8, _ value: String) {
        self.type = type
        self.value = value
    }

    /// The attribute that an `a=` line holds.
    public var attribute: Attribute? { type == UInt8(ascii: "a") ? Attribute(value) : nil }
}

/// `a=name` or `a=name:value` (RFC 8866 §5.13). Names are case-sensitive.
public struct Attribute: Sendable, Equatable {
    public var name: String
    /// `nil` without a colon; an empty text behind a colon counts as no value (`a=name:` becomes `a=name`).
    public var value: String?

    /// An attribute from its parts.
    public init(name: String, value: String?) {
        self.name = name
        self.value = value
    }

    /// An attribute from the text behind `a=`.
    public init(_ text: String) {
        if let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) {
            let tail = text[text.utf8.index(after: colon)...]
            self.init(name: String(text[..<colon]), value: tail.isEmpty ? nil : String(tail))
        } else {
            self.init(name: text, value: nil)
        }
    }

    /// The text behind `a=`.
    public var text: String { value.map { "\(name):\($0)" } ?? name }
}

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

/// `o=<username> <sess-id> <sess-version> IN <addrtype> <address>` (RFC 8866 §5.2).
public struct Origin: Sendable, Equatable {
    public var username: String
    /// Digits as written; some devices exceed 64 bits.
    public var sessionID: String
    public var version: String
    public var address: IPAddress

    /// An origin from its parts.
    public init(username: String, sessionID: String, version: String, address: IPAddress) {
        self.username = username
        self.sessionID = sessionID
        self.version = version
        self.address = address
    }

    /// What stands behind `o=`.
    public var text: String {
        "\(username) \(sessionID) \(version) IN \(address.family.sdpAddressType) \(address)"
    }
}

/// `c=IN <addrtype> <address>` (RFC 8866 §5.7), unicast.
public struct ConnectionData: Sendable, Equatable {
    public var address: IPAddress

    /// Connection data for `address`.
    public init(address: IPAddress) {
        self.address = address
    }

    /// What stands behind `c=`.
    public var text: String { "IN \(address.family.sdpAddressType) \(address)" }
}
