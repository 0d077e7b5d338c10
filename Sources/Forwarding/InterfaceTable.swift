/// The logical interfaces of the relay and their port pools, as configured (ng-protocol §10.3). Fixed at start.
public struct InterfaceTable: Sendable, Equatable {
    /// In the order of configuration; the first is the default.
    public var interfaces: [LogicalInterface] { didSet { resolveNames() } }
    /// Other names for interfaces: alias to name of a logical interface or to the base name of a group.
    public var aliases: [String: String] { didSet { resolveNames() } }
    /// Interfaces named `BASE:SUFFIX`, by base: the full names in the order of configuration. A request for the base
    /// takes the members in turn, passing over those without free ports.
    public var roundRobinGroups: [String: [String]] { didSet { resolveNames() } }
    /// Indexed by ``PortPoolID/index``. Addresses with equal local address and port range share a pool.
    public var pools: [PortPoolConfiguration]
    /// What a request without a direction may use: the first interface, or the whole group that it belongs to.
    public private(set) var defaultCandidates: [LogicalInterface] = []
    /// What a request for a name may use. Every message of a call asks several times.
    private var candidates: [String: [LogicalInterface]] = [:]

    /// A table from its parts.
    public init(
        interfaces: [LogicalInterface], aliases: [String: String] = [:], roundRobinGroups: [String: [String]] = [:],
        pools: [PortPoolConfiguration]
    ) {
        self.interfaces = interfaces
        self.aliases = aliases
        self.roundRobinGroups = roundRobinGroups
        self.pools = pools
        resolveNames()
    }

    /// What a request for `name` may use: the interface of that name, its alias' target, or the members of the group
    /// of that base name in the order of configuration. Empty when the name is unknown.
    ///
    /// A full name wins over an alias, and an alias over a group, so that every configured name keeps its meaning.
    public func candidates(named name: String) -> [LogicalInterface] { candidates[name] ?? [] }

    private mutating func resolveNames() {
        let exact = Dictionary(interfaces.map { ($0.name, [$0]) }) { first, _ in first }
        let groups = roundRobinGroups.mapValues { names in names.compactMap { exact[$0]?.first } }
        let targets = groups.merging(exact) { _, exact in exact }
        candidates = groups
        for (alias, target) in aliases { candidates[alias] = targets[target] ?? [] }
        candidates.merge(exact) { _, exact in exact }
        guard let first = interfaces.first else {
            defaultCandidates = []
            return
        }
        let group = roundRobinGroups.first { $0.value.contains(first.name) }
        defaultCandidates = group.flatMap { groups[$0.key] } ?? [first]
    }
}
