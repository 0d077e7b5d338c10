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
        // An ICE agent's address is what its checks say: its `c=` may change without the agent moving, and another port
        // would cost it new checks.
        let speaksICE = exchange.sender.media[index].ice.remote != nil || exchange.receiver.media[index].ice.isAnnounced
        // So would a DTLS association, which is one of certain ports where no tls-id tells otherwise (RFC 5763 §6.6).
        let runsDTLS = exchange.receiver.hasAgreed && exchange.receiver.media[index].dtls.isInUse
        let latching = exchange.options.addressing.portLatching ?? (speaksICE || runsDTLS)
        let key = exchange.sender.media[index].isHeld ? nil : exchange.sender.media[index].endpoint
        let keepsCurrent = latching || !exchange.sender.media[index].receives
        let former = exchange.receiver.media[index].ports?.bindings.first?.rtp.id
        let worker = exchange.worker
        if exchange.receiver.media[index].bundleOwner == nil {
            try claimPorts(
                of: &exchange.receiver, at: index, for: key, keepsCurrent: keepsCurrent,
                // Agents have ports of every family.
                PortPurpose(
                    worker: worker, isPair: needs.receiverPair, tos: exchange.tos,
                    family: exchange.receiver.media[index].ice.isAnnounced ? nil : family(facing: exchange.receiver),
                    interfaces: former == nil ? nil : interfaces(for: exchange.receiver)))
        } else {
            exchange.receiver.media[index].portSets = []
        }
        if let former, former != exchange.receiver.media[index].ports?.bindings.first?.rtp.id {
            // Other ports are another place to check: ICE starts over there (RFC 8445 §9), and so does DTLS.
            exchange.receiver.media[index].ice.local = nil
            if exchange.receiver.media[index].dtls.isInUse {
                exchange.receiver.media[index].dtls.localID = nil
                exchange.receiver.media[index].dtls.association &+= 2
            }
        }
        guard exchange.sender.media[index].bundleOwner == nil else {
            // It goes over another section's transport, and needs none of its own any more.
            exchange.sender.media[index].portSets = []
            return
        }
        guard exchange.sender.media[index].ports == nil else { return }
        try claimPorts(
            of: &exchange.sender, at: index, for: nil, keepsCurrent: true,
            PortPurpose(worker: worker, isPair: needs.senderPair, tos: exchange.tos, family: nil, interfaces: nil))
    }

    /// Makes the right set of ports of a section the current one: the one for `endpoint`, an unclaimed one, or a new
    /// one. Without an endpoint, or with latching, whatever set is current will do.
    private mutating func claimPorts(
        of party: inout Party, at index: Int, for endpoint: TransportAddress?, keepsCurrent: Bool,
        _ purpose: PortPurpose
    ) throws(NegotiationError) {
        let needsPair = purpose.isPair
        var sets = party.media[index].portSets
        let fitting = sets.indices.filter { purpose.fits(sets[$0]) }
        let current =
            keepsCurrent || endpoint == nil ? sets.indices.last.flatMap { fitting.contains($0) ? $0 : nil } : nil
        let match =
            current ?? fitting.last { sets[$0].peerEndpoint == endpoint }
            ?? fitting.last { sets[$0].peerEndpoint == nil }
        if let match, sets[match].isPair || !needsPair {
            var set = sets.remove(at: match)
            if set.peerEndpoint == nil { set.peerEndpoint = endpoint }
            if !needsPair { set.dropRTCPPorts() }
            sets.append(set)
        } else {
            // A set that lacks its RTCP ports cannot be mended: the odd port may be somebody else's by now.
            if let match { sets.remove(at: match) }
            let bindings = try bindPorts(for: &party, at: index, purpose)
            sets.append(PortSet(peerEndpoint: endpoint, bindings: bindings))
            if sets.count > PortSet.limit { sets.removeFirst(sets.count - PortSet.limit) }
        }
        party.media[index].portSets = sets
    }

    /// Binds a port or a pair on the party's interface, trying the members of a round-robin group in turn. A party
    /// that speaks ICE gets ports on every address of the interface.
    private mutating func bindPorts(
        for party: inout Party, at index: Int, _ purpose: PortPurpose
    ) throws(NegotiationError) -> [PortSet.Binding] {
        let speaksICE = party.media[index].ice.isAnnounced || party.media[index].ice.remote != nil
        let bindsAll = speaksICE && !rules.savesInterfacePorts
        var failure = NegotiationError.noInterface
        for (interface, addresses) in localAddresses(for: party) {
            guard let preferred = addresses.first else { continue }
            do throws(PortLeaseError) {
                var bindings = [try bind(preferred, purpose)]
                // One address is enough to be reached at; the others are an offer more.
                for other in addresses.dropFirst() where bindsAll {
                    if let binding = try? bind(other, purpose) { bindings.append(binding) }
                }
                party.interface = interface
                return bindings
            } catch {
                failure = .ports(error)
            }
        }
        throw failure
    }

    private mutating func bind(
        _ address: LocalAddress, _ purpose: PortPurpose
    ) throws(PortLeaseError) -> PortSet.Binding {
        let leases = try environment.lease(
            PortRequest(worker: purpose.worker, pool: address.pool, isPair: purpose.isPair, tos: purpose.tos))
        guard let rtp = leases.first else { throw .exhausted(address.pool) }
        return PortSet.Binding(address: address, rtp: rtp, rtcp: leases.count > 1 ? leases[1] : nil)
    }
}

/// What ports are wanted for.
struct PortPurpose {
    var worker: UInt16
    /// RTP and RTCP apart.
    var isPair: Bool
    var tos: UInt8
    /// The family that the ports must be of; `nil` for any.
    var family: IPAddress.Family?
    /// The interfaces that the ports must be on; `nil` for any.
    var interfaces: [LogicalInterface]?

    func fits(_ set: PortSet) -> Bool {
        guard let address = set.bindings.first?.address else { return false }
        guard family == nil || address.address.family == family else { return false }
        return interfaces?.contains { $0.addresses.contains { $0.pool == address.pool } } != false
    }
}

extension PortSet {
    /// Most sets a section keeps for a party that never stops moving; the oldest is closed then.
    static let limit = 8

    /// Gives up the RTCP ports once RTCP is multiplexed.
    mutating func dropRTCPPorts() {
        for index in bindings.indices { bindings[index].rtcp = nil }
    }
}
