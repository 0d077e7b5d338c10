import DTLS
import DaemonConfiguration
import SRTPKeying

/// The certificate of this process and what is signalled of it. A fresh one at every start: nobody remembers it beyond
/// a call (RFC 5763 §5).
struct DTLSIdentity {
    /// What handshakes are made with.
    let context: DTLSContext
    /// Values of `a=fingerprint` by hash name.
    let fingerprints: [String: String]

    /// A certificate valid from a day ago, for peers whose clocks are late, and for ten years: longer than any process.
    init(_ settings: DTLSSettings, nowSeconds: Int64) throws(DTLSError) {
        let day: Int64 = 86_400
        let certificate = try DTLSCertificate(
            settings.usesRSA ? .rsa2048 : .ecdsaP256, validFrom: nowSeconds - day, validity: 3_650 * day)
        var fingerprints: [String: String] = [:]
        for hash in FingerprintHash.allCases {
            let octets = try certificate.fingerprint(hash).digest
            fingerprints[hash.rawValue] = octets.map(DTLSIdentity.hexadecimal).joined(separator: ":")
        }
        self.fingerprints = fingerprints
        var configuration = DTLSConfiguration()
        configuration.maximumDatagramLength = settings.maximumDatagramLength
        configuration.ciphers = settings.ciphers ?? configuration.ciphers
        context = try DTLSContext(certificate, configuration: configuration)
    }

    private static func hexadecimal(_ octet: UInt8) -> String {
        let text = String(octet, radix: 16, uppercase: true)
        return octet < 16 ? "0" + text : text
    }
}
