/// What is kept back of the packets that arrive on a port because the proxy asked for it (ng-protocol §4.9, §4.10).
/// RTCP goes on.
public struct MediaSuppression: OptionSet, Sendable, Hashable, BitwiseCopyable {
    /// The bits.
    public let rawValue: UInt8

    /// A set of ``media``, ``sound`` and ``events``.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// `block media`: dropped, but for telephone-events.
    public static let media = MediaSuppression(rawValue: 1)
    /// `silence media`: the payload is silence, for the codecs of ``ForwardingPlan/silence``.
    public static let sound = MediaSuppression(rawValue: 2)
    /// `block DTMF`: telephone-events (RFC 4733) are dropped.
    public static let events = MediaSuppression(rawValue: 4)
}

extension MediaSuppression: CustomStringConvertible {
    /// The names of what is kept back: `media,events`.
    public var description: String {
        let names: [(MediaSuppression, String)] = [(.media, "media"), (.sound, "sound"), (.events, "events")]
        return names.filter { contains($0.0) }.map(\.1).joined(separator: ",")
    }
}
