/// Why no context could be made.
public enum SRTPError: Error, Hashable, Sendable {
    /// The master key has not the lengths that the suite wants.
    case wrongKeyLength
    /// An AEAD suite without authentication (RFC 7714 §8.3 and §9.3 leave no such packet).
    case unauthenticatedAEAD
    /// libcrypto has not this algorithm, or refused it; its error code.
    case algorithmUnavailable(String, code: UInt)
}
