import Forwarding
import NetTypes
import SDP
import SRTPKeying

extension PartyMedia {
    /// ICE on a set of ports: from the offer on, until an answer declines it.
    func icePlan(over set: PortSet) -> ICEPlan? {
        // Where packets go through as they are the checks are between the parties, too.
        guard isUnderstood, ice.isAnnounced, let agent = ice.agent, let local = ice.local,
            ice.remote != nil || endpoint == nil
        else {
            return nil
        }
        var plan = ICEPlan(
            agent: agent, isLite: ice.isLocalLite, isControlling: wasOffered || ice.isRemoteLite,
            candidates: iceCandidates(of: set),
            local: ICEPlan.Credentials(usernameFragment: local.usernameFragment, password: local.password))
        if let remote = ice.remote {
            plan.remote = ICEPlan.Credentials(usernameFragment: remote.usernameFragment, password: remote.password)
        }
        plan.isRemoteLite = ice.isRemoteLite
        plan.remoteCandidates = ice.remoteCandidates
        // An answer without candidates comes from an agent that is still gathering, whatever it announces.
        plan.isRemoteComplete = !ice.trickles && !ice.remoteCandidates.isEmpty
        return plan
    }

    private func iceCandidates(of set: PortSet) -> [ICEPlan.Candidate] {
        set.bindings.enumerated().flatMap { index, binding in
            let preference = UInt16(clamping: 65535 - index)
            let ports = [(binding.rtp, UInt8(1))] + (isMuxed ? [] : binding.rtcp.map { [($0, UInt8(2))] } ?? [])
            return ports.map { lease, component in
                ICEPlan.Candidate(
                    port: lease.id, address: lease.local, component: component, localPreference: preference,
                    foundation: "\(lease.local.address)")
            }
        }
    }

    /// Encryption on the port of a component.
    ///
    /// A party that offered no keys and was offered none is in the clear, whatever profile its section is labelled with:
    /// there is nothing to encrypt with, and media in the clear is what it sends. Where keys were spoken of in a secure
    /// profile nothing passes until they are agreed, so that neither early media nor an unusable `a=setup` in a later
    /// document opens the leg.
    func securityPlan(component: UInt64) -> SecurityPlan? {
        guard isUnderstood else { return nil }
        if let receiving = sdes.receiving, let sending = sdes.sending {
            return .sdes(receiving: receiving, sending: sending)
        }
        if dtls.isInUse, let fingerprint = dtls.remoteFingerprint?.digest {
            // The even identifiers are components 1, the odd ones components 2.
            return .dtls(
                DTLSPlan(
                    association: dtls.association &+ (component &- 1), role: dtls.planRole,
                    fingerprint: fingerprint, certificate: dtls.certificate?.number ?? 0))
        }
        let isOffered = dtls.isAnnounced || !sdes.local.isEmpty
        if endpoint == nil { return isOffered ? .pending : nil }
        // Opportunistic SRTP (RFC 8643) is in the clear until it is answered.
        guard transportKind.profile?.isSecure == true else { return nil }
        return isOffered || dtls.association != 0 || !sdes.remote.isEmpty ? .pending : nil
    }
}

extension DTLSState {
    /// The role as the handshake needs it: the peer that left it open may be waiting, or begin itself.
    var planRole: DTLSPlan.Role {
        switch role {
        case .passive: .server
        case .active: .client
        case nil: isUndecided ? .undecided : .client
        }
    }
}

extension DTLSState.Fingerprint {
    /// The octets of the digest.
    var digest: CertificateFingerprint? {
        let octets = value.split(separator: ":").compactMap { UInt8($0, radix: 16) }
        return CertificateFingerprint(hashFunction: hash, digest: octets)
    }
}
