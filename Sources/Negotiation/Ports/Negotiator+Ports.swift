import CallModel
import Forwarding
import NetTypes

extension Negotiator {
    /// Sees to it that both sides of a section have the local ports they need.
    ///
    /// The receiver's ports stand for the sender's endpoint (``PortSet``); the sender's own are made when it has none
    /// and wait for the other side's endpoint.
    mutating func openPorts(
        at index: Int, _ needs: PortNeeds, in exchange: inout Exchange
    ) throws(NegotiationError) {
        if exchange.receiver.family == nil { exchange.receiver.family = exchange.sender.family }
        guard !exchange.receiver.media[index].isHidden else { return }
        let sending = exchange.sender.media[index]
        let keepsPorts = exchange.options.addressing.portLatching == true || sending.isHeld || !sending.receives
        let key = keepsPorts ? nil : sending.endpoint
        try claimPorts(
            of: &exchange.receiver, at: index, for: key, needsPair: needs.receiverPair, worker: exchange.worker,
            tos: exchange.tos)
        guard exchange.sender.media[index].ports == nil else { return }
        try claimPorts(
            of: &exchange.sender, at: index, for: nil, needsPair: needs.senderPair, worker: exchange.worker,
            tos: exchange.tos)
    }

    /// Makes the right set of ports of a section the current one: the one for `endpoint`, an unclaimed one, or a new
    /// one. Without an endpoint whatever set is current will do.
    private mutating func claimPorts(
        of party: inout Party, at index: Int, for endpoint: TransportAddress?, needsPair: Bool, worker: UInt16,
        tos: UInt8
    ) throws(NegotiationError) {
        var sets = party.media[index].portSets
        let match =
            endpoint.map { key in
                sets.lastIndex { $0.peerEndpoint == key } ?? sets.lastIndex { $0.peerEndpoint == nil }
            } ?? sets.indices.last
        if let match, sets[match].isPair || !needsPair {
            var set = sets.remove(at: match)
            if let endpoint { set.peerEndpoint = endpoint }
            if !needsPair { environment.retire(set.dropRTCPPorts()) }
            sets.append(set)
        } else {
            // A set that lacks its RTCP ports cannot be mended: the odd port may be somebody else's by now.
            if let match { environment.retire(sets.remove(at: match).portIDs) }
            let bindings = try bindPorts(for: &party, isPair: needsPair, worker: worker, tos: tos)
            sets.append(PortSet(peerEndpoint: endpoint, bindings: bindings))
            while sets.count > PortSet.limit { environment.retire(sets.removeFirst().portIDs) }
        }
        party.media[index].portSets = sets
    }

    /// Binds a port or a pair on the party's interface, trying the members of a round-robin group in turn.
    private mutating func bindPorts(
        for party: inout Party, isPair: Bool, worker: UInt16, tos: UInt8
    ) throws(NegotiationError) -> [PortSet.Binding] {
        var failure = NegotiationError.noInterface
        for (interface, addresses) in localAddresses(for: party) {
            guard let address = addresses.first else { continue }
            do {
                let leases = try environment.lease(
                    PortRequest(worker: worker, pool: address.pool, isPair: isPair, tos: tos))
                guard let rtp = leases.first else { continue }
                party.interface = interface
                let rtcp = isPair && leases.count > 1 ? leases[1] : nil
                return [PortSet.Binding(address: address, rtp: rtp, rtcp: rtcp)]
            } catch {
                failure = .ports(error)
            }
        }
        throw failure
    }
}

extension PortSet {
    /// Most sets a section keeps for a party that never stops moving; the oldest is closed then.
    static let limit = 8

    /// Gives up the RTCP ports once RTCP is multiplexed; returns their names.
    mutating func dropRTCPPorts() -> [LocalPortID] {
        let dropped = bindings.compactMap { $0.rtcp?.id }
        for index in bindings.indices { bindings[index].rtcp = nil }
        return dropped
    }
}
