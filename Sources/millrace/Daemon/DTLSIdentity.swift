import DTLS
import DaemonConfiguration
import Forwarding
import SRTPKeying

/// A certificate of this process and what is signalled of it. The first is made at the start: nobody remembers one
/// beyond a call (RFC 5763 §5).
struct DTLSIdentity {
    /// What handshakes are made with.
    let context: DTLSContext
    /// What parties are told of it.
    let certificate: LocalCertificate

    /// A certificate valid from a day ago, for peers whose clocks are late, and for the configured lifetime.
    init(_ settings: DTLSSettings, number: UInt64, nowSeconds: Int64) throws(DTLSError) {
        let day: Int64 = 86_400
        let made = try DTLSCertificate(
            settings.usesRSA ? .rsa(bits: settings.rsaBits) : .ecdsaP256, validFrom: nowSeconds - day,
            validity: day + Int64(settings.certificateLifetime),
            signature: FingerprintHash(name: settings.signature) ?? .sha256)
        var fingerprints: [String: String] = [:]
        for hash in FingerprintHash.allCases {
            let octets = try made.fingerprint(hash).digest
            fingerprints[hash.rawValue] = octets.map(DTLSIdentity.hexadecimal).joined(separator: ":")
        }
        certificate = LocalCertificate(number: number, fingerprints: fingerprints)
        var configuration = DTLSConfiguration()
        configuration.maximumDatagramLength = settings.maximumDatagramLength
        configuration.ciphers = settings.ciphers ?? configuration.ciphers
        context = try DTLSContext(made, configuration: configuration)
    }

    private static func hexadecimal(_ octet: UInt8) -> String {
        let text = String(octet, radix: 16, uppercase: true)
        return octet < 16 ? "0" + text : text
    }
}
