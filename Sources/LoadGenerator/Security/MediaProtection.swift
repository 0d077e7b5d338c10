internal import CSRTP

/// One direction of SRTP by libsrtp2, for any number of streams.
struct SRTPSession: ~Copyable {
    /// For ``SRTPTransform``, as long as the session lives.
    let pointer: srtp_t

    /// The library may be started once in a process.
    private static let isReady = CSRTP_init() == srtp_err_status_ok

    init(_ keying: SRTPKeying, isOutbound: Bool) throws(LoadError) {
        guard Self.isReady else { throw .security("libsrtp2 does not start") }
        var policy = srtp_policy_t()
        keying.suite.set(&policy.rtp)
        srtp_crypto_policy_set_rtcp_default(&policy.rtcp)
        if keying.suite == .aeadAES128GCM || keying.suite == .aeadAES256GCM { policy.rtcp = policy.rtp }
        policy.ssrc.type = isOutbound ? ssrc_any_outbound : ssrc_any_inbound
        policy.window_size = 1024
        var key = keying.octets
        var session: srtp_t?
        let status = key.withUnsafeMutableBufferPointer { key in
            policy.key = key.baseAddress
            return srtp_create(&session, &policy)
        }
        guard status == srtp_err_status_ok, let session else {
            throw .security("libsrtp2 refuses \(keying.suite.rawValue): status \(status.rawValue)")
        }
        pointer = session
    }

    deinit { srtp_dealloc(pointer) }
}

/// What one end does to its packets.
final class MediaProtection {
    let outbound: SRTPSession
    let inbound: SRTPSession

    init(outbound: SRTPKeying, inbound: SRTPKeying) throws(LoadError) {
        self.outbound = try SRTPSession(outbound, isOutbound: true)
        self.inbound = try SRTPSession(inbound, isOutbound: false)
    }
}

/// The two operations of a session, on the pointer that a leg carries.
enum SRTPTransform {
    /// What a packet grows by at most.
    static let room = 160

    /// Encrypts a packet in place; returns its new length, or 0 when the library refuses it.
    @inline(__always)
    static func protect(_ session: srtp_t, _ packet: UnsafeMutableRawPointer, _ length: Int) -> Int {
        var count = Int32(truncatingIfNeeded: length)
        return srtp_protect(session, packet, &count) == srtp_err_status_ok ? Int(count) : 0
    }

    enum Outcome {
        case packet(length: Int)
        case repeated
        case refused
    }

    /// Checks and decrypts a packet in place.
    @inline(__always)
    static func unprotect(_ session: srtp_t, _ packet: UnsafeMutableRawPointer, _ length: Int) -> Outcome {
        var count = Int32(truncatingIfNeeded: length)
        switch srtp_unprotect(session, packet, &count) {
        case srtp_err_status_ok: return .packet(length: Int(count))
        case srtp_err_status_replay_fail, srtp_err_status_replay_old: return .repeated
        default: return .refused
        }
    }
}
