internal import SRTPKeying

/// The transforms of one direction, for SRTP and for SRTCP.
struct TransformPair: ~Copyable {
    // Of RTP last, next to what follows the pair in a receiver or sender: every packet touches that.
    let rtcp: PacketTransform
    let rtp: PacketTransform

    /// Derives the session keys from the master key of the policy.
    init(_ policy: SRTPPolicy, operation: CipherContext.Operation) throws(SRTPError) {
        guard policy.masterKey.fits(policy.suite) else { throw .wrongKeyLength }
        let derivation = try KeyDerivation(policy.masterKey)
        let rtp = try SessionKeys.rtp(derivation, suite: policy.suite)
        let rtcp = try SessionKeys.rtcp(derivation, suite: policy.suite)
        try self.init(policy, rtp: rtp, rtcp: rtcp, operation: operation)
    }

    /// Takes the session keys as they are, and of the policy all but the key.
    init(
        _ policy: SRTPPolicy, rtp: borrowing SessionKeys, rtcp: borrowing SessionKeys,
        operation: CipherContext.Operation, provider: PrimitiveProvider = .preferred
    ) throws(SRTPError) {
        let suite = policy.suite
        guard policy.authenticatesRTP || suite.cipher != .gcm else { throw .unauthenticatedAEAD }
        var configuration = PacketTransform.Configuration(
            cipher: suite.cipher, operation: operation,
            tagLength: policy.authenticatesRTP ? suite.rtpTagLength : 0, encrypts: policy.encryptsRTP,
            masterKeyIdentifier: policy.masterKeyIdentifier?.octets ?? [], provider: provider)
        let rtpTransform = try PacketTransform(keys: rtp, configuration: configuration)
        configuration.tagLength = suite.rtcpTagLength
        configuration.encrypts = policy.encryptsRTCP
        let rtcpTransform = try PacketTransform(keys: rtcp, configuration: configuration)
        self.rtp = rtpTransform
        self.rtcp = rtcpTransform
    }
}
