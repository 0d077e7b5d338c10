internal import COpenSSL
import Glibc

/// A certificate and the libssl context of generated ends, made once for all of them.
final class DTLSIdentity: Sendable {
    /// Never changed after `init`; libssl counts its references atomically.
    nonisolated(unsafe) let context: OpaquePointer
    /// For `a=fingerprint`, with the name of the hash.
    let fingerprint: String
    let suite: SRTPSuite

    init(_ suite: SRTPSuite) throws(LoadError) {
        guard let context = SSL_CTX_new(DTLS_method()) else { throw .security("libssl has no DTLS") }
        guard let key = COpenSSL_EC_gen("P-256"), let certificate = X509_new(),
            Self.fill(certificate, key), SSL_CTX_use_certificate(context, certificate) == 1,
            SSL_CTX_use_PrivateKey(context, key) == 1,
            let fingerprint = Self.fingerprint(of: certificate),
            // The call returns 0 for success.
            SSL_CTX_set_tlsext_use_srtp(context, suite.profile) == 0,
            SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(DTLS1_2_VERSION), nil) == 1
        else {
            SSL_CTX_free(context)
            throw .security("libssl makes no certificate")
        }
        EVP_PKEY_free(key)
        X509_free(certificate)
        _ = SSL_CTX_set_options(context, COpenSSL_OP_NO_QUERY_MTU | COpenSSL_OP_NO_TICKET)
        _ = SSL_CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        // The certificate is compared with the signalled fingerprint after the handshake.
        SSL_CTX_set_cert_verify_callback(context, { _, _ in 1 }, nil)
        self.context = context
        self.fingerprint = fingerprint
        self.suite = suite
    }

    deinit { SSL_CTX_free(context) }

    private static func fill(_ certificate: OpaquePointer, _ key: OpaquePointer) -> Bool {
        let name = X509_get_subject_name(certificate)
        let now = time(nil)
        return X509_set_version(certificate, 2) == 1
            && ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), UInt64.random(in: 1...UInt64(Int64.max)))
                == 1
            && ASN1_TIME_set(X509_getm_notBefore(certificate), now - 86_400) != nil
            && ASN1_TIME_set(X509_getm_notAfter(certificate), now + 30 * 86_400) != nil
            && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, "load", -1, -1, 0) == 1
            && X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1
            && X509_sign(certificate, key, EVP_sha256()) > 0
    }

    /// SHA-256 of a certificate as in `a=fingerprint` (RFC 8122 §5).
    static func fingerprint(of certificate: OpaquePointer) -> String? {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        guard X509_digest(certificate, EVP_sha256(), &digest, &length) == 1 else { return nil }
        let octets = digest.prefix(Int(length)).map { octet in
            let digits = String(octet, radix: 16, uppercase: true)
            return digits.count < 2 ? "0" + digits : digits
        }
        return "sha-256 " + octets.joined(separator: ":")
    }
}
