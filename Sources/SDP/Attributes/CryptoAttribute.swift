/// `a=crypto:<tag> <suite> <key parameters> [<session parameters>]` (RFC 4568 §4). Keys are not decoded here.
public struct CryptoAttribute: Sendable, Hashable {
    /// Up to nine digits.
    public var tag: UInt32
    /// `AES_CM_128_HMAC_SHA1_80` …
    public var suite: String
    /// `inline:…`, several with `;` between them.
    public var keyParameters: String
    /// `UNENCRYPTED_SRTP`, `KDR=…` …
    public var sessionParameters: [String]

    /// An attribute from its parts.
    public init(tag: UInt32, suite: String, keyParameters: String, sessionParameters: [String] = []) {
        self.tag = tag
        self.suite = suite
        self.keyParameters = keyParameters
        self.sessionParameters = sessionParameters
    }

    /// Reads the value; `nil` when one of the three parts is missing.
    public init?(_ text: some StringProtocol) {
        var reader = TokenReader(Substring(text))
        guard let digits = reader.next(), digits.utf8.count <= 9,
            let tag = DecimalText.value(digits, as: UInt32.self), let suite = reader.next(), let keys = reader.next()
        else { return nil }
        self.init(tag: tag, suite: String(suite), keyParameters: String(keys))
        while let parameter = reader.next() { sessionParameters.append(String(parameter)) }
    }

    /// What stands behind `a=crypto:`.
    public var text: String { sessionParameters.reduce("\(tag) \(suite) \(keyParameters)") { $0 + " " + $1 } }
}

extension MediaDescription {
    /// All readable `a=crypto` in order.
    public var cryptoAttributes: [CryptoAttribute] { all(named: "crypto") { CryptoAttribute($0) } }
}
