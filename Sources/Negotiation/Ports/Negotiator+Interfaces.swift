import CallModel
import Forwarding
import NetTypes

extension Negotiator {
    /// Settles which logical interface and address family face each party. A choice once made stays for the call, until
    /// a message names another interface.
    func chooseInterfaces(
        sender: inout Party, receiver: inout Party, _ mode: ExchangeMode, _ addressing: AddressingOptions
    ) {
        // `direction` names the interfaces of an offer; an answer's tags are swapped, so is the meaning of its words.
        let (facingSender, facingReceiver) = (addressing.fromInterface, addressing.toInterface)
        choose(facingSender, for: &sender)
        choose(facingReceiver, for: &receiver)
        if let family = addressing.addressFamily { receiver.family = family }
    }

    /// Gives a party the interface of this name, if it is one. `internal` and `external` mean IPv4 and IPv6 where no
    /// interface is called so (ng-protocol §5.4).
    private func choose(_ name: String?, for party: inout Party) {
        guard let name, name != party.interface else { return }
        let named = localInterfaces.candidates(named: name)
        if !named.isEmpty {
            // A group's name goes on meaning the member that was taken.
            if !named.contains(where: { $0.name == party.interface }) { party.interface = name }
        } else if name == "internal" {
            party.family = .ipv4
        } else if name == "external" {
            party.family = .ipv6
        }
    }

    /// The local addresses that may face a party, the preferred one first, by interface in the order to try.
    mutating func localAddresses(for party: Party) -> [(interface: String, addresses: [LocalAddress])] {
        var candidates = interfaces(for: party)
        if candidates.count > 1 {
            let start = environment.nextRoundRobin(of: candidates.count)
            candidates = Array(candidates[start...] + candidates[..<start])
        }
        let family = party.family ?? .ipv4
        return candidates.map { interface in
            guard interface.addresses.count > 1 else { return (interface.name, interface.addresses) }
            let preferred = interface.addresses.filter { $0.address.family == family }
            let others = interface.addresses.filter { $0.address.family != family }
            return (interface.name, preferred + others)
        }
    }

    /// The address that the party would be told.
    func address(facing party: Party) -> IPAddress? {
        var first: IPAddress?
        for interface in interfaces(for: party) {
            for local in interface.addresses {
                if local.address.family == party.family { return local.advertised }
                first = first ?? local.advertised
            }
        }
        return first
    }

    /// Whether the party may be on this very host: only where the relay faces it with a loopback address.
    func facesLoopback(_ party: Party) -> Bool {
        interfaces(for: party).contains { $0.addresses.contains { $0.address.isLoopback } }
    }

    /// The family of the local addresses that the party is told; `nil` where there is no choice.
    func family(facing party: Party) -> IPAddress.Family? {
        guard let family = party.family else { return nil }
        let hasFamily = interfaces(for: party).contains { $0.addresses.contains { $0.address.family == family } }
        return hasFamily ? family : nil
    }

    /// The interfaces that may face the party.
    func interfaces(for party: Party) -> [LogicalInterface] {
        let named = party.interface.map { localInterfaces.candidates(named: $0) } ?? []
        return named.isEmpty ? localInterfaces.defaultCandidates : named
    }
}
