public import Forwarding
import MediaFormats

extension Call {
    /// Whose media a command keeps back (ng-protocol §4.8).
    public enum SuppressionScope: Sendable, Equatable {
        /// What all parties send, whoever they are. What was asked for single parties stays as it is.
        case call
        /// The same; letting it go again goes for every single party, too.
        case everything
        /// What one party sends.
        case party(PartyID)
        /// What one party sends to certain others.
        case flows(from: PartyID, to: [PartyID])
    }

    /// Begins or ends keeping `kind` back.
    public mutating func suppress(_ kind: MediaSuppression, _ scope: SuppressionScope, begins: Bool) {
        switch scope {
        case .call:
            suppression.set(kind, begins)
        case .everything:
            suppression.set(kind, begins)
            guard !begins else { return }
            for party in parties {
                update(party.id) { party in
                    party.suppression.set(kind, false)
                    for peer in party.suppressedFlows.keys { party.suppressedFlows[peer]?.set(kind, false) }
                }
            }
        case .party(let id):
            update(id) { $0.suppression.set(kind, begins) }
        case .flows(let id, let peers):
            update(id) { party in
                for peer in peers { party.suppressedFlows[peer, default: []].set(kind, begins) }
            }
        }
    }

    /// What is kept back of what `party` sends to `peer`.
    public func suppression(of party: Party, towards peer: PartyID?) -> MediaSuppression {
        let flow = peer.flatMap { party.suppressedFlows[$0] } ?? []
        return suppression.union(party.suppression).union(flow)
    }

    /// What silence is made of in the payload types that the party of `media` may send, its own ones or those of its peer.
    func silence(of media: [PartyMedia], towards peer: [PartyMedia]?, sections: [Int]) -> PayloadTypeTable<UInt8> {
        var table = PayloadTypeTable<UInt8>()
        for section in sections {
            let own = media[section].formats
            let other = peer.flatMap { $0.indices.contains(section) ? $0[section].formats : nil } ?? []
            let unknown = other.filter { format in !own.contains { $0.payloadType == format.payloadType } }
            for format in own + unknown {
                if let octet = format.silenceOctet { table.add(octet, of: format.payloadType) }
            }
            // A number that is assigned needs no SDP to be understood.
            let known = own + unknown
            for number in PayloadFormat.assignedSpeech where !known.contains(where: { $0.payloadType == number }) {
                if let octet = PayloadFormat.assigned(number)?.silenceOctet { table.add(octet, of: number) }
            }
        }
        return table
    }
}

extension MediaSuppression {
    fileprivate mutating func set(_ kind: MediaSuppression, _ isOn: Bool) {
        if isOn { formUnion(kind) } else { subtract(kind) }
    }
}
