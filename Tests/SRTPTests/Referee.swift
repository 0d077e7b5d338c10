import CSRTP
import SRTPKeying
import Simulation

@testable import SRTP

/// One direction of a libsrtp2 session.
final class Referee {
    enum Direction {
        case sends
        case receives
    }

    private let session: srtp_t

    /// `nil` for a policy that libsrtp2 does not have.
    init?(_ policy: SRTPPolicy, _ direction: Direction) {
        var options = srtp_policy_t()
        guard SRTPLibrary.isReady, Self.set(&options, policy) else { return nil }
        options.ssrc.type = direction == .sends ? ssrc_any_outbound : ssrc_any_inbound
        options.window_size = 128
        var key = policy.keyOctets
        var identifier = policy.masterKeyIdentifier?.octets ?? []
        var session: srtp_t?
        let status = key.withUnsafeMutableBufferPointer { key in
            identifier.withUnsafeMutableBufferPointer { identifier in
                guard !identifier.isEmpty else {
                    options.key = key.baseAddress
                    return srtp_create(&session, &options)
                }
                var master = srtp_master_key_t(
                    key: key.baseAddress, mki_id: identifier.baseAddress, mki_size: UInt32(identifier.count))
                return withUnsafeMutablePointer(to: &master) { master in
                    var masters: UnsafeMutablePointer<srtp_master_key_t>? = master
                    return withUnsafeMutablePointer(to: &masters) { masters in
                        options.keys = masters
                        options.num_master_keys = 1
                        return srtp_create(&session, &options)
                    }
                }
            }
        }
        guard status == srtp_err_status_ok, let session else { return nil }
        self.session = session
    }

    deinit { srtp_dealloc(session) }

    private static func set(_ options: inout srtp_policy_t, _ policy: SRTPPolicy) -> Bool {
        switch policy.suite {
        case .aeadAES256GCM: srtp_crypto_policy_set_aes_gcm_256_16_auth(&options.rtp)
        case .aeadAES128GCM: srtp_crypto_policy_set_aes_gcm_128_16_auth(&options.rtp)
        case .aesCM256Tag80, .aesCM256Tag32: srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&options.rtp)
        case .aesCM192Tag80, .aesCM192Tag32: srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80(&options.rtp)
        case .aesCM128Tag80, .aesCM128Tag32: srtp_crypto_policy_set_rtp_default(&options.rtp)
        case .nullTag80, .nullTag32: srtp_crypto_policy_set_null_cipher_hmac_sha1_80(&options.rtp)
        case .aesF8Tag80, .aesF8Tag32: return false
        }
        options.rtcp = options.rtp
        options.rtp.auth_tag_len = Int32(policy.suite.rtpTagLength)
        options.rtcp.auth_tag_len = Int32(policy.suite.rtcpTagLength)
        if !policy.authenticatesRTP {
            options.rtp.auth_type = UInt32(SRTP_NULL_AUTH)
            options.rtp.auth_key_len = 0
            options.rtp.auth_tag_len = 0
        }
        options.rtp.sec_serv = services(
            encrypted: policy.encryptsRTP && policy.suite.encrypts, authenticated: policy.authenticatesRTP)
        options.rtcp.sec_serv = services(encrypted: policy.encryptsRTCP && policy.suite.encrypts, authenticated: true)
        return true
    }

    private static func services(encrypted: Bool, authenticated: Bool) -> srtp_sec_serv_t {
        switch (encrypted, authenticated) {
        case (true, true): sec_serv_conf_and_auth
        case (true, false): sec_serv_conf
        case (false, true): sec_serv_auth
        case (false, false): sec_serv_none
        }
    }

    /// What stands behind the plain packet; `nil` for a refusal.
    func turn(
        _ packet: [UInt8], _ call: (srtp_t, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int32>) -> srtp_err_status_t
    ) -> [UInt8]? {
        var buffer = packet + [UInt8](repeating: 0, count: 256)
        var length = Int32(packet.count)
        let status = buffer.withUnsafeMutableBytes { call(session, $0.baseAddress, &length) }
        return status == srtp_err_status_ok ? Array(buffer.prefix(Int(length))) : nil
    }

    func protectRTP(_ packet: [UInt8], hasIdentifier: Bool = false) -> [UInt8]? {
        turn(packet) { hasIdentifier ? srtp_protect_mki($0, $1, $2, 1, 0) : srtp_protect($0, $1, $2) }
    }

    func unprotectRTP(_ packet: [UInt8], hasIdentifier: Bool = false) -> [UInt8]? {
        turn(packet) { hasIdentifier ? srtp_unprotect_mki($0, $1, $2, 1) : srtp_unprotect($0, $1, $2) }
    }

    func protectRTCP(_ packet: [UInt8], hasIdentifier: Bool = false) -> [UInt8]? {
        turn(packet) { hasIdentifier ? srtp_protect_rtcp_mki($0, $1, $2, 1, 0) : srtp_protect_rtcp($0, $1, $2) }
    }

    func unprotectRTCP(_ packet: [UInt8], hasIdentifier: Bool = false) -> [UInt8]? {
        turn(packet) { hasIdentifier ? srtp_unprotect_rtcp_mki($0, $1, $2, 1) : srtp_unprotect_rtcp($0, $1, $2) }
    }

    /// Puts the roll-over counter of a stream that exists.
    func setRolloverCounter(_ counter: UInt32, ssrc: UInt32 = Packet.ssrc) -> Bool {
        srtp_set_stream_roc(session, ssrc, counter) == srtp_err_status_ok
    }
}
