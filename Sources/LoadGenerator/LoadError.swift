/// Why a measurement could not be made.
public enum LoadError: Error, Equatable, Sendable {
    /// A system call failed: its name and `errno`.
    case system(call: String, errno: Int32)
    /// An option has a value that makes no sense; the text says which and why.
    case invalidOption(String)
    /// The relay could not be started or did not answer in time; the text says what happened, with the end of its log.
    case relayDidNotStart(String)
    /// The relay ended by itself or with another status than 0 after SIGTERM.
    case relayFailed(String)
    /// A request over ng failed.
    case control(NGClientError)
    /// The SDP in a reply has no usable media address.
    case noMediaAddress(String)
    /// SRTP, ICE or DTLS with the relay failed; the text says at what.
    case security(String)
}

extension LoadError: CustomStringConvertible {
    /// One line for an operator.
    public var description: String {
        switch self {
        case .system(let call, let code): "\(call): \(systemErrorText(code))"
        case .invalidOption(let text): text
        case .relayDidNotStart(let text): "the relay did not start: \(text)"
        case .relayFailed(let text): "the relay failed: \(text)"
        case .control(let error): error.description
        case .security(let text): text
        case .noMediaAddress(let sdp): "no media address in the relay's SDP: \(sdp)"
        }
    }
}
