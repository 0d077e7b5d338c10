import Forwarding

/// What the ports of a call have seen, read in one go.
struct PortReadings {
    /// The readings of the ports that are open, in the order in which the ports were asked for.
    let values: [PortCounters]
    /// The ports of ``values``.
    private let ports: [LocalPortID]
    /// Where the reading of a port stands. Only for calls with many: for others a search costs less than the table.
    private let places: [LocalPortID: Int]?

    /// More ports than are searched one by one.
    private static let searchLimit = 16

    /// - Parameter counters: of each of `ports`; `nil` for one that is closed.
    init(_ ports: [LocalPortID], _ counters: [PortCounters?]) {
        var open: [LocalPortID] = []
        var values: [PortCounters] = []
        open.reserveCapacity(ports.count)
        values.reserveCapacity(ports.count)
        for index in ports.indices where index < counters.count {
            guard let counters = counters[index] else { continue }
            open.append(ports[index])
            values.append(counters)
        }
        self.values = values
        self.ports = open
        places =
            open.count > Self.searchLimit
            ? Dictionary(open.indices.map { (open[$0], $0) }, uniquingKeysWith: { first, _ in first }) : nil
    }

    /// Where the reading of a port stands in ``values``; `nil` for a port that is closed.
    func place(of port: LocalPortID) -> Int? {
        if let places { return places[port] }
        return ports.firstIndex(of: port)
    }

    /// The reading of a port; `nil` for one that is closed.
    subscript(port: LocalPortID) -> PortCounters? {
        place(of: port).map { values[$0] }
    }
}
