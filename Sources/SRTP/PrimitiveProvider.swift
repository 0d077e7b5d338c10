internal import COpenSSL

/// Who computes AES in counter mode and HMAC-SHA1.
enum PrimitiveProvider {
    /// The processor's instructions for AES, where it has them, and the low-level SHA-1 of libcrypto.
    case direct
    /// Contexts of libcrypto (`EVP`). A libcrypto in FIPS mode refuses everything else.
    case contexts

    /// What this process may use.
    static let preferred = EVP_default_properties_is_fips_enabled(nil) == 1 ? PrimitiveProvider.contexts : .direct
}
