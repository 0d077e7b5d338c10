internal import COpenSSL

/// An `a=crypto` line (RFC 4568 §9.1) with one key, as far as generated ends use it.
struct SDESLine: Equatable {
    let tag: Int
    let keying: SRTPKeying

    init(tag: Int, keying: SRTPKeying) {
        self.tag = tag
        self.keying = keying
    }

    /// Reads what follows `a=crypto:`; `nil` for suites and parameters that generated ends do not have.
    init?(_ text: some StringProtocol) {
        let fields = text.split(separator: " ")
        guard fields.count == 3, let tag = Int(fields[0]), let suite = SRTPSuite(rawValue: String(fields[1])),
            fields[2].hasPrefix("inline:"),
            let key = fields[2].dropFirst("inline:".count).split(separator: "|").first,
            let octets = Self.decode(String(key)), let keying = SRTPKeying(suite, octets)
        else { return nil }
        self.init(tag: tag, keying: keying)
    }

    /// What follows `a=`.
    var attribute: String { "crypto:\(tag) \(keying.suite.rawValue) inline:\(Self.encode(keying.octets))" }

    private static func encode(_ octets: [UInt8]) -> String {
        var text = [UInt8](repeating: 0, count: (octets.count + 2) / 3 * 4 + 1)
        let count = EVP_EncodeBlock(&text, octets, Int32(octets.count))
        return String(decoding: text.prefix(Int(count)), as: UTF8.self)
    }

    private static func decode(_ text: String) -> [UInt8]? {
        var padded = Array(text.utf8)
        while padded.count % 4 != 0 { padded.append(UInt8(ascii: "=")) }
        let padding = padded.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard padded.count <= 128, padding <= 2 else { return nil }
        var octets = [UInt8](repeating: 0, count: padded.count)
        let count = EVP_DecodeBlock(&octets, padded, Int32(padded.count))
        return count >= padding ? Array(octets.prefix(Int(count) - padding)) : nil
    }
}
