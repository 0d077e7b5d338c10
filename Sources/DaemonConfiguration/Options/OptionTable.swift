/// All options of the daemon: rtpengine's whole list (ng-protocol §10.1) and our own, in the order of the manual page.
public enum OptionTable {
    /// A heading of the manual page with its options.
    public struct Section: Sendable {
        /// The heading.
        public let title: String
        /// The options under it.
        public let options: [OptionDeclaration]
    }

    /// Every option under its heading.
    public static let sections: [Section] = [
        Section(title: "General", options: general),
        Section(title: "Interfaces and ports", options: interfaces),
        Section(title: "Control", options: control),
        Section(title: "Calls", options: calls),
        Section(title: "Limits", options: limits),
        Section(title: "Media path", options: mediaPath),
        Section(title: "Logging", options: logging),
        Section(title: "Kernel forwarding and firewall", options: kernel),
        Section(title: "Threads", options: threads),
        Section(title: "Keys and certificates", options: security),
        Section(title: "Recording", options: recording),
        Section(title: "Media playback", options: player),
        Section(title: "Transcoding", options: transcoding),
        Section(title: "DTMF and statistics", options: reporting),
        Section(title: "Redis", options: redis),
    ]

    /// Every option.
    public static let all: [OptionDeclaration] = sections.flatMap(\.options)

    /// The option of this long name.
    public static func option(named name: String) -> OptionDeclaration? { byName[name] }

    /// The option of this letter.
    public static func option(lettered letter: Character) -> OptionDeclaration? {
        all.first { $0.letter == letter }
    }

    private static let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    /// Any integer: of options that have no effect only the form is checked.
    static let anyInteger = OptionKind.integer(Int.min...Int.max)
    /// A count, size or time that cannot be negative.
    static let natural = OptionKind.integer(0...Int.max)
    /// Seconds, up to a hundred years.
    static let seconds = OptionKind.integer(0...3_155_760_000)
    static let port = OptionKind.integer(1...65535)
    static let byte = OptionKind.integer(0...255)
    static let percent = OptionKind.decimal(0...100)
}
