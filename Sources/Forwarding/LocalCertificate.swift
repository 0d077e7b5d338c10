/// A certificate of the relay as peers are told of it. The key is with the media plane, under the same number.
public struct LocalCertificate: Sendable, Equatable {
    /// Names it: 0 for the first of the process, and one more for each that replaces another.
    public var number: UInt64
    /// Values of `a=fingerprint` by hash name (`sha-256`).
    public var fingerprints: [String: String]

    /// The certificate `number`, which hashes to `fingerprints`.
    public init(number: UInt64 = 0, fingerprints: [String: String]) {
        self.number = number
        self.fingerprints = fingerprints
    }
}
