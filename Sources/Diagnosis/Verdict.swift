/// What is to be said of one direction of one media section.
public struct DirectionVerdict: Sendable, Equatable {
    /// Who is meant to be heard.
    public var from: PartyName
    /// Who is meant to hear; `nil` while nobody was signalled.
    public var to: PartyName?
    /// Index of the section in the SDP.
    public var section: Int
    /// `audio`, `video` …
    public var mediaType: String
    /// The one thing that explains most.
    public var cause: Cause
    /// How bad that is.
    public var severity: Severity
    /// One sentence for people.
    public var sentence: String
    /// What the sentence rests on.
    public var evidence: [Evidence]
}

/// A party as sentences name it.
public struct PartyName: Sendable, Equatable {
    /// The party's number in the report.
    public var number: UInt32
    /// Its SIP tag; `nil` before an answer tells it.
    public var tag: String?
    /// `the caller`, `the callee`, or the callee with its tag where there are several.
    public var words: String
}
