/// The logical interfaces of the relay and their port pools, as configured (ng-protocol §10.3). Fixed at start.
public struct InterfaceTable: Sendable, Equatable {
    /// In the order of configuration; the first is the default.
    public var interfaces: [LogicalInterface]
    /// Other names for interfaces: alias to name of a logical interface or to the base name of a group.
    public var aliases: [String: String]
    /// Interfaces named `BASE:SUFFIX`, by base: the full names in the order of configuration. A request for the base
    /// takes the members in turn, passing over those without free ports.
    public var roundRobinGroups: [String: [String]]
    /// Indexed by ``PortPoolID/index``. Addresses with equal local address and port range share a pool.
    public var pools: [PortPoolConfiguration]

    /// A table from its parts.
    public init(
        interfaces: [LogicalInterface], aliases: [String: String] = [:], roundRobinGroups: [String: [String]] = [:],
        pools: [PortPoolConfiguration]
    ) {
        self.interfaces = interfaces
        self.aliases = aliases
        self.roundRobinGroups = roundRobinGroups
        self.pools = pools
    }

    /// What a request for `name` may use: the interface of that name, its alias' target, or the members of the group
    /// of that base name in the order of configuration. Empty when the name is unknown.
    ///
    /// A full name wins over an alias, and an alias over a group, so that every configured name keeps its meaning.
    public func candidates(named name: String) -> [LogicalInterface] {
        if let exact = interfaces.first(where: { $0.name == name }) { return [exact] }
        if let target = aliases[name] { return members(of: target) }
        return members(of: name)
    }

    /// What a request without a direction may use: the first interface, or the whole group that it belongs to.
    public var defaultCandidates: [LogicalInterface] {
        guard let first = interfaces.first else { return [] }
        guard let group = roundRobinGroups.values.first(where: { $0.contains(first.name) }) else { return [first] }
        return group.compactMap { name in interfaces.first { $0.name == name } }
    }

    /// The interface with exactly this name, else the members of the group with this base.
    private func members(of name: String) -> [LogicalInterface] {
        if let exact = interfaces.first(where: { $0.name == name }) { return [exact] }
        return (roundRobinGroups[name] ?? []).compactMap { member in interfaces.first { $0.name == member } }
    }
}
