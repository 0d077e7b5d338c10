extension SessionDescription {
    /// What an empty line means.
    public enum TrailingBlankLines: Sendable {
        /// It ends the description; in front of the first section only when nothing but line ends follows.
        case accepted
        /// The description is malformed.
        case rejected
    }

    /// Reads a session description (RFC 8866), in time linear in its size.
    ///
    /// Lines end with CRLF or LF; the last one need not end, and one NUL behind it is ignored. The first line must be
    /// `v=0`, each line must be `letter=…` with a letter of RFC 8866, and `o=`, `c=` and `m=` must hold what ``Origin``, ``ConnectionData`` and
    /// ``MediaDescription`` need. `o=`, `s=` and `t=` may be missing, the order of lines within a section is free,
    /// and what other lines hold is not looked at. An empty text is a description without any line.
    ///
    /// - Throws: ``SDPError/malformed(line:expected:)`` or ``SDPError/limitExceeded(_:line:)``.
    public static func parse(
        _ bytes: [UInt8], limits: SDPLimits = .default, trailingBlankLines: TrailingBlankLines = .accepted
    ) throws(SDPError) -> SessionDescription {
        var parser = DescriptionParser(
            bytes, limits: limits, trailingBlankLines: trailingBlankLines, requiresVersion: true)
        return try parser.parse()
    }

    /// Reads an `application/trickle-ice-sdpfrag` body (RFC 8840 §9): a description that may lack `v=` and all other
    /// session-level lines.
    ///
    /// - Throws: as ``parse(_:limits:trailingBlankLines:)``.
    public static func parseFragment(
        _ bytes: [UInt8], limits: SDPLimits = .default
    ) throws(SDPError) -> SessionDescription {
        var parser = DescriptionParser(bytes, limits: limits, trailingBlankLines: .accepted, requiresVersion: false)
        return try parser.parse()
    }
}
