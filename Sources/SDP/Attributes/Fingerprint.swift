import Wire

/// `a=fingerprint:<hash> <fingerprint>` (RFC 8122 §5).
public struct Fingerprint: Sendable, Hashable {
    /// `sha-256` …, in lower case.
    public var hashFunction: String
    /// The digest of the certificate.
    public var bytes: [UInt8]

    /// A fingerprint from its parts.
    public init(hashFunction: String, bytes: [UInt8]) {
        self.hashFunction = hashFunction
        self.bytes = bytes
    }

    /// Reads the value; `nil` unless it is a name and pairs of hex digits, in either case, between colons.
    public init?(_ text: some StringProtocol) {
        var reader = TokenReader(Substring(text))
        guard let name = reader.next(), let value = reader.next(), reader.next() == nil else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(value.utf8.count / 3 + 1)
        for pair in value.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            guard pair.count == 2, let high = pair.first?.hexDigitValue, let low = pair.last?.hexDigitValue else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        self.init(hashFunction: name.asciiLowercased, bytes: bytes)
    }

    /// What stands behind `a=fingerprint:`, upper-case hex digits as RFC 8122 §5 wants.
    public var text: String {
        var text = "\(hashFunction) "
        for (index, byte) in bytes.enumerated() {
            if index > 0 { text += ":" }
            if byte < 0x10 { text += "0" }
            text += String(byte, radix: 16, uppercase: true)
        }
        return text
    }
}

extension UInt8 {
    fileprivate var hexDigitValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

extension DescriptionSection {
    /// All readable `a=fingerprint` at this level, in order.
    public var fingerprints: [Fingerprint] { all(named: "fingerprint") { Fingerprint($0) } }
}
