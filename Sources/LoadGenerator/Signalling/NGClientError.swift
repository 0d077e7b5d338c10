/// Why a request over ng has no good reply.
public enum NGClientError: Error, Equatable, Sendable {
    /// A system call failed: its name and `errno`.
    case system(call: String, errno: Int32)
    /// No reply to this command, after all retransmissions.
    case timeout(command: String)
    /// The reply to this command is not a bencode dictionary with a `result`.
    case malformedReply(command: String)
    /// The relay answered with another result than `ok` or `pong`: its `error-reason` or `message`.
    case refused(command: String, reason: String)
}

extension NGClientError: CustomStringConvertible {
    /// One line for an operator.
    public var description: String {
        switch self {
        case .system(let call, let code): "\(call): \(systemErrorText(code))"
        case .timeout(let command): "no reply to \(command)"
        case .malformedReply(let command): "malformed reply to \(command)"
        case .refused(let command, let reason): "\(command) was refused: \(reason)"
        }
    }
}
