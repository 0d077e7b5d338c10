/// Why an `a=crypto` line cannot be used. The line is then as good as absent; its tag does not count.
public enum SDESError: Error, Hashable, Sendable {
    /// A part of the line that is missing or breaks the grammar.
    public enum Part: Hashable, Sendable {
        case line
        case tag
        case keyParameters
        case lifetime
        case masterKeyIdentifier
    }

    case malformed(Part)
    /// A suite that this relay does not have.
    case unknownSuite(String)
    /// Anything but `inline:`.
    case unknownKeyMethod
    /// More than one key, which needs MKIs to change keys during a call.
    case severalKeys
    /// The key is not Base64 or has not the length that the suite wants.
    case unreadableKey
}
