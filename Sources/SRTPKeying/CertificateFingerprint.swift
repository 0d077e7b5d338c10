/// A hash function of `a=fingerprint` (RFC 8122 §5). MD2 and MD5 are not among them: the RFC forbids both.
///
/// Ordered by strength.
public enum FingerprintHash: String, Sendable, Hashable, CaseIterable, Comparable {
    case sha1 = "sha-1"
    case sha224 = "sha-224"
    case sha256 = "sha-256"
    case sha384 = "sha-384"
    case sha512 = "sha-512"

    /// The hash with this name, in either case of letters.
    public init?(name: some StringProtocol) { self.init(rawValue: name.lowercased()) }

    /// Octets of the digest.
    public var digestLength: Int {
        switch self {
        case .sha1: 20
        case .sha224: 28
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    /// Whether `left` is the weaker one.
    public static func < (left: FingerprintHash, right: FingerprintHash) -> Bool {
        left.digestLength < right.digestLength
    }
}

/// The hash of a certificate, as signalled in `a=fingerprint` (RFC 8122 §5).
public struct CertificateFingerprint: Sendable, Hashable, CustomStringConvertible {
    /// How ``digest`` was made.
    public let hash: FingerprintHash
    /// As many octets as the hash gives.
    public let digest: [UInt8]

    /// A fingerprint from its parts; `nil` when the digest has not the length of the hash.
    public init?(hash: FingerprintHash, digest: [UInt8]) {
        guard digest.count == hash.digestLength else { return nil }
        self.hash = hash
        self.digest = digest
    }

    /// A fingerprint as signalled; `nil` for a hash that is not known or a digest of another length.
    public init?(hashFunction: some StringProtocol, digest: [UInt8]) {
        guard let hash = FingerprintHash(name: hashFunction) else { return nil }
        self.init(hash: hash, digest: digest)
    }

    /// Whether both are the same, in time that does not depend on where the digests differ.
    public static func == (left: CertificateFingerprint, right: CertificateFingerprint) -> Bool {
        left.hash == right.hash
            && left.digest.withUnsafeBytes { first in
                right.digest.withUnsafeBytes { second in haveEqualOctets(first, second) }
            }
    }

    /// `sha-256 AB:CD:…`
    public var description: String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text = Array("\(hash.rawValue) ".utf8)
        for (index, byte) in digest.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ":")) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 0x0F)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
