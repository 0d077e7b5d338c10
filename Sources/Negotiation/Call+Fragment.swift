public import CallModel
import Forwarding
import NetTypes
public import SDP

extension Call {
    /// Adds the candidates of a trickle fragment to the sections it names, by `mid` or by place. Returns whether some
    /// section is of its generation: one with other credentials than the party's is about a restart whose offer or
    /// answer it has overtaken, or about a generation that has gone (RFC 8838 §4.2).
    public mutating func addCandidates(of fragment: SessionDescription, to id: PartyID, _ rules: NegotiationRules)
        -> Bool
    {
        let session = SessionIntake(fragment)
        var isKnown = false
        update(id) { party in
            for (place, media) in fragment.media.enumerated() {
                var intake = SectionIntake(media, session: session)
                let index = party.media.firstIndex { $0.mid != nil && $0.mid == intake.mid } ?? place
                guard party.media.indices.contains(index) else { continue }
                let bindings = party.ports(at: index)?.bindings ?? []
                intake.security.dropUnusableCandidates(
                    acceptsLoopback: bindings.contains { $0.address.address.isLoopback }, listeners: rules.ownListeners)
                if party.media[index].ice.add(intake.security) { isKnown = true }
                // While a restart waits for its answer the old session goes on, and may gather on.
                guard let standing = party.standing, standing.indices.contains(index) else { continue }
                if party.standing?[index].ice.add(intake.security) == true { isKnown = true }
            }
        }
        return isKnown
    }
}

extension ICEState {
    /// Takes the candidates if they are of the party's credentials, or name none.
    fileprivate mutating func add(_ security: SecurityIntake) -> Bool {
        guard let remote else { return false }
        if let credentials = security.credentials, credentials != remote { return false }
        let new = security.candidates.filter { !remoteCandidates.contains($0) }
        remoteCandidates += new.prefix(max(SecurityIntake.candidateLimit - remoteCandidates.count, 0))
        return true
    }
}
