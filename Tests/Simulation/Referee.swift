import CSRTP
package import SRTPKeying

/// libsrtp2 as a whole.
package enum SRTPLibrary {
    /// Whether libsrtp2 runs.
    package static let isReady: Bool = CSRTP_init() == srtp_err_status_ok
}

/// One direction of a libsrtp2 session, which knows nothing of the relay's own SRTP.
package final class Referee {
    package enum Direction {
        case sends
        case receives
    }

    private let session: srtp_t
    private var buffer = [UInt8](repeating: 0, count: 2048)

    /// `nil` for a suite that libsrtp2 does not have.
    package init?(_ suite: CryptoSuite, _ key: MasterKey, _ direction: Direction) {
        var options = srtp_policy_t()
        guard SRTPLibrary.isReady else { return nil }
        switch suite {
        case .aeadAES256GCM: srtp_crypto_policy_set_aes_gcm_256_16_auth(&options.rtp)
        case .aeadAES128GCM: srtp_crypto_policy_set_aes_gcm_128_16_auth(&options.rtp)
        case .aesCM256Tag80, .aesCM256Tag32: srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&options.rtp)
        case .aesCM128Tag80, .aesCM128Tag32: srtp_crypto_policy_set_rtp_default(&options.rtp)
        default: return nil
        }
        options.rtcp = options.rtp
        options.rtp.auth_tag_len = Int32(suite.rtpTagLength)
        options.rtcp.auth_tag_len = Int32(suite.rtcpTagLength)
        options.rtp.sec_serv = sec_serv_conf_and_auth
        options.rtcp.sec_serv = sec_serv_conf_and_auth
        options.ssrc.type = direction == .sends ? ssrc_any_outbound : ssrc_any_inbound
        options.window_size = 128
        var octets = key.withUnsafeBytes { Array($0) }
        var session: srtp_t?
        let status = octets.withUnsafeMutableBufferPointer { octets in
            options.key = octets.baseAddress
            return srtp_create(&session, &options)
        }
        guard status == srtp_err_status_ok, let session else { return nil }
        self.session = session
    }

    deinit { srtp_dealloc(session) }

    /// The packet on the wire; `nil` for a refusal.
    package func protect(_ packet: [UInt8], isRTCP: Bool) -> [UInt8]? {
        turn(packet) { isRTCP ? srtp_protect_rtcp(session, $0, $1) : srtp_protect(session, $0, $1) }
    }

    /// The packet in what came over the wire; `nil` when it is not authentic or was seen before.
    package func unprotect(_ packet: [UInt8], isRTCP: Bool) -> [UInt8]? {
        turn(packet) { isRTCP ? srtp_unprotect_rtcp(session, $0, $1) : srtp_unprotect(session, $0, $1) }
    }

    private func turn(
        _ packet: [UInt8], _ call: (UnsafeMutableRawPointer?, UnsafeMutablePointer<Int32>) -> srtp_err_status_t
    ) -> [UInt8]? {
        var length = Int32(packet.count)
        return buffer.withUnsafeMutableBytes { buffer in
            packet.withUnsafeBytes { buffer.copyMemory(from: $0) }
            guard call(buffer.baseAddress, &length) == srtp_err_status_ok else { return nil }
            return Array(UnsafeRawBufferPointer(rebasing: buffer[..<Int(length)]))
        }
    }
}
