public import Wire

/// One `a=crypto` line, understood (RFC 4568 §9.2):
///
/// ```
/// 1 AES_CM_128_HMAC_SHA1_80 inline:BASE64|2^31|1:4 UNENCRYPTED_SRTCP
/// tag suite                 key    lifetime MKI:length parameters
/// ```
///
/// The key is not part of ``description``; ``text(padding:)`` is for the SDP alone.
public struct SDESAttribute: Sendable, Equatable {
    /// The longest value that is looked at, in octets.
    public static let lengthLimit = 2048

    /// Up to nine digits.
    public var tag: UInt32
    /// What to protect with.
    public var suite: CryptoSuite
    /// What to derive the session keys from.
    public var masterKey: MasterKey
    /// How many packets the key may protect.
    public var lifetime: Lifetime?
    /// The MKI that every packet carries.
    public var masterKeyIdentifier: MasterKeyIdentifier?
    /// The rest of the line.
    public var parameters = SessionParameters()

    /// A number of packets, as it was written.
    public enum Lifetime: Sendable, Hashable {
        /// `2^n`
        case powerOfTwo(Int)
        /// A plain number.
        case packets(UInt64)
    }

    /// An attribute from its parts.
    public init(tag: UInt32, suite: CryptoSuite, masterKey: MasterKey) {
        self.tag = tag
        self.suite = suite
        self.masterKey = masterKey
    }

    /// Reads what stands behind `a=crypto:`.
    ///
    /// Session parameters that are not known are kept as text. A line with several keys is not understood, as it
    /// is not by the peer this relay stands in for.
    public init(parsing text: some StringProtocol) throws(SDESError) {
        guard text.utf8.count <= Self.lengthLimit else { throw .malformed(.line) }
        let words = text.split { $0 == " " || $0 == "\t" }
        guard words.count >= 3 else { throw .malformed(.line) }
        guard let tag = decimal(Substring(words[0]), digits: 9) else { throw .malformed(.tag) }
        guard let suite = CryptoSuite(name: words[1]) else { throw .unknownSuite(String(words[1])) }
        guard !words[2].utf8.contains(UInt8(ascii: ";")) else { throw .severalKeys }
        let fields = words[2].split(separator: "|", omittingEmptySubsequences: false).map { Substring($0) }
        self.init(tag: UInt32(tag), suite: suite, masterKey: try Self.masterKey(fields[0], for: suite))
        try readKeyFields(fields.dropFirst())
        for word in words.dropFirst(3) { parameters.add(Substring(word)) }
    }

    private static func masterKey(_ field: Substring, for suite: CryptoSuite) throws(SDESError) -> MasterKey {
        let method = field.prefix { $0 != ":" }
        guard method.lowercased() == "inline" else { throw .unknownKeyMethod }
        let characters = field.dropFirst(method.count + 1).utf8
        return try MasterKey(
            keyLength: suite.masterKeyLength, saltLength: suite.masterSaltLength
        ) { bytes throws(SDESError) in
            guard Base64.decode(characters, into: bytes) == suite.keyingLength else { throw .unreadableKey }
        }
    }

    private mutating func readKeyFields(_ fields: ArraySlice<Substring>) throws(SDESError) {
        guard fields.count <= 2 else { throw .malformed(.keyParameters) }
        for field in fields {
            if let colon = field.firstIndex(of: ":") {
                guard masterKeyIdentifier == nil, let value = decimal(field[..<colon], digits: 20),
                    let length = decimal(field[field.index(after: colon)...], digits: 3),
                    let identifier = MasterKeyIdentifier(value: value, length: Int(length))
                else { throw .malformed(.masterKeyIdentifier) }
                masterKeyIdentifier = identifier
            } else {
                // The lifetime stands before the MKI.
                guard lifetime == nil, masterKeyIdentifier == nil, let read = Lifetime(field) else {
                    throw .malformed(.lifetime)
                }
                lifetime = read
            }
        }
    }

    /// What stands behind `a=crypto:`, with the key in it.
    public func text(padding: Base64.Padding = .omitted) -> String {
        var octets = Array("\(tag) \(suite.name) inline:".utf8)
        masterKey.withUnsafeBytes { Base64.encode($0, padding: padding, to: &octets) }
        var text = String(decoding: octets, as: UTF8.self)
        if let lifetime { text += "|\(lifetime.text)" }
        if let masterKeyIdentifier { text += "|\(masterKeyIdentifier.value):\(masterKeyIdentifier.length)" }
        for parameter in parameters.texts { text += " " + parameter }
        return text
    }
}

extension SDESAttribute: CustomStringConvertible {
    /// Tag and suite, without the key.
    public var description: String { "\(tag) \(suite.name)" }
}

extension SDESAttribute.Lifetime {
    fileprivate init?(_ text: Substring) {
        if text.hasPrefix("2^") {
            guard let exponent = decimal(text.dropFirst(2), digits: 2), exponent <= 48 else { return nil }
            self = .powerOfTwo(Int(exponent))
        } else {
            guard let count = decimal(text, digits: 15), count > 0 else { return nil }
            self = .packets(count)
        }
    }

    fileprivate var text: String {
        switch self {
        case .powerOfTwo(let exponent): "2^\(exponent)"
        case .packets(let count): "\(count)"
        }
    }
}
