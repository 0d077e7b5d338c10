/// A command of the control protocol: its name, how its arguments are read, and what carries it out.
///
/// A command may take as long as it needs and send any number of events before its result; the task that it runs in is
/// cancelled when the client goes away.
public struct ControlCommand<Arguments: Sendable>: Sendable {
    /// Name in requests.
    public let name: String
    /// One line for people, without a full stop.
    public let summary: String
    /// Names of the arguments, with what they mean.
    public let arguments: [(name: String, meaning: String)]
    /// Only clients on the control socket may use it: its results are not for everybody who reaches a TCP port.
    public let isLocalOnly: Bool
    /// Reads the arguments.
    public let read: @Sendable (ControlArguments) throws(ControlCommandError) -> Arguments
    /// Carries the command out.
    public let run: @Sendable (Arguments, any ControlEventSink) async throws(ControlCommandError) -> JSONValue

    /// A command from its parts.
    public init(
        _ name: String, _ summary: String, arguments: [(name: String, meaning: String)] = [], isLocalOnly: Bool = false,
        read: @escaping @Sendable (ControlArguments) throws(ControlCommandError) -> Arguments,
        run: @escaping @Sendable (Arguments, any ControlEventSink) async throws(ControlCommandError) -> JSONValue
    ) {
        self.name = name
        self.summary = summary
        self.arguments = arguments
        self.isLocalOnly = isLocalOnly
        self.read = read
        self.run = run
    }
}

/// The way of events to the client that asked.
public protocol ControlEventSink: Sendable {
    /// Sends an event and returns when there is room for the next one; `false` when nobody listens any more.
    func send(_ event: JSONValue) async -> Bool
}

/// Why a command was not carried out.
public struct ControlCommandError: Error, Sendable, Equatable {
    /// What kind of failure it is, for programs.
    public enum Code: String, Sendable {
        /// The request is no JSON object, or of another version.
        case malformed
        /// There is no such command.
        case unknownCommand = "unknown-command"
        /// An argument is missing or makes no sense.
        case arguments
        /// What the command is about does not exist.
        case notFound = "not-found"
        /// A limit stands against it.
        case limit
        /// The client may not use the command.
        case notAllowed = "not-allowed"
        /// The system refused.
        case failed
    }

    /// What kind of failure it is.
    public let code: Code
    /// What happened, for people.
    public let message: String

    /// An error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// The arguments of a request, read by name.
public struct ControlArguments: Sendable {
    private let value: JSONValue

    /// Arguments from the member `arguments` of a request.
    public init(_ value: JSONValue) { self.value = value }

    /// A text that may be left out.
    public func optionalText(_ name: String) throws(ControlCommandError) -> String? {
        guard let value = value[name], value != .null else { return nil }
        switch value {
        case .string(let text): return text
        case .integer(let number): return String(number)
        case .number(let number): return "\(number)"
        default: throw ControlCommandError(.arguments, "\(name) must be a text")
        }
    }

    /// A text that must be there.
    public func text(_ name: String) throws(ControlCommandError) -> String {
        guard let text = try optionalText(name) else {
            throw ControlCommandError(.arguments, "\(name) is missing")
        }
        return text
    }

    /// A whole number in `range` that may be left out.
    public func optionalInteger(_ name: String, _ range: ClosedRange<Int>) throws(ControlCommandError) -> Int? {
        guard let value = value[name], value != .null else { return nil }
        guard let number = value.integer.map(Int.init(clamping:)), range.contains(number) else {
            throw ControlCommandError(
                .arguments, "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// `true` or `false`, else `standard`.
    public func flag(_ name: String, default standard: Bool) throws(ControlCommandError) -> Bool {
        guard let value = value[name], value != .null else { return standard }
        guard let flag = value.boolean else { throw ControlCommandError(.arguments, "\(name) must be true or false") }
        return flag
    }
}
