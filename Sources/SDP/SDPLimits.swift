/// How large a description may be before it is refused. All counts are inclusive maxima.
public struct SDPLimits: Sendable, Equatable {
    /// Octets of the whole description.
    public var totalBytes: Int
    /// Octets of one line, without its end.
    public var lineLength: Int
    /// Lines at session level, and below each `m=`.
    public var linesPerSection: Int
    /// `m=` lines.
    public var mediaSections: Int
    /// Formats of one `m=` line.
    public var formatsPerSection: Int

    /// Limits of one's own.
    public init(
        totalBytes: Int = 65_536, lineLength: Int = 16_384, linesPerSection: Int = 1_024, mediaSections: Int = 64,
        formatsPerSection: Int = 128
    ) {
        self.totalBytes = totalBytes
        self.lineLength = lineLength
        self.linesPerSection = linesPerSection
        self.mediaSections = mediaSections
        self.formatsPerSection = formatsPerSection
    }

    /// Several times what browsers with every codec, simulcast layer and candidate write.
    public static let `default` = SDPLimits()
}
