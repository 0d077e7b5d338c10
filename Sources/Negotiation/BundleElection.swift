import CallModel
import Forwarding
import NetTypes
import SDP

/// An answer that rejects the section whose transport a bundle uses hands that transport on: the first section it
/// accepts is the one that counts then (RFC 9143 §7.3), for both parties.
///
/// It is settled before any section is worked in, so that ports, ICE and DTLS are decided where they will be used.
extension Exchange {
    /// Moves the transports of rejected owners; returns the ports that are of no use any more.
    mutating func electBundleOwners(_ description: SessionDescription) -> [LocalPortID] {
        guard mode == .answer else { return [] }
        let accepted = acceptedSections(description)
        return sender.electBundleOwners(among: accepted) + receiver.electBundleOwners(among: accepted)
    }

    /// The sections that the document's `m=` lines with a port are about; it has none for what its sender never saw.
    private func acceptedSections(_ description: SessionDescription) -> Set<Int> {
        var accepted: Set<Int> = []
        var index = 0
        for media in description.media {
            while sender.media.indices.contains(index), sender.media[index].isHidden { index += 1 }
            if !SectionIntake(media, session: session).isRejected { accepted.insert(index) }
            index += 1
        }
        return accepted
    }
}

extension Party {
    fileprivate mutating func electBundleOwners(among accepted: Set<Int>) -> [LocalPortID] {
        var unused: [LocalPortID] = []
        for former in Set(media.compactMap(\.bundleOwner)).sorted() where !accepted.contains(former) {
            let members = media.indices.filter { media[$0].bundleOwner == former }
            guard media.indices.contains(former), let owner = members.first(where: accepted.contains) else { continue }
            unused += media[owner].portSets.flatMap(\.portIDs)
            var loser = media[former]
            media[owner].takeTransport(of: &loser)
            media[former] = loser
            for member in members + [former] { media[member].bundleOwner = member == owner ? nil : owner }
        }
        return unused
    }
}

extension PartyMedia {
    /// Takes over the ports of another section, and what runs on them: agent and association go on as they are.
    fileprivate mutating func takeTransport(of former: inout PartyMedia) {
        portSets = former.portSets
        former.portSets = []
        ice.agent = former.ice.agent ?? ice.agent
        ice.local = former.ice.local ?? ice.local
        dtls.localID = former.dtls.localID ?? dtls.localID
        dtls.role = former.dtls.role ?? dtls.role
        dtls.association = former.dtls.association
        // The old section must not go on with an agent that is another's now.
        former.ice.agent = nil
        // A section that is in the bundle only was given no address of its own.
        if let endpoint, endpoint.port == 0, let shared = former.endpoint {
            self.endpoint = shared
            rtcpEndpoint = former.rtcpEndpoint
            learningEndpoint = former.learningEndpoint
            learningEpoch = former.learningEpoch
        }
    }
}
