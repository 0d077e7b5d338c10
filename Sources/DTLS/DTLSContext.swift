internal import COpenSSL
public import SRTPKeying

/// One certificate and one configuration, from which any number of associations are made, on any threads.
///
/// A certificate is rotated by making a new context for the associations to come. Those that exist keep theirs: the
/// fingerprint that was signalled for them stays true.
public final class DTLSContext: Sendable {
    /// Never changed after `init`; libssl counts its references atomically.
    nonisolated(unsafe) let pointer: OpaquePointer
    /// What it was made with.
    public let configuration: DTLSConfiguration
    private let fingerprints: [CertificateFingerprint]

    /// A context that proves itself with `certificate`.
    public init(
        _ certificate: borrowing DTLSCertificate, configuration: DTLSConfiguration = DTLSConfiguration()
    ) throws(DTLSError) {
        guard (256...65_507).contains(configuration.maximumDatagramLength) else {
            throw .maximumDatagramLength(configuration.maximumDatagramLength)
        }
        var fingerprints: [CertificateFingerprint] = []
        for hash in FingerprintHash.allCases { fingerprints.append(try certificate.fingerprint(hash)) }
        ERR_clear_error()
        guard let pointer = SSL_CTX_new(DTLS_method()) else { throw .library(.draining()) }
        do throws(DTLSError) {
            try Self.configure(pointer, configuration)
            guard certificate.install(in: pointer) else { throw DTLSError.library(.draining()) }
        } catch {
            SSL_CTX_free(pointer)
            throw error
        }
        self.pointer = pointer
        self.configuration = configuration
        self.fingerprints = fingerprints
    }

    deinit { SSL_CTX_free(pointer) }

    /// Our fingerprint, to signal in `a=fingerprint`.
    public func fingerprint(_ hash: FingerprintHash) -> CertificateFingerprint {
        fingerprints[FingerprintHash.allCases.firstIndex(of: hash) ?? 0]
    }

    private static func configure(_ context: OpaquePointer, _ configuration: DTLSConfiguration) throws(DTLSError) {
        guard SSL_CTX_set_cipher_list(context, configuration.ciphers) == 1 else {
            ERR_clear_error()
            throw .cipherList(configuration.ciphers)
        }
        guard set(context, SSL_CTRL_SET_GROUPS_LIST, text: configuration.groups) else {
            ERR_clear_error()
            throw .groupList(configuration.groups)
        }
        let profiles = configuration.profiles.compactMap(\.openSSLProfileName)
        // The call returns 0 for success.
        guard !profiles.isEmpty, profiles.count == configuration.profiles.count,
            SSL_CTX_set_tlsext_use_srtp(context, profiles.joined(separator: ":")) == 0
        else {
            ERR_clear_error()
            throw .protectionProfiles(configuration.profiles.map(\.name))
        }
        guard set(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(DTLS1_2_VERSION)),
            set(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(DTLS1_2_VERSION)),
            set(context, SSL_CTRL_SET_MAX_SEND_FRAGMENT, min(16_384, max(512, configuration.maximumDatagramLength)))
        else { throw .library(.draining()) }
        _ = SSL_CTX_set_options(
            context,
            COpenSSL_OP_NO_QUERY_MTU | COpenSSL_OP_NO_TICKET | COpenSSL_OP_NO_RENEGOTIATION
                | COpenSSL_OP_NO_COMPRESSION | COpenSSL_OP_CIPHER_SERVER_PREFERENCE)
        _ = SSL_CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
        _ = SSL_CTX_ctrl(context, SSL_CTRL_MODE, Int(SSL_MODE_RELEASE_BUFFERS), nil)
        // What a peer can make us hold on to before it has proved anything.
        _ = SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_CERT_LIST, certificateListLimit, nil)
        // Cookies were looked at before libssl sees them.
        SSL_CTX_set_cookie_verify_cb(context) { _, _, _ in 1 }
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        // No chain is built: the certificate is compared with the signalled fingerprint (RFC 8122 §6).
        SSL_CTX_set_cert_verify_callback(context, { _, _ in 1 }, nil)
    }

    private static let certificateListLimit = 16 * 1024

    private static func set(_ context: OpaquePointer, _ command: Int32, _ value: Int) -> Bool {
        SSL_CTX_ctrl(context, command, value, nil) == 1
    }

    private static func set(_ context: OpaquePointer, _ command: Int32, text: String) -> Bool {
        var characters = Array(text.utf8CString)
        return characters.withUnsafeMutableBytes { SSL_CTX_ctrl(context, command, 0, $0.baseAddress) == 1 }
    }
}

extension CryptoSuite {
    /// The name of its protection profile in OpenSSL, which is not the one of the registry.
    fileprivate var openSSLProfileName: String? {
        switch self {
        case .aeadAES256GCM: "SRTP_AEAD_AES_256_GCM"
        case .aeadAES128GCM: "SRTP_AEAD_AES_128_GCM"
        case .aesCM128Tag80: "SRTP_AES128_CM_SHA1_80"
        case .aesCM128Tag32: "SRTP_AES128_CM_SHA1_32"
        case .aesCM256Tag80, .aesCM256Tag32, .aesCM192Tag80, .aesCM192Tag32, .aesF8Tag80, .aesF8Tag32, .nullTag80,
            .nullTag32:
            nil
        }
    }
}
