/// Why the daemon could not start although its options make sense: one line for the operator.
struct StartupError: Error, Equatable, CustomStringConvertible {
    /// The status that rtpengine exits with in this case.
    static let exitStatus: Int32 = 255

    let description: String

    init(_ description: String) { self.description = description }
}
