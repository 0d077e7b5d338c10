import CSRTP
import SRTPKeying

/// One direction of a libsrtp2 session with a fixed SSRC. For a suite that libsrtp2 does not have it does nothing.
struct Referee: ~Copyable {
    private let session: srtp_t?

    init(_ suite: CryptoSuite, key: [UInt8], ssrc: UInt32) {
        var policy = srtp_policy_t()
        guard Self.set(&policy, suite) else {
            session = nil
            return
        }
        policy.ssrc.type = ssrc_specific
        policy.ssrc.value = ssrc
        policy.window_size = 128
        var key = key
        var session: srtp_t?
        let status = key.withUnsafeMutableBufferPointer { key in
            policy.key = key.baseAddress
            return srtp_create(&session, &policy)
        }
        self.session = status == srtp_err_status_ok ? session : nil
    }

    var isAvailable: Bool { session != nil }

    deinit { if let session { srtp_dealloc(session) } }

    private static func set(_ policy: inout srtp_policy_t, _ suite: CryptoSuite) -> Bool {
        switch suite {
        case .aeadAES256GCM: srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp)
        case .aeadAES128GCM: srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp)
        case .aesCM256Tag80: srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtp)
        case .aesCM256Tag32: srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&policy.rtp)
        case .aesCM192Tag80: srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80(&policy.rtp)
        case .aesCM192Tag32: srtp_crypto_policy_set_aes_cm_192_hmac_sha1_32(&policy.rtp)
        case .aesCM128Tag80: srtp_crypto_policy_set_rtp_default(&policy.rtp)
        case .aesCM128Tag32: srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp)
        case .nullTag80: srtp_crypto_policy_set_null_cipher_hmac_sha1_80(&policy.rtp)
        case .aesF8Tag80, .aesF8Tag32, .nullTag32: return false
        }
        policy.rtcp = policy.rtp
        return true
    }

    func protect(_ packet: UnsafeMutableRawBufferPointer, _ length: Int) -> Bool {
        guard let session else { return true }
        var length = Int32(length)
        return srtp_protect(session, packet.baseAddress, &length) == srtp_err_status_ok
    }

    func unprotect(_ packet: UnsafeMutableRawBufferPointer, _ length: Int) -> Bool {
        guard let session else { return true }
        var length = Int32(length)
        return srtp_unprotect(session, packet.baseAddress, &length) == srtp_err_status_ok
    }
}
