internal import COpenSSL
internal import Glibc
internal import SRTPKeying

/// One `SSL` with its channel: a handshake, and what follows from it. Knows nothing of what should be done about
/// datagrams that do not belong to it.
struct DTLSSession: ~Copyable {
    enum Progress {
        case waiting
        case established
        case failed(OpenSSLReason)
    }

    enum Record {
        case nothing
        case closed
        case failed(OpenSSLReason)
    }

    /// libssl forgets nonce and tag of an AEAD cipher when it fills a datagram.
    private static let uncountedLength = 24

    /// Client or server.
    let role: DTLSRole
    private let ssl: OpaquePointer
    private let channel: DatagramChannel

    init(_ context: DTLSContext, role: DTLSRole) throws(DTLSError) {
        let channel = try DatagramChannel(context.configuration)
        guard let ssl = SSL_new(context.pointer) else { throw .library(.draining()) }
        // The SSL takes one reference for both directions; the channel keeps its own.
        BIO_up_ref(channel.bio)
        SSL_set_bio(ssl, channel.bio, channel.bio)
        let limit = context.configuration.maximumDatagramLength - Self.uncountedLength
        guard SSL_ctrl(ssl, SSL_CTRL_SET_MTU, limit, nil) > 0 else {
            SSL_free(ssl)
            throw .library(.draining())
        }
        DTLS_set_timer_cb(ssl) { ssl, last in DatagramChannel.timeout(after: last, of: ssl) }
        if role == .client { SSL_set_connect_state(ssl) } else { SSL_set_accept_state(ssl) }
        self.role = role
        self.ssl = ssl
        self.channel = channel
    }

    deinit { SSL_free(ssl) }

    /// The datagrams to be sent so far, oldest first.
    func takeOutbound() -> [[UInt8]] {
        defer { channel.state.pointee.outbound = [] }
        return channel.state.pointee.outbound
    }

    /// Goes on with the handshake, with a datagram or, as the client at the start, without.
    func handshake(_ datagram: UnsafeRawBufferPointer? = nil) -> Progress {
        withInbound(datagram) {
            let result = SSL_do_handshake(ssl)
            if result == 1 { return .established }
            switch SSL_get_error(ssl, result) {
            case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .waiting
            default: return .failed(.draining())
            }
        }
    }

    /// Begins with a ClientHello that answers a HelloVerifyRequest, as if libssl had sent that one; the reason when it
    /// cannot. After the first of several fragments libssl would come to no end.
    func acceptVerifiedHello(_ datagram: UnsafeRawBufferPointer) -> OpenSSLReason? {
        guard DTLSRecord.hasWholeMessage(datagram) else {
            return OpenSSLReason(code: 0, description: "verified hello in fragments")
        }
        return withInbound(datagram) {
            guard let address = BIO_ADDR_new() else { return .draining() }
            defer { BIO_ADDR_free(address) }
            return DTLSv1_listen(ssl, address) == 1 ? nil : .draining()
        }
    }

    /// Handles a datagram after the handshake: an alert, or the peer's last flight once more, which makes libssl
    /// repeat ours. Application data is dropped.
    func read(_ datagram: UnsafeRawBufferPointer) -> Record {
        withInbound(datagram) {
            var scratch: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
            while true {
                let count = withUnsafeMutableBytes(of: &scratch) { SSL_read(ssl, $0.baseAddress, Int32($0.count)) }
                // Bounded by the length of the one datagram.
                if count > 0 { continue }
                switch SSL_get_error(ssl, count) {
                case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .nothing
                case SSL_ERROR_ZERO_RETURN: return .closed
                default: return .failed(.draining())
                }
            }
        }
    }

    private func withInbound<Result>(_ datagram: UnsafeRawBufferPointer?, _ body: () -> Result) -> Result {
        ERR_clear_error()
        channel.state.pointee.inbound = datagram
        defer { channel.state.pointee.inbound = nil }
        return body()
    }

    /// Says close_notify.
    func shutDown() {
        ERR_clear_error()
        _ = SSL_shutdown(ssl)
        ERR_clear_error()
    }

