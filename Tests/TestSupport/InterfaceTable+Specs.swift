public import Forwarding
import NetTypes

extension InterfaceTable {
    /// A table from `NAME/LOCAL!ADVERTISED` texts, name and advertised address being optional. All pools have the
    /// ports `minimum` to `maximum`; names of the form `BASE:SUFFIX` form a round-robin group. A text that holds no
    /// address is left out.
    public init(specs: [String], minimum: UInt16 = 30_000, maximum: UInt16 = 39_999) {
        var interfaces: [LogicalInterface] = []
        var pools: [PortPoolConfiguration] = []
        var groups: [String: [String]] = [:]
        for spec in specs {
            let slash = spec.firstIndex(of: "/")
            let name = slash.map { String(spec[..<$0]) } ?? "default"
            let addresses = (slash.map { spec[spec.index(after: $0)...] } ?? spec[...]).split(separator: "!")
            guard let local = addresses.first.flatMap({ IPAddress($0) }),
                let advertised = addresses.last.flatMap({ IPAddress($0) })
            else { continue }
            let pool = PortPoolConfiguration(address: local, minimum: minimum, maximum: maximum)
            let index = pools.firstIndex(of: pool) ?? pools.count
            if index == pools.count { pools.append(pool) }
            let address = LocalAddress(address: local, advertised: advertised, pool: PortPoolID(index))
            if let known = interfaces.firstIndex(where: { $0.name == name }) {
                interfaces[known].addresses.append(address)
            } else {
                interfaces.append(LogicalInterface(name: name, addresses: [address]))
                if let colon = name.firstIndex(of: ":") { groups[String(name[..<colon]), default: []].append(name) }
            }
        }
        self.init(interfaces: interfaces, roundRobinGroups: groups, pools: pools)
    }
}
