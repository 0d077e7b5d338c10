public import CallModel
import Forwarding
import NetTypes
public import SDP

extension Call {
    /// Adds the candidates of a trickle fragment to the sections it names, by `mid` or by place. A fragment with other
    /// credentials than the party's is about another generation and is passed over (RFC 8838 §4.2).
    public mutating func addCandidates(of fragment: SessionDescription, to id: PartyID, _ rules: NegotiationRules) {
        let session = SessionIntake(fragment)
        update(id) { party in
            for (place, media) in fragment.media.enumerated() {
                var intake = SectionIntake(media, session: session)
                let index = party.media.firstIndex { $0.mid != nil && $0.mid == intake.mid } ?? place
                guard party.media.indices.contains(index), let remote = party.media[index].ice.remote else { continue }
                if let credentials = intake.security.credentials, credentials != remote { continue }
                let bindings = party.ports(at: index)?.bindings ?? []
                intake.security.dropUnusableCandidates(
                    DestinationRules(
                        acceptsLoopback: bindings.contains { $0.address.address.isLoopback },
                        controlAddresses: rules.controlAddresses))
                let known = party.media[index].ice.remoteCandidates
                let new = intake.security.candidates.filter { !known.contains($0) }
                party.media[index].ice.remoteCandidates += new.prefix(
                    max(SecurityIntake.candidateLimit - known.count, 0))
            }
        }
    }
}
