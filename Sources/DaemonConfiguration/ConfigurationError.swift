/// Why the daemon cannot start with the given command line and configuration file: one line for the operator.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of mistake it is, which decides the exit status.
    public enum Kind: Sendable, Equatable {
        /// An unknown option or an impossible value: nothing but another command line or file helps.
        case usage
        /// The options make sense, but not on this machine: a file that is not there, a name that does not resolve.
        case startup
    }

    /// What kind of mistake it is.
    public let kind: Kind
    /// One line without the name of the program.
    public let description: String

    /// Status that the process exits with: 2 for usage, else rtpengine's 255.
    public var exitStatus: Int32 {
        switch kind {
        case .usage: 2
        case .startup: 255
        }
    }

    static func usage(_ description: String) -> ConfigurationError {
        ConfigurationError(kind: .usage, description: description)
    }

    static func startup(_ description: String) -> ConfigurationError {
        ConfigurationError(kind: .startup, description: description)
    }
}
