/// The two master keys of a DTLS-SRTP association, cut out of the exported keying material (RFC 5764 §4.2):
///
/// ```
/// client write key | server write key | client write salt | server write salt
/// ```
public struct ExportedKeys: Sendable, Equatable {
    /// The label of the exporter.
    public static let exporterLabel = "EXTRACTOR-dtls_srtp"

    /// What the DTLS client protects with.
    public let client: MasterKey
    /// What the DTLS server protects with.
    public let server: MasterKey

    /// The number of octets to export for `suite`.
    public static func materialLength(for suite: CryptoSuite) -> Int { 2 * suite.keyingLength }

    /// The keys in `material`; `nil` unless it has ``materialLength(for:)`` octets.
    public init?(material: UnsafeRawBufferPointer, suite: CryptoSuite) {
        guard material.count == Self.materialLength(for: suite) else { return nil }
        func masterKey(_ position: Int) -> MasterKey {
            let key = UnsafeRawBufferPointer(rebasing: material.dropFirst(position * suite.masterKeyLength))
            let saltStart = 2 * suite.masterKeyLength + position * suite.masterSaltLength
            let salt = UnsafeRawBufferPointer(rebasing: material.dropFirst(saltStart))
            return MasterKey(keyLength: suite.masterKeyLength, saltLength: suite.masterSaltLength) { bytes in
                bytes.copyBytes(from: key.prefix(suite.masterKeyLength))
                UnsafeMutableRawBufferPointer(rebasing: bytes.dropFirst(suite.masterKeyLength))
                    .copyBytes(from: salt.prefix(suite.masterSaltLength))
            }
        }
        client = masterKey(0)
        server = masterKey(1)
    }
}
