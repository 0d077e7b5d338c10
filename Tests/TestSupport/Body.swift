/// A description as a user agent sends it.
public struct Body: Sendable {
    /// `c=` of the session; `nil` for none.
    public var address: String?
    /// `USER ID VERSION` in `o=`.
    public var origin = "alice 100 1"
    /// Lines of the session below `t=`.
    public var sessionLines: [String] = []
    /// The lines of the sections, each from its `m=` on.
    public var sections: [[String]] = []

    /// A description without sections.
    public init(at address: String?) {
        self.address = address
    }

    /// One audio section with G.711.
    public static func audio(
        at address: String = "10.0.0.1", port: UInt16 = 4000, formats: String = "8 0", _ lines: [String] = []
    ) -> Body {
        Body(at: address).section("audio \(port) RTP/AVP \(formats)", lines)
    }

    /// With one more section.
    public func section(_ head: String, _ lines: [String] = []) -> Body {
        var body = self
        body.sections.append(["m=" + head] + lines)
        return body
    }

    /// With another `o=`.
    public func origin(_ origin: String) -> Body {
        var body = self
        body.origin = origin
        return body
    }

    /// With more lines for the session.
    public func session(_ lines: [String]) -> Body {
        var body = self
        body.sessionLines += lines
        return body
    }

    /// The text.
    public var text: String {
        let shown = address ?? "10.0.0.9"
        let family = shown.contains(":") ? "IP6" : "IP4"
        let head = ["v=0", "o=\(origin) IN \(family) \(shown)", "s=-"]
        let connection = address.map { ["c=IN \(family) \($0)"] } ?? []
        return (head + connection + ["t=0 0"] + sessionLines + sections.flatMap { $0 }).map { $0 + "\r\n" }.joined()
    }
}