    /// What is to be kept when the session goes; `nil` when it cannot go, because its cipher is not one that records
    /// can be read of without it. Nothing can be sent afterwards.
    ///
    /// - Parameter lastFlight: what the handshake ended with, if that was ours.
    func release(lastFlight: [[UInt8]]) -> ReleasedSession? {
        guard let reader = RecordReader(ssl, role: role) else { return nil }
        shutDown()
        return ReleasedSession(lastFlight: lastFlight, farewell: takeOutbound(), reader)
    }

    /// Whether nothing that the peer sent in answer to our first flight was taken in yet.
    var awaitsFirstAnswer: Bool {
        let state = SSL_get_state(ssl)
        return state == TLS_ST_CW_CLNT_HELLO || state == TLS_ST_SW_SRVR_DONE || state == TLS_ST_BEFORE
    }

    /// Whether the server still waits for the whole ClientHello.
    var awaitsHello: Bool {
        let state = SSL_get_state(ssl)
        return state == TLS_ST_BEFORE || state == TLS_ST_SR_CLNT_HELLO
    }

    /// The octets that every encrypted record of the peer has at least; `nil` while no cipher was agreed on.
    var shortestEncryptedRecord: Int? {
        guard let cipher = SSL_get_current_cipher(ssl) ?? SSL_get_pending_cipher(ssl) else { return nil }
        switch SSL_CIPHER_get_cipher_nid(cipher) {
        // An explicit nonce of 8 octets, and a tag of 16 or, in CCM_8, of 8.
        case NID_aes_128_gcm, NID_aes_256_gcm: return 24
        case NID_aes_128_ccm, NID_aes_256_ccm:
            return String(cString: SSL_CIPHER_get_name(cipher)).hasSuffix("8") ? 16 : 24
        case NID_chacha20_poly1305: return 16
        default: return 1
        }
    }

    /// What is left of the wait for the peer; `nil` when no flight is out.
    var timeUntilTimeout: Duration? {
        var left = timeval()
        guard SSL_ctrl(ssl, DTLS_CTRL_GET_TIMEOUT, 0, &left) == 1 else { return nil }
        return .seconds(left.tv_sec) + .microseconds(left.tv_usec)
    }

    /// Sends the last flight again if its time has come; `nil` when it has not.
    func handleTimeout() -> Progress? {
        ERR_clear_error()
        switch SSL_ctrl(ssl, DTLS_CTRL_HANDLE_TIMEOUT, 0, nil) {
        case 0: return nil
        case 1: return .waiting
        default: return .failed(.draining())
        }
    }

    /// The suite of the protection profile agreed on.
    var suite: CryptoSuite? {
        guard let profile = SSL_get_selected_srtp_profile(ssl) else { return nil }
        return CryptoSuite(protectionProfile: UInt16(truncatingIfNeeded: profile.pointee.id))
    }

    /// The hash of the peer's certificate.
    func peerFingerprint(_ hash: FingerprintHash) -> CertificateFingerprint? {
        guard let certificate = SSL_get1_peer_certificate(ssl) else { return nil }
        defer { X509_free(certificate) }
        return CertificateFingerprint(of: certificate, hash: hash)
    }

    /// The keying material (RFC 5764 §4.2), cut up. The copy on the way is overwritten.
    func exportKeys(for suite: CryptoSuite) -> ExportedKeys? {
        let label = ExportedKeys.exporterLabel
        return withUnsafeTemporaryAllocation(
            byteCount: ExportedKeys.materialLength(for: suite), alignment: 8
        ) { material in
            defer { OPENSSL_cleanse(material.baseAddress, material.count) }
            ERR_clear_error()
            guard
                SSL_export_keying_material(
                    ssl, material.baseAddress?.assumingMemoryBound(to: UInt8.self), material.count, label,
                    label.utf8.count, nil, 0, 0) == 1
            else {
                ERR_clear_error()
                return nil
            }
            return ExportedKeys(material: UnsafeRawBufferPointer(material), suite: suite)
        }
    }
}
