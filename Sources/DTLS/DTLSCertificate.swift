internal import COpenSSL
public import SRTPKeying

/// A self-signed certificate with its private key, as DTLS-SRTP has them (RFC 5763 §5): nothing in it matters but
/// its hash. Freed when it goes out of scope; contexts made from it keep what they need.
public struct DTLSCertificate: ~Copyable {
    /// The kinds of key.
    public enum Key: Sendable, Hashable {
        /// ECDSA on P-256, which every WebRTC endpoint has (RFC 8827 §6.5).
        case ecdsaP256
        /// RSA, for peers without ECDSA. libssl takes no less than 2048 bits.
        case rsa(bits: Int)
    }

    private let key: OpaquePointer
    private let certificate: OpaquePointer

    /// A certificate with a fresh key.
    ///
    /// - Parameters:
    ///   - kind: The kind of key.
    ///   - validFrom: Seconds since 1970.
    ///   - validity: Seconds from there on.
    ///   - signature: The hash that it is signed with; nobody verifies it.
    public init(
        _ kind: Key = .ecdsaP256, validFrom: Int64, validity: Int64, signature: FingerprintHash = .sha256
    ) throws(DTLSError) {
        ERR_clear_error()
        let generated =
            switch kind {
            case .ecdsaP256: COpenSSL_EC_gen("P-256")
            case .rsa(let bits): COpenSSL_RSA_gen(UInt32(clamping: bits))
            }
        guard let generated else { throw .certificate(.draining()) }
        guard let certificate = X509_new() else {
            EVP_PKEY_free(generated)
            throw .certificate(.draining())
        }
        let times = (from: validFrom, to: validFrom.addingReportingOverflow(validity).partialValue)
        guard Self.fill(certificate, key: generated, times, signature) else {
            X509_free(certificate)
            EVP_PKEY_free(generated)
            throw .certificate(.draining())
        }
        self.key = generated
        self.certificate = certificate
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
    }

    private static func fill(
        _ certificate: OpaquePointer, key: OpaquePointer, _ times: (from: Int64, to: Int64),
        _ signature: FingerprintHash
    ) -> Bool {
        // 64 random bits (RFC 5280 §4.1.2.2: positive, hard to guess).
        var serial: UInt64 = 0
        let hasSerial = withUnsafeMutableBytes(of: &serial) { bytes in
            RAND_bytes(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(bytes.count)) == 1
        }
        let name = X509_get_subject_name(certificate)
        return hasSerial && X509_set_version(certificate, 2) == 1
            && ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1 | 1) == 1
            && ASN1_TIME_set(X509_getm_notBefore(certificate), Int(times.from)) != nil
            && ASN1_TIME_set(X509_getm_notAfter(certificate), Int(times.to)) != nil
            && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, "millrace", -1, -1, 0) == 1
            && X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1
            && X509_sign(certificate, key, signature.algorithm) > 0
    }

    /// The hash to signal in `a=fingerprint`.
    public func fingerprint(_ hash: FingerprintHash) throws(DTLSError) -> CertificateFingerprint {
        guard let fingerprint = CertificateFingerprint(of: certificate, hash: hash) else {
            throw .certificate(.draining())
        }
        return fingerprint
    }

    /// Lets a context use it.
    func install(in context: OpaquePointer) -> Bool {
        SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1
            && SSL_CTX_check_private_key(context) == 1
    }
}

// Read only once made, and with one owner; what libcrypto counts references to it counts atomically.
extension DTLSCertificate: @unchecked Sendable {}

extension CertificateFingerprint {
    /// The hash of an `X509`.
    init?(of certificate: OpaquePointer, hash: FingerprintHash) {
        var length: UInt32 = 0
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        guard X509_digest(certificate, hash.algorithm, &digest, &length) == 1 else { return nil }
        self.init(hash: hash, digest: Array(digest.prefix(Int(length))))
    }
}

extension FingerprintHash {
    /// The hash in libcrypto.
    fileprivate var algorithm: OpaquePointer? {
        switch self {
        case .sha1: EVP_sha1()
        case .sha224: EVP_sha224()
        case .sha256: EVP_sha256()
        case .sha384: EVP_sha384()
        case .sha512: EVP_sha512()
        }
    }
}
