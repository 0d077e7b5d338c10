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
