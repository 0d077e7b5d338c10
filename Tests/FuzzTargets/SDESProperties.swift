import SRTPKeying
import Wire

/// `a=crypto`: what can be read is written so that it reads the same, and no description shows the key.
enum SDESProperties {
    static func violation(_ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        for line in text.split(separator: "\n", maxSplits: 32) {
            guard let attribute = try? SDESAttribute(parsing: line) else { continue }
            guard attribute.masterKey.fits(attribute.suite) else { return "the key does not fit the suite" }
            for padding in [Base64.Padding.omitted, .included] {
                guard (try? SDESAttribute(parsing: attribute.text(padding: padding))) == attribute else {
                    return "reads differently after writing"
                }
            }
            let key = attribute.text().split(separator: " ")[2].dropFirst("inline:".count).prefix { $0 != "|" }
            if "\(attribute)".contains(key) || "\(attribute.masterKey)".contains(key) { return "shows the key" }
        }
        return nil
    }
}
