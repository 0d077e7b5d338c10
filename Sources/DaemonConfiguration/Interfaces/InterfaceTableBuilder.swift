import Forwarding
import NetTypes

/// Turns definitions of interfaces into the table that negotiation and the media plane use (ng-protocol §10.3).
struct InterfaceTableBuilder {
    private let facts: SystemFacts
    /// Ports of control sockets, which no pool hands out.
    private let controlPorts: Set<UInt16>
    private var table = InterfaceTable(interfaces: [], pools: [])
    private(set) var warnings: [String] = []

    init(facts: SystemFacts, controlPorts: Set<UInt16>) {
        self.facts = facts
        self.controlPorts = controlPorts
    }

    /// The table of `entries`, which must not be empty.
    mutating func build(_ entries: [InterfaceEntry]) throws(ConfigurationError) -> InterfaceTable {
        for entry in entries {
            switch entry.target {
            case .address(let text, let advertised): try add(entry, address: text, advertised: advertised)
            case .alias(let target): try add(alias: entry.name, of: target, entry)
            }
        }
        for name in table.interfaces.map(\.name) {
            guard let colon = name.firstIndex(of: ":"), colon > name.startIndex else { continue }
            table.roundRobinGroups[String(name[..<colon]), default: []].append(name)
        }
        for alias in table.aliases where table.candidates(named: alias.key).isEmpty {
            throw .usage("interface \(alias.key)=\(alias.value): there is no interface \"\(alias.value)\"")
        }
        try checkPools()
        return table
    }

    private mutating func add(alias: String, of target: String, _ entry: InterfaceEntry) throws(ConfigurationError) {
        guard !table.interfaces.contains(where: { $0.name == alias }) else {
            throw .usage("\(entry.place): \"\(alias)\" is an interface already and cannot be an alias")
        }
        table.aliases[alias] = target
    }

    private mutating func add(
        _ entry: InterfaceEntry, address text: String, advertised: String?
    ) throws(ConfigurationError) {
        guard table.aliases[entry.name] == nil else {
            throw .usage("\(entry.place): \"\(entry.name)\" is an alias already and cannot be an interface")
        }
        let locals = try addresses(text, entry)
        var pairs = locals.map { (local: $0, advertised: $0) }
        if let advertised {
            let shown = try advertisedAddresses(advertised, entry)
            pairs = locals.compactMap { local in
                shown.first { $0.family == local.family }.map { (local: local, advertised: $0) }
            }
            guard !pairs.isEmpty else {
                throw .usage("\(entry.place): \(text) and the advertised \(advertised) are not of one address family")
            }
        }
        for pair in pairs {
            let local = LocalAddress(address: pair.local, advertised: pair.advertised, pool: pool(pair.local, entry))
            append(local, to: entry.name)
        }
    }

    private mutating func append(_ local: LocalAddress, to name: String) {
        guard let index = table.interfaces.firstIndex(where: { $0.name == name }) else {
            table.interfaces.append(LogicalInterface(name: name, addresses: [local]))
            return
        }
        guard !table.interfaces[index].addresses.contains(local) else { return }
        table.interfaces[index].addresses.append(local)
    }

    /// The pool of `address` and the entry's range, made when there is none.
    private mutating func pool(_ address: IPAddress, _ entry: InterfaceEntry) -> PortPoolID {
        let excluded = entry.excluded.union(controlPorts).union(RefusedPorts.all)
            .filter { (entry.minimum...entry.maximum).contains($0) }
        let same = table.pools.firstIndex {
            $0.address == address && $0.minimum == entry.minimum && $0.maximum == entry.maximum
        }
        if let same {
            table.pools[same].excluded.formUnion(excluded)
            return PortPoolID(same)
        }
        table.pools.append(
            PortPoolConfiguration(
                address: address, minimum: entry.minimum, maximum: entry.maximum, excluded: excluded))
        return PortPoolID(table.pools.count - 1)
    }

    /// Local addresses that `text` stands for.
    private mutating func addresses(_ text: String, _ entry: InterfaceEntry) throws(ConfigurationError) -> [IPAddress] {
        if let address = IPAddress(literal: text) {
            guard !address.isUnspecified, !address.isMulticast else {
                throw .usage("\(entry.place): \(address) is not an address that media can be sent from")
            }
            if !isLocal(address) {
                warnings.append("\(entry.place): this machine has no address \(address) at present")
            }
            return [address]
        }
        if text.lowercased() == "any" {
            let all = facts.addresses.map(\.address).filter { !$0.isLoopback && !$0.isLinkLocalIPv6 }
            guard !all.isEmpty else {
                throw .startup("\(entry.place): any: this machine has only loopback and link-local addresses")
            }
            return all
        }
        let own = facts.addresses.filter { $0.interface == text }.map(\.address).filter { !$0.isLinkLocalIPv6 }
        if !own.isEmpty { return own }
        return try resolve(text, entry)
    }

    private func advertisedAddresses(_ text: String, _ entry: InterfaceEntry) throws(ConfigurationError) -> [IPAddress]
    {
        if let address = IPAddress(literal: text) { return [address] }
        return try resolve(text, entry)
    }

    private func resolve(_ name: String, _ entry: InterfaceEntry) throws(ConfigurationError) -> [IPAddress] {
        guard HostName.isValid(name) else {
            throw .usage("\(entry.place): \"\(name)\" is neither an address nor a name")
        }
        let addresses = facts.resolve(name)
        guard !addresses.isEmpty else {
            throw .startup("\(entry.place): \"\(name)\" is no network interface with an address and does not resolve")
        }
        return addresses
    }

    private func isLocal(_ address: IPAddress) -> Bool {
        address.isLoopback || facts.addresses.contains { $0.address == address }
    }

    private mutating func checkPools() throws(ConfigurationError) {
        for (index, pool) in table.pools.enumerated() {
            let range = "\(pool.address) \(pool.minimum)-\(pool.maximum)"
            guard (pool.minimum...pool.maximum).count - pool.excluded.count >= 2 else {
                throw .usage("ports of \(range): fewer than two are left for media")
            }
            let overlaps = table.pools[..<index].contains {
                $0.address == pool.address && $0.minimum <= pool.maximum && pool.minimum <= $0.maximum
            }
            if overlaps { warnings.append("ports of \(range) overlap with another range of the same address") }
        }
    }
}
