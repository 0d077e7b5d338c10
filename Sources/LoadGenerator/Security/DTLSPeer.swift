internal import COpenSSL

/// One end's DTLS (RFC 6347): a handshake over memory BIOs, and the keys that come out of it (RFC 5764 §4.2).
final class DTLSPeer {
    enum State: Equatable {
        case waiting
        case established(outbound: SRTPKeying, inbound: SRTPKeying)
        case failed(String)
    }

    /// What came of it so far.
    private(set) var state = State.waiting
    private let ssl: OpaquePointer
    private let input: OpaquePointer
    private let output: OpaquePointer
    private let isClient: Bool
    private let suite: SRTPSuite
    private let expectedFingerprint: String

    /// The longest datagram that is sent.
    private static let datagramLimit = 1200

    /// An end that expects a peer with a certificate of this fingerprint.
    init(_ identity: DTLSIdentity, isClient: Bool, expecting fingerprint: String) throws(LoadError) {
        guard let ssl = SSL_new(identity.context), let input = BIO_new(BIO_s_mem()), let output = BIO_new(BIO_s_mem())
        else { throw .security("libssl is out of memory") }
        // The SSL frees both.
        SSL_set_bio(ssl, input, output)
        _ = SSL_ctrl(ssl, SSL_CTRL_SET_MTU, Self.datagramLimit, nil)
        if isClient { SSL_set_connect_state(ssl) } else { SSL_set_accept_state(ssl) }
        self.ssl = ssl
        self.input = input
        self.output = output
        self.isClient = isClient
        suite = identity.suite
        expectedFingerprint = fingerprint
    }

    deinit { SSL_free(ssl) }

    /// Begins as client, or goes on.
    func advance() {
        guard state == .waiting else { return }
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        if result == 1 {
            state = outcome
            return
        }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: break
        default:
            let code = ERR_get_error()
            state = .failed(ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)")
        }
    }

    /// Takes one datagram in. After the handshake that is the peer's last flight once more, which is answered with ours.
    func receive(_ datagram: UnsafeRawBufferPointer) {
        BIO_write(input, datagram.baseAddress, Int32(datagram.count))
        guard state == .waiting else {
            var scratch: UInt64 = 0
            ERR_clear_error()
            while SSL_read(ssl, &scratch, 8) > 0 {}
            return
        }
        advance()
    }

    /// Repeats the last flight if it has waited long enough for an answer.
    func tick() {
        guard state == .waiting else { return }
        ERR_clear_error()
        _ = SSL_ctrl(ssl, DTLS_CTRL_HANDLE_TIMEOUT, 0, nil)
    }

    /// What is to be sent, oldest first: whole records, as many as fit into each datagram.
    func takeDatagrams() -> [[UInt8]] {
        let pending = Int(BIO_ctrl(output, BIO_CTRL_PENDING, 0, nil))
        guard pending > 0 else { return [] }
        var records = [UInt8](repeating: 0, count: pending)
        guard BIO_read(output, &records, Int32(pending)) == Int32(pending) else { return [] }
        var datagrams: [[UInt8]] = []
        var start = 0
        var end = 0
        // RFC 6347 §4.1: the length of a record stands in octets 11 and 12 of its header of 13.
        while end + 13 <= pending {
            let next = end + 13 + Int(records[end + 11]) << 8 + Int(records[end + 12])
            if next - start > Self.datagramLimit, end > start {
                datagrams.append(Array(records[start..<end]))
                start = end
            }
            end = min(next, pending)
        }
        datagrams.append(Array(records[start...]))
        return datagrams
    }

    private var outcome: State {
        guard let certificate = SSL_get1_peer_certificate(ssl) else { return .failed("no certificate") }
        defer { X509_free(certificate) }
        guard DTLSIdentity.fingerprint(of: certificate) == expectedFingerprint else {
            return .failed("the certificate has another fingerprint than the SDP")
        }
        guard let profile = SSL_get_selected_srtp_profile(ssl), String(cString: profile.pointee.name) == suite.profile
        else { return .failed("another protection profile than \(suite.profile)") }
        let key = suite.keyLength
        let salt = suite.saltLength
        var material = [UInt8](repeating: 0, count: 2 * (key + salt))
        let label = "EXTRACTOR-dtls_srtp"
        guard
            SSL_export_keying_material(ssl, &material, material.count, label, label.utf8.count, nil, 0, 0) == 1,
            let client = SRTPKeying(suite, Array(material[..<key] + material[2 * key..<2 * key + salt])),
            let server = SRTPKeying(suite, Array(material[key..<2 * key] + material[(2 * key + salt)...]))
        else { return .failed("no keys") }
        return isClient
            ? .established(outbound: client, inbound: server) : .established(outbound: server, inbound: client)
    }
}
